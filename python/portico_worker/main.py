"""The process: waits for `start` on the channel that it inherited, and exits as the worker says."""

from __future__ import annotations

import faulthandler
import signal
import sys
from typing import Any, List, Optional, Tuple

from .channel import Channel, Message, channel_from_environment
from .config import Config, ConfigError
from .held import held_memory
from .listener import Listener
from .trust import Trust, TrustError
from .worker import Worker

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
    first = _wait_for_start(channel)
    if first is None:
        return 0
    start, more = first
    if "places" in start:
        # Its workers drain one by one, and it goes when the master wants.
        signal.signal(signal.SIGTERM, _nothing)
        _name_process("portico py fork")
    try:
        # A fork server comes back as one of the workers that it forks.
        worker = _forked(start, more, channel) if "places" in start else _worker(start, channel)
    except (ConfigError, TrustError) as error:
        channel.send({"type": "failed", "code": "CONFIG", "message": str(error)})
        return 1
    if signal.getsignal(signal.SIGTERM) in (signal.SIG_DFL, _nothing):
        signal.signal(signal.SIGTERM, lambda *_: worker.watch.terminate())
    _name_process(f"portico py {worker.number}")
    return worker.run()


def _forked(start: Message, more: List[Message], channel: Channel) -> Worker:
    from .fork_server import ForkServer

    return ForkServer(start, more, channel).run()


def _worker(start: Message, channel: Channel) -> Worker:
    raw, fd = start.get("config"), start.get("heldFd")
    config = Config(raw if isinstance(raw, dict) else {})
    trust = Trust(config.trusted_peers)
    listeners = [Listener(listener, trust) for listener in start.get("listeners") or ()]
    if not listeners:
        raise ConfigError("Cannot serve: the master gave no listener")
    held = held_memory(config.threads, fd) if isinstance(fd, int) else None
    return Worker(start.get("id"), config, listeners, held, channel)


def _prepare_output() -> None:
    """What the app prints is there at once and never fails; a crash in C and SIGUSR1 print the stacks."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
    faulthandler.enable(file=2)
    # The master asks so before it kills a worker that is stuck; it needs no interpreter's lock.
    faulthandler.register(signal.SIGUSR1, file=2, all_threads=True)


def _wait_for_start(channel: Channel) -> Optional[Tuple[Message, List[Message]]]:
    """:returns: it, and what came with it"""
    while True:
        messages = channel.receive()
        if messages is None:
            return None
        for i, message in enumerate(messages):
            if message.get("type") == "start":
                return message, messages[i + 1 :]
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
