"""The process that loads the app once and forks a worker of it whenever the master asks.

After the app is loaded nothing of the app's runs here: what it holds is shared by all that are forked. What
master and workers say to each other goes through here, a line a second each.
"""

from __future__ import annotations

import base64
import json
import os
import select
import signal
import socket
import threading
import warnings
from mmap import mmap
from typing import Any, Dict, List, Optional

from .app_error import error_text
from .channel import Channel, Message, messages_of
from .config import Config, ConfigError
from .held import held_bytes, held_memory
from .leave import flush_output, leave
from .listener import Listener
from .loaded import Loaded, LoadFailed, load
from .log import Log
from .orphan import OrphanGuard
from .trust import Trust
from .worker import Worker

_FAILED = 1
#: Seconds between looks at the children, where no signal tells of them.
_LOOK = 1.0
#: What is said to the whole process group is for the master to say to us; who is forked gets back what was there.
_NOT_OURS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR2)
_READ_SIZE = 65536


class _Child:
    __slots__ = ("number", "pid", "socket", "rest", "held")

    def __init__(self, number: int, pid: int, sock: socket.socket, held: mmap) -> None:
        #: The master's for it: a pid may be another's one day.
        self.number = number
        self.pid = pid
        self.socket = sock
        self.rest = b""
        self.held = held


class ForkServer:
    def __init__(self, start: Message, more: List[Message], channel: Channel) -> None:
        """
        :param more: what the master said since.
        :raises ConfigError, TrustError: where `start` cannot be used.
        """
        raw = start.get("config")
        self._config = Config(raw if isinstance(raw, dict) else {})
        self._channel = channel
        self._unread = more
        self._log = Log("fork server")
        trust = Trust(self._config.trusted_peers)
        places = start.get("places")
        if not isinstance(places, list) or not places:
            raise ConfigError("Cannot serve: the master named no place for a worker")
        by_fd: Dict[Any, Listener] = {}
        self._places: Dict[int, List[Listener]] = {}
        for place in places:
            listeners = place.get("listeners") or ()
            if not listeners:
                raise ConfigError("Cannot serve: the master gave no listener")
            for listener in listeners:
                if listener.get("fd") not in by_fd:
                    by_fd[listener.get("fd")] = Listener(listener, trust)
            self._places[place["id"]] = [by_fd[listener["fd"]] for listener in listeners]
        self._listeners = list(by_fd.values())
        self._children: Dict[int, _Child] = {}
        self._poll = select.poll()
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self._handlers: Dict[int, Any] = {}

    def run(self) -> Worker:
        """Returns in each process that it forks, with the worker to be; here it never does."""
        guard = OrphanGuard(self._channel.fileno())
        guard.start()
        try:
            loaded = load(self._config, self._channel.send, self._log)
        except LoadFailed:
            leave(_FAILED)
        # Whoever forks must be the only thread: locks that others hold would stay locked for ever.
        guard.end()
        self._tell_of_threads()
        self._take_signals()
        self._poll.register(self._channel.fileno(), select.POLLIN)
        self._poll.register(self._reader, select.POLLIN)
        while True:
            try:
                worker = self._heed(loaded)
                if worker is None:
                    self._turn()
            except Exception as error:
                self._log.error(f"the fork server failed: {error_text(error)}")
                leave(_FAILED)
            if worker is not None:
                return worker

    def _turn(self) -> None:
        by_fd = {child.socket.fileno(): child for child in self._children.values()}
        for fd, _ in self._poll.poll(_LOOK * 1000):
            if fd == self._channel.fileno():
                messages = self._channel.receive()
                if messages is None:
                    # The master is gone, or needs us no more. Workers that are left see us go, and drain.
                    leave(0)
                self._unread = messages
            elif fd == self._reader:
                _emptied(self._reader)
            elif fd in by_fd:
                self._relay(by_fd[fd])
        self._reap()
        if self._channel.closed:
            # The master hears nothing any more, so the workers had better have another.
            leave(_FAILED)

    def _heed(self, loaded: Loaded) -> Optional[Worker]:
        """Does what the master said. :returns: in each child, once it is forked."""
        messages, self._unread = self._unread, []
        for message in messages:
            kind, number = message.get("type"), message.get("worker")
            child = self._children.get(number) if isinstance(number, int) else None
            if kind == "fork" and isinstance(number, int) and message.get("id") in self._places:
                worker = self._fork(number, message["id"], loaded)
                if worker is not None:
                    return worker
            elif kind == "tell" and child is not None:
                _tell(child, message.get("message"))
            elif kind == "kill" and child is not None:
                _kill(child, str(message.get("signal")))
        return None

    def _fork(self, number: int, place: int, loaded: Loaded) -> Optional[Worker]:
        flush_output()
        try:
            ours, theirs = socket.socketpair()
            held = held_memory(self._config.threads)
            with warnings.catch_warnings():
                # Of Python 3.12, where the app has threads: `_tell_of_threads` has said it better.
                warnings.simplefilter("ignore", DeprecationWarning)
                pid = os.fork()
        except OSError as error:
            self._log.error(f"Cannot fork worker {place}: {error.strerror}")
            self._channel.send({"type": "exited", "worker": number, "code": _FAILED, "signal": None})
            return None
        if pid == 0:
            ours.close()
            return self._worker(place, theirs, held, loaded)
        theirs.close()
        ours.setblocking(False)
        self._children[number] = _Child(number, pid, ours, held)
        self._poll.register(ours.fileno(), select.POLLIN)
        self._channel.send({"type": "forked", "worker": number, "pid": pid})
        return None

    def _worker(self, place: int, channel: socket.socket, held: mmap, loaded: Loaded) -> Worker:
        """In the child: lets go of what is its parent's and the other workers'."""
        for number, handler in self._handlers.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        self._channel.close()
        os.close(self._reader)
        os.close(self._writer)
        for child in self._children.values():
            child.socket.close()
            child.held.close()
        mine = self._places[place]
        for listener in self._listeners:
            if listener not in mine:
                listener.close()
        return Worker(place, self._config, mine, held, Channel(channel.detach()), loaded)

    def _relay(self, child: _Child) -> bool:
        """What a worker has said, as far as it is whole lines; its end is known by `waitpid` alone.

        :returns: whether there was anything.
        """
        try:
            data = child.socket.recv(_READ_SIZE)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self._forget(child)
            return False
        messages, child.rest = messages_of(child.rest + data)
        for message in messages:
            self._channel.send({"type": "said", "worker": child.number, "message": message})
        return True

    def _forget(self, child: _Child) -> None:
        try:
            self._poll.unregister(child.socket.fileno())
        except KeyError:
            pass

    def _reap(self) -> None:
        for child in list(self._children.values()):
            # Each by itself: the app may have children of its own.
            try:
                pid, status = os.waitpid(child.pid, os.WNOHANG)
            except ChildProcessError:
                # A thread of the app's waited for all there are: that it ended is all that is known.
                pid, status = child.pid, _FAILED << 8
            if pid:
                self._buried(child, status)

    def _buried(self, child: _Child, status: int) -> None:
        del self._children[child.number]
        while self._relay(child):
            pass
        self._forget(child)
        child.socket.close()
        killed = os.WIFSIGNALED(status)
        message: Message = {
            "type": "exited",
            "worker": child.number,
            "code": None if killed else os.WEXITSTATUS(status),
            "signal": _name(os.WTERMSIG(status)) if killed else None,
        }
        held = held_bytes(child.held, self._config.threads)
        if held:
            message["held"] = base64.b64encode(held).decode()
        child.held.close()
        self._channel.send(message)

    def _take_signals(self) -> None:
        """Only now: the app may have handlers of its own, which are for its workers."""
        for number in _NOT_OURS:
            self._handlers[number] = signal.signal(number, _nothing)
        self._handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, self._wake)

    def _wake(self, *_: Any) -> None:
        try:
            os.write(self._writer, b"C")
        except BlockingIOError:
            pass

    def _tell_of_threads(self) -> None:
        threads = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
        if threads:
            self._log.warn(
                f"the app started threads as it was loaded ({', '.join(threads)}); they run here and in no worker:"
                " lazy-apps = true loads the app in each"
            )


def _tell(child: _Child, message: Any) -> None:
    """A worker that does not read is stuck: it is told nothing more, and its time limits end it."""
    try:
        child.socket.send(json.dumps(message, separators=(",", ":")).encode() + b"\n")
    except OSError:
        pass


def _kill(child: _Child, name: str) -> None:
    """It is ours and not reaped yet, so the pid is its own still."""
    try:
        os.kill(child.pid, getattr(signal, name, signal.SIGKILL))
    except OSError:
        pass


def _emptied(fd: int) -> None:
    try:
        os.read(fd, 4096)
    except BlockingIOError:
        pass


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _nothing(*_: Any) -> None:
    pass
