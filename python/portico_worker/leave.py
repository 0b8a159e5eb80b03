"""The end of a process that does not wait for its threads."""

from __future__ import annotations

import os
import sys
from typing import NoReturn


def flush_output() -> None:
    """Writes what was printed; a stream that the app closed or replaced is its own affair."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass


def leave(status: int) -> NoReturn:
    """Ends the process at once, whatever its threads do."""
    flush_output()
    os._exit(status)
