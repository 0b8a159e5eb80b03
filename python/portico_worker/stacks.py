"""The Python stack of every thread, for the log."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Dict, List, Optional

from .app_error import HERE


def stacks(serving: Dict[int, str]) -> str:
    """:param serving: threads by their identity, and what each serves; the others are named last."""
    frames = sys._current_frames()
    parts = []
    for ident in sorted(frames, key=lambda ident: ident not in serving):
        lines = _lines(frames[ident])
        if lines:
            what = f", serving {serving[ident]}" if ident in serving else ""
            parts.append("\n".join([f"Thread {ident:#x}{what} (most recent call last):", *lines]))
    return "\n".join(parts)


def _lines(frame: Optional[FrameType]) -> List[str]:
    lines: List[str] = []
    while frame is not None:
        code = frame.f_code
        if not code.co_filename.startswith(HERE):
            source = _source(code.co_filename, frame.f_lineno)
            lines.append(f'  File "{code.co_filename}", line {frame.f_lineno}, in {code.co_name}{source}')
        frame = frame.f_back
    return lines[::-1]


def _source(file: str, line: int) -> str:
    """The line itself, as tracebacks have it."""
    try:
        with open(file, encoding="utf-8", errors="replace") as lines:
            for number, text in enumerate(lines, 1):
                if number == line:
                    return f"\n    {text.strip()}"
    except OSError:
        pass
    return ""
