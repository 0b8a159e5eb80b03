"""From a request's target to a file of `static-map` and its kin: the same rules as src/app/static-path.ts."""

from __future__ import annotations

import os
import re
from errno import EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR
from stat import S_ISDIR, S_ISREG
from typing import Any, Dict, Iterator, List, Optional

from .config import Config

_BAD_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_NO_NAME = re.compile(rb"[/\\\0]")


class StaticPaths:
    """Which files the options mean, in uWSGI's order: check-static, static-map, static-map2."""

    def __init__(self, config: Config) -> None:
        roots = [_Mapping("", root, False) for root in config.check_static]
        maps = [_Mapping(prefix, root, False) for prefix, root in config.static_map]
        whole_maps = [_Mapping(prefix, root, True) for prefix, root in config.static_map2]
        self._mappings = [*roots, *maps, *whole_maps]
        self._index = [os.fsencode(name) for name in config.static_index]
        self._safe = [os.fsencode(path) for path in config.static_safe]
        self._skipped = tuple(os.fsencode(suffix) for suffix in config.static_skip_ext)

    def files(self, segments: List[bytes]) -> Iterator[bytes]:
        """What each mapping has for the segments of a target, with all symbolic links resolved: a file, or a
        directory's index, with a slash at the path's end or without, as uWSGI has it. Nothing outside of a
        mapping's root and the safe directories, and no dot files.

        :raises OSError: but for those that say that there is no such file
        """
        for mapping in self._mappings:
            path = mapping.path(segments)
            file = None if path is None else self._file(path, segments[-1] == b"")
            if file is None:
                continue
            file = os.path.realpath(file)
            roots = (mapping.root, *self._safe)
            if not file.endswith(self._skipped) and any(_has(root, file) for root in roots):
                yield file

    def _file(self, path: bytes, as_directory: bool) -> Optional[bytes]:
        mode = _mode(path)
        if S_ISDIR(mode):
            files = (os.path.join(path, name) for name in self._index)
            return next((file for file in files if S_ISREG(_mode(file))), None)
        return path if S_ISREG(mode) and not as_directory else None


class _Mapping:
    """From a URL's prefix to a directory, or to one file. `whole`: the prefix, too, is looked for in it."""

    def __init__(self, prefix: str, root: str, whole: bool) -> None:
        self._prefix = [os.fsencode(segment) for segment in prefix.split("/") if segment]
        self._dropped = 0 if whole else len(self._prefix)
        self.root = os.fsencode(root)

    def path(self, segments: List[bytes]) -> Optional[bytes]:
        if segments[: len(self._prefix)] != self._prefix:
            return None
        rest = segments[self._dropped :]
        if rest and not rest[-1]:
            rest.pop()
        return os.path.join(self.root, *rest) if all(map(_is_plain_name, rest)) else None


def is_absent(error: OSError) -> bool:
    """Whether it says that a file is not there, or not for this process."""
    return error.errno in (ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG)


def _mode(path: bytes) -> int:
    """0: there is no such file."""
    try:
        return os.stat(path).st_mode
    except OSError as error:
        if is_absent(error):
            return 0
        raise


def _has(root: bytes, file: bytes) -> bool:
    """Whether a path without links is the root's own, or below it. The root may be a link."""
    real_root = os.path.realpath(root)
    return file == real_root or file.startswith(real_root if real_root.endswith(b"/") else real_root + b"/")


def path_segments(environ: Dict[str, Any]) -> Optional[List[bytes]]:
    """The segments of the target's path, percent-decoded one by one (RFC 3986, section 2.4), so that an
    encoded slash splits nothing. None: it can name no file.
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
