"""What the threads serve, in memory shared with the master, who reads it once this process was killed.

For each thread the monotonic seconds at accept (a double; 0: nothing), then for each the first bytes of the
packet as it came: to copy it costs a request some 0.2 µs, to make a line of it several times as much.
src/master/held-memory.ts is the other side.
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


def share(slots: List[Slot], fd: int) -> None:
    """Gives each slot its place in the file that the master has made.

    :raises OSError, ValueError: it is no such file.
    """
    os.set_inheritable(fd, False)
    times = len(slots) * _DOUBLE
    memory = mmap.mmap(fd, times + len(slots) * HELD_SIZE)
    since = memoryview(memory)[:times].cast("d")
    for i, slot in enumerate(slots):
        slot.held_at = times + i * HELD_SIZE
        slot.held_since = since[i : i + 1]
        slot.held_packets = memory
