"""What the threads serve, in memory shared with the master, who reads it once this process was killed.

For each thread the monotonic seconds at accept (a double; 0: nothing); then for each the mark of what it took
last out of a router's queue (routers.py); then for each the first bytes of the packet as it came: to copy it costs
a request some 0.2 µs, to make a line of it several times as much. src/master/held-memory.ts is the other side.
"""

from __future__ import annotations

import mmap
import os
from typing import TYPE_CHECKING, List

if TYPE_CHECKING:
    from .slot import Slot

#: Bytes kept of a packet.
HELD_SIZE = 8192
#: In the place of modifier2, which nobody reads: what the peer says of the client does not count.
STRANGER = 1
_DOUBLE = 8
#: Of a request in a router's queue: its number and the bytes of what was sent with it, 32 bits each.
MARK_SIZE = 8


def held_memory(threads: int, fd: int = -1) -> mmap.mmap:
    """
    :param fd: of the file that the master has made; -1: memory of our own, which who is forked shares.
    :raises OSError, ValueError: it is no such file.
    """
    if fd >= 0:
        os.set_inheritable(fd, False)
    return mmap.mmap(fd, threads * (_DOUBLE + MARK_SIZE + HELD_SIZE))


def held_bytes(memory: mmap.mmap, threads: int) -> bytes:
    """All of it; b"" where no thread served anything."""
    return memory[:] if any(memory[: threads * (_DOUBLE + MARK_SIZE)]) else b""


def share(slots: List[Slot], memory: mmap.mmap) -> None:
    """Gives each slot its place in it."""
    marks = len(slots) * _DOUBLE
    packets = marks + len(slots) * MARK_SIZE
    since = memoryview(memory)[:marks].cast("d")
    for i, slot in enumerate(slots):
        slot.mark_at = marks + i * MARK_SIZE
        slot.held_at = packets + i * HELD_SIZE
        slot.held_since = since[i : i + 1]
        slot.held_packets = memory
