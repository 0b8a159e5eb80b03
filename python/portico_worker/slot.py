"""What a serving thread is doing, for the watch to see."""

from __future__ import annotations

import _socket
import os
from mmap import mmap
from typing import Any, Dict, MutableSequence, Optional, Union

from .printable import printable

#: Seconds for a packet, from accept to its last byte: against slow senders, who hold a whole thread up.
HEAD_LIMIT = 5.0
#: Seconds without a byte of a body that the app waits for.
BODY_LIMIT = 30.0
#: Seconds that bytes may wait which the peer does not take.
SEND_LIMIT = 60.0


class Slot:
    """Written by its thread and read by the watch, without a lock: each attribute is complete by itself."""

    __slots__ = (
        *("thread", "fd", "since", "deadline", "environ", "requests", "done"),
        *("held_packets", "held_at", "mark_at", "held_since", "_cut", "stopping"),
    )

    def __init__(self) -> None:
        #: threading.get_ident of its thread; 0 before it runs.
        self.thread = 0
        #: The connection of the request; -1 between requests.
        self.fd = -1
        #: Monotonic seconds at accept, or at the first byte on a kept connection; 0: between requests.
        self.since = 0.0
        #: Monotonic seconds until when the peer must have moved; 0: nobody waits, or for the packet still.
        self.deadline = 0.0
        #: The request, once its packet is read.
        self.environ: Optional[Dict[str, Any]] = None
        #: Requests taken since the start.
        self.requests = 0
        #: The number (`requests`) of the connection that the watch cut for being slow.
        self._cut = -1
        #: Its thread has left the loop.
        self.done = False
        #: Its thread is to leave the loop.
        self.stopping = False
        #: Where the packet goes for the master to see when this process was killed (held.py).
        self.held_packets: Optional[mmap] = None
        self.held_at = 0
        #: And where the mark of one that was taken out of a router's queue.
        self.mark_at = 0
        #: One number: `since`, once the packet is there.
        self.held_since: Union[memoryview, MutableSequence[float]] = [0.0]

    @property
    def cut(self) -> bool:
        """Whether the watch cut this connection."""
        return self._cut == self.requests

    def describe(self, now: float) -> str:
        """`GET /slow from 192.0.2.7, 3.2 s`"""
        environ = self.environ or {}
        method, address = environ.get("REQUEST_METHOD", "-"), environ.get("REMOTE_ADDR") or "-"
        target = environ.get("REQUEST_URI") or environ.get("PATH_INFO", "-")
        return f"{printable(f'{method} {target} from {address}')}, {now - self.since:.1f} s"

    def cut_if_slow(self, now: float) -> bool:
        """From the watch: ends a connection whose peer did not move in time; its thread reads in vain."""
        deadline, fd, requests = self.deadline, self.fd, self.requests
        if not deadline and self.environ is None and self.since:
            deadline = self.since + HEAD_LIMIT
        if not 0 < deadline < now or fd < 0:
            return False
        try:
            copy = _socket.socket(fileno=os.dup(fd))
        except OSError:
            return False
        try:
            # Only now is it sure which connection the copy is of: its thread may have taken the next.
            if (self.fd, self.requests) != (fd, requests):
                return False
            self._cut = requests
            copy.shutdown(_socket.SHUT_RDWR)
        except OSError:
            return False
        finally:
            copy.close()
        return True
