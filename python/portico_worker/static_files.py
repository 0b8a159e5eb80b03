"""Answers from files in the app's place (`static-map`), as src/app/static-files.ts does in node."""

from __future__ import annotations

import os
import time
from io import FileIO
from math import floor
from stat import S_ISREG
from typing import Any, Dict, Optional, Tuple

from .content_types import content_type_of
from .exchange import App, Chooser
from .file_wrapper import FileWrapper
from .static_path import StaticPaths, is_absent, path_segments

#: The path has no links left, so one that is found at its end was put there meanwhile; a FIFO would block.
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
#: Milliseconds after its change in which a file's tag is weak.
_UNSETTLED = 1000
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def with_static(paths: StaticPaths, app: App, chooser: Optional[Chooser]) -> App:
    """An app that answers a GET or HEAD with the file of the first mapping that has it, and gives all else
    to `app`, or to the one that is chosen. With Last-Modified, ETag, 304 (RFC 9110, section 13), no ranges.
    """

    def answer(environ: Dict[str, Any], start_response: Any) -> Any:
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            file = _find(paths, environ)
            if file is not None:
                return _respond(environ, start_response, *file)
        return (app if chooser is None else chooser(environ))(environ, start_response)

    return answer


def _find(paths: StaticPaths, environ: Dict[str, Any]) -> Optional[Tuple[bytes, int]]:
    """:returns: the path and an open descriptor"""
    segments = path_segments(environ)
    for path in () if segments is None else paths.files(segments):
        fd = _open(path)
        if fd is not None:
            return path, fd
    return None


def _open(path: bytes) -> Optional[int]:
    """:raises OSError: a file is there, and cannot be read"""
    try:
        fd = os.open(path, _OPEN)
    except OSError as error:
        if is_absent(error):
            return None
        raise
    if S_ISREG(os.fstat(fd).st_mode):
        return fd
    os.close(fd)
    return None


def _respond(environ: Dict[str, Any], start_response: Any, path: bytes, fd: int) -> Any:
    with_body = FileWrapper(FileIO(fd))
    info = os.fstat(fd)
    seconds, nanoseconds = divmod(info.st_mtime_ns, 1_000_000_000)
    # Milliseconds, by the arithmetic that node has them by: a router and a worker have one tag for one file.
    modified = seconds * 1000 + nanoseconds / 1e6
    tag = f'"{info.st_size:x}-{floor(modified * 1000 + 0.5):x}"'
    # What was changed just now may change again within the same tick of the clock (section 8.8.1).
    is_settled = time.time() * 1000 - modified >= _UNSETTLED
    headers = [("Last-Modified", _http_date(seconds)), ("ETag", tag if is_settled else f"W/{tag}")]
    if _is_unchanged(environ, tag, seconds):
        start_response("304 Not Modified", headers)
        with_body.close()
        return []
    headers.append(("Content-Type", content_type_of(path)))
    headers.append(("Content-Length", str(info.st_size)))
    start_response("200 OK", headers)
    if environ["REQUEST_METHOD"] == "GET":
        return with_body
    with_body.close()
    return []


def _is_unchanged(environ: Dict[str, Any], tag: str, modified: int) -> bool:
    """RFC 9110, section 13.2.2: If-None-Match, and If-Modified-Since only without it."""
    tags = environ.get("HTTP_IF_NONE_MATCH")
    if tags is not None:
        wanted = [one[2:] if one.startswith("W/") else one for one in map(str.strip, tags.split(","))]
        return "*" in wanted or tag in wanted
    since = environ.get("HTTP_IF_MODIFIED_SINCE")
    return since is not None and modified <= _seconds(since)


def _seconds(date: str) -> float:
    """Since the epoch, of an HTTP date in any of its forms (RFC 9110, section 5.6.7); -inf: it is none."""
    # Browsers send If-None-Match: few ask for this, and it is large.
    from email.utils import mktime_tz, parsedate_tz

    try:
        parsed = parsedate_tz(date)
        return mktime_tz(parsed) if parsed is not None else float("-inf")
    except (ValueError, TypeError, IndexError, OverflowError):
        return float("-inf")


def _http_date(seconds: int) -> str:
    """`Fri, 02 Jan 2026 03:04:05 GMT`, whatever the locale."""
    t = time.gmtime(seconds)
    return (
        f"{_DAYS[t.tm_wday]}, {t.tm_mday:02} {_MONTHS[t.tm_mon - 1]} {t.tm_year:04}"
        f" {t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02} GMT"
    )
