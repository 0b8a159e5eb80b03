"""Waiting for several descriptors at once."""

from __future__ import annotations

import select
from typing import List


class Waiter:
    """Waits for descriptors to become readable, and says which did. One event wakes one waiter, not all."""

    def __init__(self, stop_fd: int) -> None:
        """:param stop_fd: wakes all who wait for it."""
        if hasattr(select, "epoll"):
            self._poll = select.epoll()
            self._events = select.EPOLLIN | getattr(select, "EPOLLEXCLUSIVE", 0)
            self._poll.register(stop_fd, select.EPOLLIN)
        else:
            self._poll = select.poll()
            self._events = select.POLLIN
            self._poll.register(stop_fd, select.POLLIN)

    def add(self, fd: int) -> None:
        self._poll.register(fd, self._events)

    def remove(self, fd: int) -> None:
        """To be called before it is closed."""
        self._poll.unregister(fd)

    def wait(self) -> List[int]:
        return [fd for fd, _ in self._poll.poll()]
