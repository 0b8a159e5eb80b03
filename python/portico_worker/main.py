"""The process: waits for `start` on the channel that it inherited, and exits as the worker says."""

from __future__ import annotations

import faulthandler
import signal
import sys
from typing import Any, Optional

from .channel import Channel, Message, channel_from_environment
from .worker import ConfigError, TrustError, Worker

_USAGE = 2


def main() -> int:
    """:returns: the exit status; python/README.md has the table."""
    channel = channel_from_environment()
    if channel is None:
        sys.stderr.write("portico_worker is started by portico: NODE_CHANNEL_FD names no channel to it\n")
        return _USAGE
    _prepare_output()
    # What the terminal sends goes to the whole process group: what it means is the master's to say. Handlers,
    # and not SIG_IGN, which the app's own child processes would inherit. SIGURG interrupts an accept.
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGUSR2, signal.SIGURG):
        signal.signal(number, _nothing)
    start = _wait_for_start(channel)
    if start is None:
        return 0
    try:
        worker = Worker(start, channel)
    except (ConfigError, TrustError) as error:
        channel.send({"type": "failed", "code": "CONFIG", "message": str(error)})
        return 1
    signal.signal(signal.SIGTERM, lambda *_: worker.watch.terminate())
    _name_process(f"portico py {start.get('id')}")
    return worker.run()


def _prepare_output() -> None:
    """What the app prints is there at once and never fails; a crash in C and SIGUSR1 print the stacks."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
    faulthandler.enable(file=2)
    # The master asks so before it kills a worker that is stuck; it needs no interpreter's lock.
    faulthandler.register(signal.SIGUSR1, file=2, all_threads=True)


def _wait_for_start(channel: Channel) -> Optional[Message]:
    while True:
        messages = channel.receive()
        if messages is None:
            return None
        for message in messages:
            if message.get("type") == "start":
                return message
            if message.get("type") == "drain":
                return None


def _nothing(*_: Any) -> None:
    pass


def _name_process(name: str) -> None:
    """For ps and top: 15 bytes (proc(5), comm)."""
    try:
        with open("/proc/self/comm", "w") as comm:
            comm.write(name[:15])
    except OSError:
        pass
