"""The request lines of a worker, written in batches."""

from __future__ import annotations

from collections import deque
from typing import Deque

from .log import write_all

#: Lines held before a write: one system call for some 32 KB under load.
_FLUSH_LINES = 256
#: Seconds between writes otherwise; a line that comes after a pause is not held at all.
_FLUSH_INTERVAL = 0.1


class AccessLog:
    """Threads share it without a lock: a deque's append and popleft are atomic.

    The last lines of a burst wait for the watch, a second at the most.
    """

    def __init__(self, fd: int = 1) -> None:
        self._fd = fd
        self._held: Deque[str] = deque()
        self._due = 0.0

    def write(self, line: str, now: float) -> None:
        """
        :param line: ends with a line feed.
        :param now: monotonic seconds.
        """
        held = self._held
        held.append(line)
        if now >= self._due or len(held) >= _FLUSH_LINES:
            self._due = now + _FLUSH_INTERVAL
            self.flush()

    def flush(self) -> None:
        """Writes what is held, now."""
        held = self._held
        lines = []
        try:
            while True:
                lines.append(held.popleft())
        except IndexError:
            pass
        if lines:
            write_all(self._fd, "".join(lines).encode("utf-8", "backslashreplace"))
