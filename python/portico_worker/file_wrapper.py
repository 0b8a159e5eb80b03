"""`wsgi.file_wrapper` (PEP 3333, "Optional Platform-Specific File Handling")."""

from __future__ import annotations

import os
import stat
from io import BufferedRandom, BufferedReader, FileIO
from time import monotonic
from typing import Any, Iterator, Optional, Tuple

from .send import gone
from .slot import SEND_LIMIT, Slot

#: Bytes that one call may send: what the kernel takes at most is a little below 2 GB.
_MOST = 1 << 30
#: Objects whose fileno() has the very bytes that read() gives; GzipFile's is of something else.
_PLAIN = (FileIO, BufferedReader, BufferedRandom)


class FileWrapper:
    """An iterable of blocks; for a plain file, returned as it is, sendfile(2) takes the place of that."""

    def __init__(self, filelike: Any, block_size: int = 8192) -> None:
        self.filelike = filelike
        self.block_size = block_size
        # "must have a close() method" where the file has one.
        if hasattr(filelike, "close"):
            self.close = filelike.close

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        block: bytes = self.filelike.read(self.block_size)
        if not block:
            raise StopIteration
        return block

    def plain(self) -> Optional[Tuple[int, int, int]]:
        """Descriptor, position and bytes from there to the end, of a regular file; None: read it."""
        file = self.filelike
        if type(file) not in _PLAIN or not hasattr(os, "sendfile"):
            return None
        raw = file if type(file) is FileIO else file.raw
        if type(raw) is not FileIO:
            return None
        try:
            if type(file) is BufferedRandom:
                file.flush()
            fd = file.fileno()
            info = os.fstat(fd)
            if not stat.S_ISREG(info.st_mode):
                return None
            at = file.tell()
        except (OSError, ValueError):
            return None
        return fd, at, max(0, info.st_size - at)


def send_file(slot: Slot, fd: int, at: int, count: int) -> int:
    """Sends up to `count` bytes of a file.

    :returns: bytes sent; fewer where the file has become shorter.
    :raises PeerGone: the peer hung up, or did not take them in time.
    """
    sent = 0
    try:
        while sent < count:
            slot.deadline = monotonic() + SEND_LIMIT
            part = os.sendfile(slot.fd, fd, at + sent, min(count - sent, _MOST))
            if part == 0:
                break
            sent += part
    except OSError as error:
        raise gone(slot, error) from None
    slot.deadline = 0.0
    return sent
