"""A thread's life: accept, serve, again."""

from __future__ import annotations

import select
import threading
import time
from functools import partial
from typing import Callable, Dict, List, Optional

from .exchange import Exchanges
from .kept import KeptExchanges
from .listener import Listener
from .log import Log
from .slot import Slot
from .waiter import Waiter

#: Seconds to wait when the process has no descriptors left.
_PAUSE = 0.1
#: Milliseconds between looks at a listener that should block and does not.
_LOOK = 100


class Loop:
    """Serves until it is told to stop. One for each thread; `slot` is that thread's."""

    def __init__(
        self,
        slot: Slot,
        listeners: List[Listener],
        exchanges: Exchanges,
        served: Optional[Callable[[], None]],
        log: Log,
    ) -> None:
        """:param served: called after each request, where somebody counts them."""
        self._slot = slot
        self._listeners = listeners
        self._exchanges = exchanges
        self._handle = exchanges.handle
        self._served = served
        self._log = log

    def run(self, stop_fd: int) -> None:
        """:param stop_fd: becomes readable when the loop is to stop."""
        self._slot.thread = threading.get_ident()
        try:
            if isinstance(self._exchanges, KeptExchanges):
                [listener] = self._listeners
                failed = partial(self._failed, listener)
                self._exchanges.serve(self._slot, listener, stop_fd, self._served, failed)
            elif len(self._listeners) == 1:
                self._serve_one(self._listeners[0])
            else:
                self._serve_several(stop_fd)
        finally:
            self._slot.done = True

    def stop(self) -> None:
        """From the watch. A connection that is accepted is served still.

        Wakes no accept that waits: that takes `Listener.retire` and a signal, or `stop_fd`.
        """
        self._slot.stopping = True

    def _serve_one(self, listener: Listener) -> None:
        """Waits in accept itself: a request asks nothing of the kernel but accept, read, write, close."""
        accept, handle, slot, served = listener.accept, self._handle, self._slot, self._served
        while not slot.stopping:
            try:
                fd, peer = accept()
            except BlockingIOError:
                _readable(listener.fd)
                continue
            except OSError as error:
                self._failed(listener, error)
                continue
            handle(slot, fd, listener.stranger(peer) if peer else None)
            if served is not None:
                served()

    def _serve_several(self, stop_fd: int) -> None:
        """The listeners do not block: another worker may have been quicker."""
        by_fd: Dict[int, Listener] = {listener.fd: listener for listener in self._listeners}
        waiter = Waiter(stop_fd)
        for fd in by_fd:
            waiter.add(fd)
        while True:
            ready = waiter.wait()
            for fd in ready:
                # Even when stopping: it may be us alone who were woken for this connection.
                if fd != stop_fd:
                    self._accept_once(by_fd[fd])
            if stop_fd in ready:
                return

    def _accept_once(self, listener: Listener) -> None:
        try:
            fd, peer = listener.accept()
        except BlockingIOError:
            return
        except OSError as error:
            self._failed(listener, error)
            return
        self._handle(self._slot, fd, listener.stranger(peer) if peer else None)
        if self._served is not None:
            self._served()

    def _failed(self, listener: Listener, error: OSError) -> None:
        # A client that gave up while it waited is nobody's failure.
        if self._slot.stopping or isinstance(error, ConnectionAbortedError):
            return
        self._log.error(f"{listener.address}: accept: {error.strerror}")
        time.sleep(_PAUSE)


def _readable(fd: int) -> None:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    poll.poll(_LOOK)
