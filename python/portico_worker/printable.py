"""Foreign text for a log line."""

from __future__ import annotations

import re

_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f"\\]')


def printable(text: str) -> str:
    """Nothing in it can begin a line of its own, end a quoted field or move a cursor."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return text
    return _UNSAFE.sub(lambda match: f"\\x{ord(match.group()):02x}", text)
