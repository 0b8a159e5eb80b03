"""While an app is loaded that may take its time: ends the process when its master has gone."""

from __future__ import annotations

import os
import select
import threading


class OrphanGuard:
    """A thread of its own, since the main one is the app's for so long."""

    def __init__(self, channel_fd: int) -> None:
        self._channel_fd = channel_fd
        self._reader, self._writer = os.pipe()
        self._thread = threading.Thread(target=self._run, name="portico-orphan", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Returns once the thread is no more."""
        os.write(self._writer, b"E")
        self._thread.join()
        os.close(self._reader)
        os.close(self._writer)

    def _run(self) -> None:
        poll = select.poll()
        # Nothing but its end: what the master says meanwhile waits.
        poll.register(self._channel_fd, 0)
        poll.register(self._reader, select.POLLIN)
        if all(fd != self._reader for fd, _ in poll.poll()):
            os._exit(0)
