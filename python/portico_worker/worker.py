"""One worker process: its app, its threads, its end."""

from __future__ import annotations

import gc
import os
import sys
import threading
from itertools import count
from typing import Any, Callable, Dict, List, Optional, Tuple, Union

from . import import_path
from .app_error import AppError
from .body import NoBody
from .channel import Channel, Message
from .config import Config, ConfigError
from .exchange import App, Chooser, Exchanges
from .file_wrapper import FileWrapper
from .held import share
from .listener import Listener
from .loader import load_app
from .log import Log
from .loop import Loop
from .mounts import chooser, normal_prefix
from .own_apps import failed_app, kind_of, not_found
from .slot import Slot
from .trust import Trust, TrustError
from .watch import Limits, Watch

#: Allocations before the collector looks at the young: ten times Python's own and more, for the app is frozen
#: and what a request leaves behind in cycles is little.
_GC_THRESHOLDS = (10_000, 20, 50)
_FAILED = 1


class Worker:
    """:raises ConfigError, TrustError: where `start` cannot be used."""

    def __init__(self, start: Message, channel: Channel) -> None:
        raw = start.get("config")
        self._config = Config(raw if isinstance(raw, dict) else {})
        self._held_fd = start.get("heldFd")
        self._channel = channel
        self._log = Log(f"worker {start.get('id')}")
        trust = Trust(self._config.trusted_peers)
        self._listeners = [Listener(listener, trust) for listener in start.get("listeners") or ()]
        if not self._listeners:
            raise ConfigError("Cannot serve: the master gave no listener")
        self._loops: List[Loop] = []
        self._stop_reader, self._stop_writer = os.pipe()
        config = self._config
        # The watch runs before the app is loaded, which may take long; it gets what it needs later.
        limits = Limits(config.harakiri, config.max_worker_lifetime, config.reload_on_rss << 20)
        self.watch = Watch(channel, limits, self._stop, self._log)

    def run(self) -> int:
        """Loads the app and serves it to the end. :returns: the exit status"""
        self.watch.start()
        failure: Union[AppError, ConfigError, None] = None
        try:
            app, choose, kind = self._load()
        except (AppError, ConfigError) as error:
            if self._config.dev or self._config.need_app:
                self._channel.send({"type": "failed", "code": error.code, "message": str(error)})
            else:
                self._log.error(str(error))
            if not self._config.dev and self._config.need_app:
                # Not by returning: threads that the app has begun would be waited for.
                self.watch.leave(_FAILED)
            failure = error
            app, choose, kind = failed_app(error.__cause__ or error, self._config.dev), None, "error page"
        if self._config.static_map or self._config.static_map2 or self._config.check_static:
            from .static_files import with_static
            from .static_path import StaticPaths

            app, choose = with_static(StaticPaths(self._config), app, choose), None
        self._settle_memory()
        exchanges = Exchanges(self._config, app, choose, self._base_environ(), self._log)
        for listener in self._listeners:
            listener.listen(blocking=len(self._listeners) == 1)
        self._serve(exchanges, kind, failure)
        if exchanges.access_log is not None:
            exchanges.access_log.flush()
        return 0

    def _load(self) -> Tuple[App, Optional[Chooser], str]:
        config = self._config
        import_path.prepare(config)
        specifier = config.wsgi_file or config.module
        if specifier is None and not config.mounts:
            raise AppError("APP_NOT_FOUND", "Cannot load the app: neither module nor wsgi-file is set")
        default = load_app(specifier, config.callable) if specifier is not None else not_found
        mounts: List[Tuple[str, App]] = []
        for prefix, mounted in config.mounts:
            app = load_app(mounted, config.callable)
            if normal_prefix(prefix):
                mounts.append((normal_prefix(prefix), app))
            else:
                default = app
        if not mounts:
            return default, None, kind_of(default)
        kinds = dict.fromkeys(kind_of(app) for _, app in [("", default), *mounts] if app is not not_found)
        return default, chooser(mounts, default, config.manage_script_name), ", ".join(kinds)

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

    def _settle_memory(self) -> None:
        """What is loaded stays: the collector need not look at it again, nor so often at the rest."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_GC_THRESHOLDS)

    def _serve(self, exchanges: Exchanges, kind: str, failure: Optional[Exception]) -> None:
        config = self._config
        slots = [Slot() for _ in range(config.threads)]
        if isinstance(self._held_fd, int):
            share(slots, self._held_fd)
        served = self._counter() if config.max_requests and not config.dev else None
        self._loops = [Loop(slot, self._listeners, exchanges, served, self._log) for slot in slots]
        files = None
        if config.dev or config.watch_files:
            from .project_files import project_files

            files = project_files(failure.__cause__ if failure is not None else None)
        self.watch.serve(slots, exchanges.access_log, files, replace=not config.dev)
        self._channel.send({"type": "ready", "app": kind})
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


__all__ = ["ConfigError", "TrustError", "Worker"]
