"""One worker process: its app, its threads, its end."""

from __future__ import annotations

import gc
import os
import sys
import threading
from itertools import count
from mmap import mmap
from typing import Any, Callable, Dict, List, Optional

from .body import NoBody
from .channel import Channel
from .config import Config
from .exchange import Exchanges
from .file_wrapper import FileWrapper
from .held import held_memory, share
from .kept import KeptExchanges
from .leave import leave
from .listener import Listener
from .loaded import Loaded, LoadFailed, load
from .log import Log
from .loop import Loop
from .slot import Slot
from .watch import Limits, Watch

#: Allocations before the collector looks at the young: ten times Python's own and more, for the app is frozen
#: and what a request leaves behind in cycles is little.
_GC_THRESHOLDS = (10_000, 20, 50)
_FAILED = 1


class Worker:
    def __init__(
        self,
        number: Any,
        config: Config,
        listeners: List[Listener],
        held: Optional[mmap],
        channel: Channel,
        loaded: Optional[Loaded] = None,
    ) -> None:
        """
        :param number: its place, for the log.
        :param held: memory that the master or the fork server sees, for what the threads serve.
        :param loaded: the app, where it was loaded before this process was forked.
        """
        self.number = number
        self._config = config
        self._held = held
        self._channel = channel
        self._log = Log(f"worker {number}")
        self._listeners = listeners
        self._loaded = loaded
        self._loops: List[Loop] = []
        self._stop_reader, self._stop_writer = os.pipe()
        # The watch runs before the app is loaded, which may take long; it gets what it needs later.
        limits = Limits(config.harakiri, config.max_worker_lifetime, config.reload_on_rss << 20)
        self.watch = Watch(channel, limits, self._stop, self._log)

    def run(self) -> int:
        """Loads the app, where that was not done, and serves it to the end. :returns: the exit status"""
        self.watch.start()
        try:
            loaded = self._loaded or load(self._config, self._channel.send, self._log)
        except LoadFailed:
            # Not by returning: threads that the app has begun would be waited for.
            leave(_FAILED)
        gc.set_threshold(*_GC_THRESHOLDS)
        # One that the router keeps connections to has no other listener (src/master/plan.ts).
        kept = len(self._listeners) == 1 and self._listeners[0].kept
        kind = KeptExchanges if kept else Exchanges
        exchanges = kind(self._config, loaded.app, loaded.choose, self._base_environ(), self._log)
        for listener in self._listeners:
            listener.listen(blocking=len(self._listeners) == 1 and not kept)
        self._serve(exchanges, loaded)
        if exchanges.access_log is not None:
            exchanges.access_log.flush()
        return 0

    def _base_environ(self) -> Dict[str, Any]:
        """What is the same in every environ (PEP 3333, "environ Variables")."""
        config = self._config
        base: Dict[str, Any] = {
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": NoBody(),
            # Reads end where the body does, whether or not there is a length.
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": config.threads > 1,
            "wsgi.multiprocess": config.processes > 1,
            "wsgi.run_once": False,
        }
        if config.file_wrapper:
            base["wsgi.file_wrapper"] = FileWrapper
        return base

    def _serve(self, exchanges: Exchanges, loaded: Loaded) -> None:
        config = self._config
        slots = [Slot() for _ in range(config.threads)]
        share(slots, held_memory(config.threads) if self._held is None else self._held)
        served = self._counter() if config.max_requests and not config.dev else None
        self._loops = [Loop(slot, self._listeners, exchanges, served, self._log) for slot in slots]
        files = None
        if config.dev or config.watch_files:
            from .project_files import project_files

            files = project_files(loaded.cause)
        self.watch.serve(slots, exchanges.access_log, files, replace=not config.dev)
        self._channel.send({"type": "ready", "app": loaded.kind})
        ended = [self._start_thread(loop) for loop in self._loops[1:]]
        # The first thread is the main one, which is where apps expect to be.
        self._loops[0].run(self._stop_reader)
        for end in ended:
            end.acquire()

    def _start_thread(self, loop: Loop) -> threading.Lock:
        """:returns: a lock that can be taken once the thread's loop has ended."""
        end, forever = threading.Lock(), threading.Lock()
        end.acquire()
        forever.acquire()

        def run() -> None:
            loop.run(self._stop_reader)
            end.release()
            # A signal to a thread that is gone is undefined (pthread_kill(3)): it stays to the end.
            forever.acquire()

        threading.Thread(target=run, name="portico-serve", daemon=True).start()
        return end

    def _counter(self) -> Callable[[], None]:
        """Asks for a successor after max-requests and up to its delta more, so that not all go at once."""
        config = self._config
        delta = int.from_bytes(os.urandom(4), "big") % (config.max_requests_delta + 1)
        limit = config.max_requests + delta
        numbers = count(1)

        def served() -> None:
            # next() of a count is atomic, and each thread gets another number.
            if next(numbers) == limit:
                self.watch.replace(f"it has served {limit} requests (max-requests)")

        return served

    def _stop(self) -> None:
        """From the watch: no more connections."""
        for loop in self._loops:
            loop.stop()
        if len(self._listeners) == 1:
            self._listeners[0].retire()
        os.write(self._stop_writer, b"S")
