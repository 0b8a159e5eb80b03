"""The routers that a thread takes requests of (docs/adr/0023): one, and another beside it while that one takes its
place.

A router's queue is a FIFO of records of one size, so that each read takes one: bytes of a request, which are its
packet and its body, or none, where they are more than a record holds; then a mark, two numbers of 32 bits, little
endian: the request's number, not 0, and how many those bytes are. src/router/request-queue.ts is the other side.
"""

from __future__ import annotations

import os
import select
from os import read, readv, write
from struct import Struct
from typing import Callable, Dict, List, Optional, Tuple

from .errors import PeerGone
from .held import MARK_SIZE
from .listener import Listener
from .slot import Slot
from .waiter import Waiter

#: Bytes of a record: those that POSIX has written in one piece (PIPE_BUF of Linux).
RECORD_SIZE = 4096
_MOST = RECORD_SIZE - MARK_SIZE
_mark = Struct("<II").unpack_from

#: What a router says between packets, four bytes and a number: that nobody waits for that request any more; that
#: it is about to go, so that another's requests may be taken too. No packet begins so: it would be empty.
_ORDER = Struct("<II")
_CANCEL = 1 << 24
_NO_PACKET = b"\0\0\0"
#: Its first words: the bytes of the queue's name, a number of 16 bits, and the name.
_NAME_AT = 2
_MOST_NAME = 4096


class Router:
    """A thread's connection to one, and its queue."""

    __slots__ = ("connection", "queue", "is_leaving", "_cancelled", "_said")

    def __init__(self, connection: int) -> None:
        """
        :raises OSError: it is gone, or there is no such queue.
        """
        self.connection = connection
        # For writing too, or it would be at its end once the router is gone.
        self.queue = os.open(_name(connection), os.O_RDWR | os.O_NONBLOCK)
        #: Whether it is about to go.
        self.is_leaving = False
        self._cancelled = 0
        self._said = select.poll()
        self._said.register(connection, select.POLLIN)

    def claimed(self, size: int) -> bytes:
        """What it has to say to a claim, orders aside. :returns: the first bytes; b"": it is gone"""
        data = read(self.connection, size)
        while data[:3] == _NO_PACKET and len(data) >= _ORDER.size:
            self._obey(data[: _ORDER.size])
            data = data[_ORDER.size :] or read(self.connection, size)
        return data

    def refuse_cancelled(self, number: int) -> None:
        """:raises PeerGone: nobody waits for the response to that request any more"""
        if self._said.poll(0):
            self.hear()
        if self._cancelled == number:
            raise PeerGone("the client hung up")

    def hear(self) -> bool:
        """Between packets: reads what it said. :returns: whether it is still there"""
        order = read(self.connection, _ORDER.size)
        if len(order) < _ORDER.size:
            return False
        self._obey(order)
        return True

    def _obey(self, order: bytes) -> None:
        kind, number = _ORDER.unpack(order)
        if kind == _CANCEL:
            self._cancelled = number
        else:
            self.is_leaving = True


def _name(connection: int) -> bytes:
    data = b""
    while len(data) < _NAME_AT or len(data) < _NAME_AT + data[0] + (data[1] << 8):
        part = read(connection, _MOST_NAME)
        if not part:
            raise ConnectionResetError("it said nothing")
        data += part
    return data[_NAME_AT:]


class Routers:
    """Those of one thread. What it takes is in the memory that the master sees the moment it is taken."""

    def __init__(
        self, slot: Slot, listener: Listener, stop_fd: int, greeting: bytes, failed: Callable[[OSError], None]
    ) -> None:
        """
        :param listener: on which routers come; it does not block.
        :param greeting: what each is told that has come.
        :param failed: called with an error of accept.
        """
        memory = slot.held_packets
        assert memory is not None
        self._memory = memory
        self._slot = slot
        self._listener = listener
        self._greeting = greeting
        self._failed = failed
        view = memoryview(memory)
        self._into = (
            view[slot.held_at : slot.held_at + _MOST],
            view[slot.mark_at : slot.mark_at + MARK_SIZE],
        )
        self._routers: List[Router] = []
        self._by_connection: Dict[int, Router] = {}
        self._waiter = Waiter(stop_fd)
        self._is_accepting = False
        self._accept_if_free()

    def take(self) -> Optional[Tuple[Router, int, bytes]]:
        """Waits for a request. :returns: whose it is, its number and the bytes that came with it; None: to stop"""
        slot, into = self._slot, self._into
        while True:
            for router in self._routers:
                try:
                    readv(router.queue, into)
                except BlockingIOError:
                    continue
                number, size = _mark(self._memory, slot.mark_at)
                # Without a number it only wakes somebody up.
                if number:
                    return router, number, self._memory[slot.held_at : slot.held_at + size]
            if slot.stopping:
                return None
            self._wait()

    def leave(self, router: Router) -> None:
        """Closes the connection to one."""
        self._routers.remove(router)
        del self._by_connection[router.connection]
        for fd in (router.connection, router.queue):
            self._waiter.remove(fd)
            os.close(fd)
        self._accept_if_free()

    def close(self) -> None:
        for router in [*self._routers]:
            self.leave(router)

    def _wait(self) -> None:
        for fd in self._waiter.wait():
            router = self._by_connection.get(fd)
            if fd == self._listener.fd:
                self._accept()
            elif router is not None:
                if not router.hear():
                    self.leave(router)
                self._accept_if_free()

    def _accept_if_free(self) -> None:
        """Another router is taken on where those that there are, if any, are about to go: each has a connection
        for each thread, and a thread with two would keep another from having one."""
        if self._slot.stopping:
            return
        is_free = all(router.is_leaving for router in self._routers)
        if is_free and not self._is_accepting:
            self._waiter.add(self._listener.fd)
        elif self._is_accepting and not is_free:
            self._waiter.remove(self._listener.fd)
        self._is_accepting = is_free

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except BlockingIOError:
            return
        except OSError as error:
            self._failed(error)
            return
        try:
            router = Router(connection)
            write(connection, self._greeting)
        except OSError:
            # It is gone, and its queue with it.
            os.close(connection)
            return
        self._routers.append(router)
        self._by_connection[connection] = router
        self._waiter.add(router.queue)
        self._waiter.add(connection)
        self._accept_if_free()
