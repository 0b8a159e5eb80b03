"""A worker behind a router of the test's own, and the app that it serves."""

import os
import struct
import unittest
from typing import Any, List, Tuple

from portico_worker.routers import RECORD_SIZE

from .master import Master, request

END, JOINED, CLAIM, CUT = 1, 2, 4, 8
CANCEL, LEAVE = 1 << 24, 2 << 24
#: Bytes of a request that a record holds.
MOST = RECORD_SIZE - 8

APP = """
    import os, time

    def application(environ, start_response):
        return globals()[environ["PATH_INFO"].strip("/") or "hello"](environ, start_response)

    def hello(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
        return [b"hello"]

    def echo(environ, start_response):
        body = environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    def ignore(environ, start_response):
        start_response("200 OK", [])
        return [b"ignored"]

    def nothing(environ, start_response):
        start_response("204 No Content", [])
        return []

    def unchanged(environ, start_response):
        start_response("304 Not Modified", [("ETag", '"a"')])
        return [b"not to be sent"]

    class Closing:
        def __init__(self, chunks, name):
            self.chunks, self.name = iter(chunks), name
        def __iter__(self):
            return self.chunks
        def close(self):
            while self.name and not os.path.exists(self.name):
                time.sleep(0.005)

    def stream(environ, start_response):
        start_response("200 OK", [])
        return Closing([b"one", b"", b"two"], None)

    def endless(environ, start_response):
        environ["wsgi.input"].read()
        start_response("200 OK", [])
        while True:
            yield b"again "
            time.sleep(0.005)

    def closes_late(environ, start_response):
        start_response("200 OK", [("Content-Length", "5")])
        return Closing([b"early"], environ["QUERY_STRING"])

    def large(environ, start_response):
        start_response("200 OK", [("Content-Length", "3000000")])
        return [b"a" * 3000000]

    def file(environ, start_response):
        name = environ["QUERY_STRING"]
        start_response("200 OK", [("Content-Length", str(os.path.getsize(name)))])
        return environ["wsgi.file_wrapper"](open(name, "rb"))

    def fails(environ, start_response):
        raise ValueError("on purpose")

    def fails_late(environ, start_response):
        start_response("200 OK", [])
        yield b"begun"
        raise ValueError("on purpose")

    def too_short(environ, start_response):
        start_response("200 OK", [("Content-Length", "10")])
        return [b"short"]

    def hold(environ, start_response):
        open(environ["QUERY_STRING"] + ".begun", "w").close()
        while not os.path.exists(environ["QUERY_STRING"]):
            time.sleep(0.005)
        return hello(environ, start_response)
"""

Frame = Tuple[int, int, bytes, bytes]


class Router:
    """A router's queue, and its end of connections to threads."""

    def __init__(self, master: Master) -> None:
        self.master = master
        self.path = os.path.join(master.folder, f"queue-{id(self)}")
        os.mkfifo(self.path)
        self.fd = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)
        self.number = 0x90000000
        self.connections: List[Connection] = []

    def connect(self) -> "Connection":
        connection = Connection(self)
        self.connections.append(connection)
        return connection

    def put(self, data: bytes) -> int:
        """:param data: packet and body; b"": they are to be claimed. :returns: the request's number"""
        self.number += 1
        self.record(self.number, data)
        return self.number

    def record(self, number: int, data: bytes) -> None:
        assert len(data) <= MOST
        record = data.ljust(MOST, b"x") + struct.pack("<II", number, len(data))
        assert os.write(self.fd, record) == RECORD_SIZE

    def take_back(self) -> List[int]:
        numbers = []
        while True:
            try:
                record = os.read(self.fd, RECORD_SIZE)
            except BlockingIOError:
                return numbers
            numbers.append(struct.unpack("<I", record[MOST : MOST + 4])[0])

    def close(self) -> None:
        for connection in self.connections:
            connection.socket.close()
        os.close(self.fd)


class Connection:
    """The router's end of one."""

    def __init__(self, router: Router) -> None:
        self.router = router
        self.socket = router.master.connect()
        name = os.fsencode(router.path)
        self.socket.sendall(struct.pack("<H", len(name)) + name)
        self.at = b""
        flags, self.pid, head, body = self.frame()
        assert (flags, head, body) == (JOINED, b"", b"")

    def frame(self) -> Frame:
        lengths, body, number = struct.unpack("<III", self.exactly(12))
        return lengths >> 24, number, self.exactly(lengths & 0xFFFFFF), self.exactly(body)

    def exactly(self, count: int) -> bytes:
        while len(self.at) < count:
            part = self.socket.recv(65536)
            if not part:
                raise EOFError
            self.at += part
        found, self.at = self.at[:count], self.at[count:]
        return found

    def order(self, kind: int, number: int = 0) -> None:
        self.socket.sendall(struct.pack("<II", kind, number))

    def ask(self, path: str = "/", body: bytes = b"", **variables: str) -> Tuple[str, bytes, int]:
        """:returns: the status, the body, all flags"""
        data = request(path, body, **variables)
        if len(data) <= MOST:
            return self.response(self.router.put(data))
        number = self.router.put(b"")
        self.send_claimed(number, data)
        return self.response(number)

    def send_claimed(self, number: int, data: bytes) -> None:
        assert self.frame() == (CLAIM, number, b"", b"")
        self.socket.sendall(data)

    def response(self, number: int) -> Tuple[str, bytes, int]:
        head, got, flags = b"", b"", 0
        while not flags & (END | CUT):
            flag, of, begun, part = self.frame()
            assert of == number, (of, number)
            assert not (begun and head), "a second head"
            flags, head, got = flags | flag, head + begun, got + part
        return head.split(b"\r\n")[0].decode()[9:], got, flags

    def ended(self) -> bool:
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


class Kept(unittest.TestCase):
    def start(self, **config: Any) -> Master:
        master = Master({"wsgi.py": APP}, kept=True, **config)
        self.addCleanup(master.__exit__)
        return master

    def route(self, master: Master) -> Router:
        router = Router(master)
        self.addCleanup(router.close)
        return router

    def connect(self, **config: Any) -> Connection:
        """A worker, a router, and a connection between them."""
        return self.route(self.start(**config)).connect()
