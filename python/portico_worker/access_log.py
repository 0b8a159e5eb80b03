"""The request lines of a worker, written in batches."""

from __future__ import annotations

from collections import deque
from typing import Deque

from .log import write_all

#: Lines held before a write: one system call for some 32 KB under load.
_FLUSH_LINES = 256


class AccessLog:
    """Lines gather while requests come without a pause; whoever finds the worker idle flushes.

    Threads share it without a lock: a deque's append and popleft are atomic.
    """

    def __init__(self, fd: int = 1) -> None:
        self._fd = fd
        self._held: Deque[str] = deque()

    def write(self, line: str) -> None:
        """`line` ends with a line feed."""
        held = self._held
        held.append(line)
        if len(held) >= _FLUSH_LINES:
            self.flush()

    def flush(self) -> None:
        """Writes what is held, now: before a wait, before exit."""
        held = self._held
        lines = []
        try:
            while True:
                lines.append(held.popleft())
        except IndexError:
            pass
        if lines:
            write_all(self._fd, "".join(lines).encode("utf-8", "backslashreplace"))
