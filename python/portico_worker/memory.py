"""How much memory this process has."""

from __future__ import annotations

import os
import sys


def resident_bytes() -> int:
    """Resident set size (proc(5), statm); where there is no /proc, the most it ever was."""
    try:
        fd = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
    try:
        return int(os.read(fd, 100).split()[1]) * os.sysconf("SC_PAGE_SIZE")
    finally:
        os.close(fd)
