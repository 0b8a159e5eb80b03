"""Lines for people, on a descriptor, in the format that the master writes."""

from __future__ import annotations

import os
import time

_TRIES = 1000


class Log:
    """Writes `2026-11-22 10:49:36 worker 1[812]: text` at once: the last line before a crash is there.

    Text of several lines is kept as it is.
    """

    def __init__(self, role: str, fd: int = 2) -> None:
        self._role = role
        self._fd = fd

    def info(self, text: str) -> None:
        self._line("", text)

    def warn(self, text: str) -> None:
        self._line("warning: ", text)

    def error(self, text: str) -> None:
        self._line("error: ", text)

    def _line(self, level: str, text: str) -> None:
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
        line = f"{stamp} {self._role}[{os.getpid()}]: {level}{text}\n"
        write_all(self._fd, line.encode("utf-8", "backslashreplace"))


def write_all(fd: int, data: bytes) -> None:
    """Writes all of it. A full pipe is tried again; a log that is gone must not take the worker with it."""
    tries = _TRIES
    while data and tries:
        try:
            data = data[os.write(fd, data) :]
        except BlockingIOError:
            tries -= 1
            time.sleep(0.001)
        except OSError:
            return
