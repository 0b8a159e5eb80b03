"""`wsgi.input` (PEP 3333, "Input and Error Streams")."""

from __future__ import annotations

import os
import select
import sys
from time import monotonic
from typing import IO, Iterator, List, Optional, Union

from .errors import PeerGone
from .slot import BODY_LIMIT, Slot

_READ_SIZE = 65536
#: "Until the sender's end": more bytes than any body has.
TO_END = sys.maxsize


class Body:
    """The body as it comes off the connection, never past its end. Reads wait for all they were asked for."""

    def __init__(self, slot: Slot, begun: bytes, length: int) -> None:
        """
        :param begun: what came with the packet.
        :param length: bytes of the whole body, or TO_END.
        """
        self._slot = slot
        self._request = slot.requests
        self._held = begun[:length]
        self._length = length
        #: Whether it ends with the sender's half of the connection.
        self.to_end = length == TO_END
        #: Bytes still to come over the connection.
        self.left = length if length == TO_END else length - len(self._held)

    def read(self, size: Optional[int] = -1) -> bytes:
        if size is None or size < 0:
            size = TO_END
        held = self._held
        if len(held) >= size:
            self._held = held[size:]
            return held[:size]
        self._held = b""
        parts = [held]
        missing = size - len(held)
        while missing and self.left:
            part = self._receive(missing)
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def readline(self, size: Optional[int] = -1) -> bytes:
        if size is None or size < 0:
            size = TO_END
        parts: List[bytes] = []
        while True:
            part = self._held or (self._receive(_READ_SIZE) if self.left else b"")
            end = part.find(b"\n", 0, size) + 1 or min(len(part), size)
            line, self._held = part[:end], part[end:]
            parts.append(line)
            size -= end
            if not line or size <= 0 or line.endswith(b"\n"):
                return b"".join(parts)

    def readlines(self, hint: Optional[int] = -1) -> List[bytes]:
        lines = []
        size = 0
        for line in self:
            lines.append(line)
            size += len(line)
            if hint is not None and 0 < hint <= size:
                break
        return lines

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def _receive(self, most: int) -> bytes:
        """At least one byte, but for the end of a body without length.

        :raises PeerGone: the body ends early, or comes too slowly.
        """
        slot = self._slot
        if slot.requests != self._request or slot.fd < 0:
            raise PeerGone("wsgi.input was read after its request was over")
        slot.deadline = monotonic() + BODY_LIMIT
        try:
            part = os.read(slot.fd, min(most, self.left, _READ_SIZE))
        except OSError as error:
            part, reason = b"", str(error.strerror)
        else:
            reason = f"no byte came for {BODY_LIMIT:.0f} s" if slot.cut else "the web server hung up"
        slot.deadline = 0.0
        if part:
            if self._length != TO_END:
                self.left -= len(part)
            return part
        if self._length == TO_END and not slot.cut and not _hung_up(slot.fd):
            self.left = 0
            return b""
        came = f"{self._length - self.left} of {self._length} bytes of " if self._length != TO_END else ""
        raise PeerGone(f"{reason} after {came}the request's body")


def _hung_up(fd: int) -> bool:
    """Whether the peer closed the connection, not its half alone (poll(2), POLLHUP): the body was cut off."""
    poll = select.poll()
    poll.register(fd, 0)
    return any(event & select.POLLHUP for _, event in poll.poll(0))


class NoBody:
    """For the many requests without one: every read is at the end."""

    left = 0
    to_end = False

    def read(self, size: Optional[int] = -1) -> bytes:
        return b""

    def readline(self, size: Optional[int] = -1) -> bytes:
        return b""

    def readlines(self, hint: Optional[int] = -1) -> List[bytes]:
        return []

    def __iter__(self) -> Iterator[bytes]:
        return iter(())


AnyBody = Union[Body, NoBody, IO[bytes]]


def stored(body: Body, most: int) -> IO[bytes]:
    """The whole body, read before the app is called (`post-buffering`); above `most` bytes in a file.

    :raises PeerGone: the body ends early, or comes too slowly.
    """
    # Only who sets the option pays for what tempfile imports.
    from tempfile import SpooledTemporaryFile

    file = SpooledTemporaryFile(max_size=most)
    while True:
        part = body.read(_READ_SIZE)
        if not part:
            break
        file.write(part)
    file.seek(0)
    return file
