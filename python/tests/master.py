"""A master for the tests: starts the real worker process, with real listeners and a real channel."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from typing import Any, Dict, List, Optional

PROGRAM = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "portico_worker")
#: Seconds that a test waits for what must come.
PATIENCE = 20.0


class Gone(Exception):
    """The worker closed the channel before it said what was waited for."""


class Master:
    """`with Master({"wsgi.py": "…"}) as master:` — a project of these files, served by one worker."""

    def __init__(
        self,
        files: Dict[str, str],
        listeners: int = 1,
        family: int = socket.AF_UNIX,
        env: Optional[Dict[str, str]] = None,
        wait: bool = True,
        held: Optional[int] = None,
        kept: bool = False,
        **config: Any,
    ) -> None:
        self.folder = tempfile.mkdtemp(prefix="portico-py-")
        for name, text in files.items():
            path = os.path.join(self.folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(textwrap.dedent(text))
        self.sockets = [self._bind(number, family) for number in range(listeners)]
        self.addresses = [sock.getsockname() for sock in self.sockets]
        self.messages: List[Dict[str, Any]] = []
        self._rest = b""
        self.config = {"chdir": self.folder, "module": "wsgi", "logRequests": False, **config}
        self._env = env or {}
        self._held = held
        self._kept = {"kept": True} if kept else {}
        self.log = os.path.join(self.folder, "stderr.log")
        self.output = os.path.join(self.folder, "stdout.log")
        self.spawn()
        try:
            if wait:
                self.expect("ready")
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> "Master":
        return self

    def __exit__(self, *_: Any) -> None:
        self.channel.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for sock in self.sockets:
            sock.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def spawn(self) -> None:
        """A worker on the listeners; called again, the successor of the one before."""
        self.channel, theirs = socket.socketpair()
        self.channel.settimeout(PATIENCE)
        # As libuv does it: the listeners from 3 up, then the channel.
        wanted = [*(sock.fileno() for sock in self.sockets), theirs.fileno(), *([] if self._held is None else [self._held])]
        high = [os.dup(fd) for fd in wanted]
        spare = [fd + 100 for fd in range(len(high))]
        for fd, number in zip(high, spare):
            os.dup2(fd, number)
            os.close(fd)

        def place() -> None:
            for to, fd in enumerate(spare, 3):
                os.dup2(fd, to, inheritable=True)
            # What the test itself inherited is not the worker's.
            for fd in range(3 + len(spare), 256):
                try:
                    os.set_inheritable(fd, False)
                except OSError:
                    pass

        with open(self.log, "ab") as log, open(self.output, "ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, PROGRAM],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=log,
                close_fds=False,
                preexec_fn=place,
                env={
                    **os.environ,
                    **self._env,
                    "NODE_CHANNEL_FD": str(3 + len(self.sockets)),
                    "NODE_CHANNEL_SERIALIZATION_MODE": "json",
                },
            )
        for fd in spare:
            os.close(fd)
        theirs.close()
        self.send(
            {
                "type": "start",
                "id": 1,
                "generation": 1,
                "listeners": [
                    {"fd": 3 + i, "protocol": "uwsgi", "address": str(address), "backlog": 128, **self._kept}
                    for i, address in enumerate(self.addresses)
                ],
                "config": self.config,
                **({} if self._held is None else {"heldFd": 4 + len(self.sockets)}),
            }
        )

    def send(self, message: Dict[str, Any]) -> None:
        self.channel.sendall(json.dumps(message).encode() + b"\n")

    def expect(self, kind: str) -> Dict[str, Any]:
        """The next message of a kind. :raises Gone:"""
        end = time.monotonic() + PATIENCE
        while True:
            if time.monotonic() > end:
                raise AssertionError(f"waited for {kind}, had {self.messages}")
            while b"\n" not in self._rest:
                data = self.channel.recv(65536)
                if not data:
                    raise Gone(f"waited for {kind}, had {self.messages}\n{self.stderr()}")
                self._rest += data
            line, _, self._rest = self._rest.partition(b"\n")
            message = json.loads(line)
            self.messages.append(message)
            if message["type"] == kind:
                return message
            if message["type"] == "failed" and kind == "ready" and not self.config.get("dev"):
                raise AssertionError(message["message"])

    def drain(self, mercy: float = PATIENCE) -> int:
        """:returns: the exit status"""
        self.send({"type": "drain", "mercy": int(mercy * 1000)})
        return self.process.wait(PATIENCE)

    def stderr(self) -> str:
        with open(self.log, encoding="utf-8") as file:
            return file.read()

    def stdout(self) -> str:
        with open(self.output, encoding="utf-8") as file:
            return file.read()

    def connect(self, listener: int = 0) -> socket.socket:
        sock = socket.socket(self.sockets[listener].family)
        sock.settimeout(PATIENCE)
        sock.connect(self.addresses[listener])
        return sock

    def get(self, path: str = "/", body: bytes = b"", listener: int = 0, **variables: str) -> "Response":
        with self.connect(listener) as sock:
            sock.sendall(request(path, body, **variables))
            return read_response(sock)

    def _bind(self, number: int, family: int) -> socket.socket:
        sock = socket.socket(family)
        sock.bind(
            os.path.join(self.folder, f"{number}.sock") if family == socket.AF_UNIX else ("127.0.0.1", 0)
        )
        # As the master does: bound, listening so that a client may connect at any time.
        sock.listen(128)
        return sock


class Response:
    def __init__(self, data: bytes) -> None:
        head, _, self.body = data.partition(b"\r\n\r\n")
        self.raw = data
        self.line, *lines = head.decode("latin-1").split("\r\n")
        self.headers = [tuple(line.split(": ", 1)) for line in lines]
        self.status = int(self.line.split()[1]) if self.line else 0

    def header(self, name: str) -> Optional[str]:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def text(self) -> str:
        return self.body.decode()


def read_response(sock: socket.socket) -> Response:
    parts = []
    while True:
        part = sock.recv(65536)
        if not part:
            return Response(b"".join(parts))
        parts.append(part)


def request(path: str = "/", body: bytes = b"", **variables: str) -> bytes:
    """As NGINX with its uwsgi_params sends it. A variable of "-" is left out."""
    path_info, _, query = path.partition("?")
    told = {
        "QUERY_STRING": query,
        "REQUEST_METHOD": "POST" if body else "GET",
        "CONTENT_TYPE": "",
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "REQUEST_URI": path,
        "PATH_INFO": path_info,
        "DOCUMENT_ROOT": "/srv",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REQUEST_SCHEME": "http",
        "REMOTE_ADDR": "192.0.2.7",
        "REMOTE_PORT": "40000",
        "SERVER_PORT": "80",
        "SERVER_NAME": "example.org",
        "HTTP_HOST": "example.org",
        **variables,
    }
    return packet([(name, value) for name, value in told.items() if value != "-"]) + body


def packet(pairs: List[Any], modifier: int = 0) -> bytes:
    block = b"".join(
        len(part).to_bytes(2, "little") + part
        for pair in pairs
        for part in (text.encode("latin-1") for text in pair)
    )
    return bytes([modifier]) + len(block).to_bytes(2, "little") + b"\0" + block


def until(condition: Any) -> None:
    """Waits for what another process does, where nothing else tells of it."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it did not come to be")
        time.sleep(0.005)


def in_background(call: Any) -> "Future":
    return Future(call)


class Future:
    def __init__(self, call: Any) -> None:
        def run() -> None:
            try:
                self._value = call()
            except BaseException as error:
                self._error = error

        self._value: Any = None
        self._error: Optional[BaseException] = None
        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    def done(self) -> bool:
        return not self._thread.is_alive()

    def result(self) -> Any:
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        if self._error is not None:
            raise self._error
        return self._value
