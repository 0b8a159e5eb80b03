"""From a request's target to a file of `static-map`: the same rules as src/app/static-path.ts."""

from __future__ import annotations

import os
import re
from typing import Any, Dict, List, Optional

_BAD_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_NO_NAME = re.compile(rb"[/\\\0]")


class StaticMapping:
    """From a URL's prefix to a directory, or to one file."""

    def __init__(self, prefix: str, root: str) -> None:
        self._prefix = [os.fsencode(segment) for segment in prefix.split("/") if segment]
        self._root = os.fsencode(root)

    def file(self, segments: List[bytes]) -> Optional[bytes]:
        """The path that the mapping has for those of a target, with all symbolic links resolved. None: it has none,
        or none that may be served: nothing outside its root, and no dot files in it.
        """
        size = len(self._prefix)
        if segments[:size] != self._prefix or not all(map(_is_plain_name, segments[size:])):
            return None
        real_root = os.path.realpath(self._root)
        file = os.path.realpath(os.path.join(self._root, *segments[size:]))
        inside = real_root if real_root.endswith(b"/") else real_root + b"/"
        return file if file == real_root or file.startswith(inside) else None


def path_segments(environ: Dict[str, Any]) -> Optional[List[bytes]]:
    """The segments of the target's path, percent-decoded one by one (RFC 3986, section 2.4), so that an encoded slash
    splits nothing. None: it can name no file.
    """
    target = environ.get("REQUEST_URI")
    # Without a target there is the path that the web server has decoded.
    path = target.partition("?")[0] if target else environ["SCRIPT_NAME"] + environ["PATH_INFO"]
    if not path.startswith("/"):
        return None
    raw = path[1:].encode("latin-1")
    if target and b"%" in raw:
        if _BAD_PERCENT.search(raw):
            return None
        segments = [_PERCENT.sub(_byte, segment) for segment in raw.split(b"/")]
    else:
        segments = raw.split(b"/")
    try:
        for segment in segments:
            segment.decode()
    except UnicodeDecodeError:
        return None
    return segments


def _byte(match: "re.Match[bytes]") -> bytes:
    return bytes((int(match.group(1), 16),))


def _is_plain_name(segment: bytes) -> bool:
    """Neither empty, `.`, `..` or a dot file, nor more than one segment once it is decoded."""
    return segment != b"" and segment[:1] != b"." and not _NO_NAME.search(segment)
