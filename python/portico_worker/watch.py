"""The thread that watches the others: talks to the master, keeps time, ends what does not end by itself."""

from __future__ import annotations

import faulthandler
import os
import select
import signal
import threading
import time
from time import monotonic
from typing import Callable, List, Optional

from .access_log import AccessLog
from .app_error import error_text
from .channel import Channel, Message
from .leave import leave
from .log import Log
from .memory import resident_bytes
from .slot import Slot
from .stacks import stacks

#: Exit status of a worker that a request's harakiri killed.
HARAKIRI_STATUS = 124
#: Seconds between reports to the master: they are its heartbeat too.
_REPORT_INTERVAL = 1.0
#: Seconds between looks at threads that wait, while stopping: a signal may come just before the accept.
_NUDGE_INTERVAL = 0.05
#: Seconds to drain when nobody says how long: a stray TERM, or a master that died.
ORPHAN_MERCY = 30.0
#: Seconds beyond harakiri after which C code that never lets Python run is stopped all the same.
_HELD_MARGIN = 2.0


class Limits:
    """What makes a worker ask for its successor, and what kills it. Seconds and bytes; 0: no limit."""

    def __init__(self, harakiri: float = 0, lifetime: float = 0, rss: int = 0) -> None:
        self.harakiri = harakiri
        self.lifetime = lifetime
        self.rss = rss


class Watch:
    def __init__(self, channel: Channel, limits: Limits, stop: Callable[[], None], log: Log) -> None:
        """:param stop: tells the loops to take no more connections; called once, from the watch's thread."""
        self._channel = channel
        self._limits = limits
        self._stop = stop
        self._access_log: Optional[AccessLog] = None
        self._log = log
        self._started = monotonic()
        self._slots: List[Slot] = []
        self._files: Optional[Callable[[], List[str]]] = None
        self._replacing = False
        #: Monotonic seconds when the time to drain is over; 0: not draining.
        self._mercy_end = 0.0
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        self._report_due = self._started

    def start(self) -> None:
        """While the app is loaded, only the end of the master or its `drain` is waited for."""
        threading.Thread(target=self._run, name="portico-watch", daemon=True).start()

    def serve(
        self,
        slots: List[Slot],
        access_log: Optional[AccessLog],
        files: Optional[Callable[[], List[str]]],
        replace: bool,
    ) -> None:
        """The app is loaded, and these threads serve it.

        :param files: the project's files that are loaded, where the master wants to know them.
        :param replace: whether limits are looked at.
        """
        self._access_log = access_log
        self._files = files
        self._replacing = not replace
        self._slots = slots
        self._guard_against_held_lock()

    def terminate(self) -> None:
        """From a signal handler: drains, with the mercy of an orphan."""
        os.write(self._writer, b"T")

    def replace(self, reason: str) -> None:
        """Asks once for a worker to take this one's place; it serves on until it is told to drain."""
        if not self._replacing:
            self._replacing = True
            self._channel.send({"type": "replace", "reason": reason})

    def _run(self) -> None:
        # A signal handler of the app's runs in the main thread: that is the one which must be interrupted.
        signal.pthread_sigmask(
            signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR2}
        )
        poll = select.poll()
        poll.register(self._channel.fileno(), select.POLLIN)
        poll.register(self._reader, select.POLLIN)
        while True:
            try:
                self._turn(poll)
            except Exception as error:
                # Whatever it was, nobody else keeps time.
                self._log.error(f"the watch failed: {error_text(error)}")
                time.sleep(_REPORT_INTERVAL)

    def _turn(self, poll: select.poll) -> None:
        now = monotonic()
        if now >= self._report_due:
            self._report_due = now + _REPORT_INTERVAL
            self._every_second(now)
        self._look(now)
        due = min(self._report_due, self._due(now))
        for fd, _ in poll.poll(max(0.0, due - monotonic()) * 1000 + 1):
            if fd == self._reader:
                os.read(self._reader, 64)
                self._drain(ORPHAN_MERCY)
            elif not self._receive():
                poll.unregister(fd)
                self._drain(ORPHAN_MERCY)

    def _receive(self) -> bool:
        messages = self._channel.receive()
        if messages is None:
            return False
        for message in messages:
            if message.get("type") == "drain":
                mercy = message.get("mercy")
                self._drain(mercy / 1000 if isinstance(mercy, (int, float)) else ORPHAN_MERCY)
            elif message.get("type") == "report":
                self._report(monotonic())
        return True

    def _every_second(self, now: float) -> None:
        if not self._slots:
            return
        self._report(now)
        if self._access_log is not None:
            self._access_log.flush()
        files = self._files() if self._files is not None else []
        if files:
            self._channel.send({"type": "watch", "files": files})
        limits = self._limits
        if limits.lifetime and now - self._started > limits.lifetime:
            self.replace(f"it has lived for {limits.lifetime:g} s (max-worker-lifetime)")
        if limits.rss and resident_bytes() > limits.rss:
            self.replace(f"it has {resident_bytes() >> 20} MB of memory (reload-on-rss {limits.rss >> 20})")
        self._guard_against_held_lock()

    def _report(self, now: float) -> None:
        busy = [slot for slot in self._slots if slot.since]
        message: Message = {
            "type": "report",
            "requests": sum(slot.requests for slot in self._slots),
            "inFlight": len(busy),
            "connections": len(busy),
            "rss": resident_bytes(),
        }
        held = [slot.describe(now) for slot in busy if slot.environ is not None]
        if held:
            message["held"] = held
        self._channel.send(message)

    def _due(self, now: float) -> float:
        """When something may be due before the next report."""
        due = now + _REPORT_INTERVAL
        if self._limits.harakiri:
            # Of a request that begins in between, no earlier.
            due = min(
                [
                    now + self._limits.harakiri,
                    *(s.since + self._limits.harakiri for s in self._slots if s.since),
                ]
            )
        if self._mercy_end:
            due = min(due, self._mercy_end, now + _NUDGE_INTERVAL)
        return due

    def _look(self, now: float) -> None:
        limit = self._limits.harakiri
        for slot in self._slots:
            slot.cut_if_slow(now)
            since = slot.since
            if limit and since and now - since >= limit and slot.environ is not None:
                self._harakiri(slot, now)
        if self._mercy_end:
            self._nudge()
            if now >= self._mercy_end:
                for slot in self._slots:
                    if slot.environ is not None:
                        self._log.warn(f"cut off, the time to drain is over: {slot.describe(now)}")
                self.leave(0)

    def _harakiri(self, slot: Slot, now: float) -> None:
        """As in uWSGI: the worker dies at once, since nothing else stops Python code for sure."""
        serving = {s.thread: s.describe(now) for s in self._slots if s.environ is not None}
        self._log.error(
            f"harakiri: {slot.describe(now)}: the limit is {self._limits.harakiri:g} s\n{stacks(serving)}"
        )
        self.leave(HARAKIRI_STATUS)

    def _guard_against_held_lock(self) -> None:
        """C code that keeps the interpreter's lock keeps us from running too. So a timer of faulthandler's,
        whose thread needs no lock, is wound up again and again: it ends the process when we no longer do so.
        """
        if self._limits.harakiri:
            faulthandler.dump_traceback_later(
                max(self._limits.harakiri, _REPORT_INTERVAL) + _HELD_MARGIN, exit=True
            )

    def _drain(self, mercy: float) -> None:
        if not self._slots:
            # Nothing is served yet, so there is nothing to finish.
            self.leave(0)
        if self._mercy_end:
            return
        self._mercy_end = monotonic() + mercy
        self._stop()

    def _nudge(self) -> None:
        for slot in self._slots:
            if not slot.done and not slot.since and slot.thread:
                signal.pthread_kill(slot.thread, signal.SIGURG)

    def leave(self, status: int) -> None:
        """Ends the process at once, whatever its threads do; what was logged is written."""
        if self._access_log is not None:
            self._access_log.flush()
        leave(status)
