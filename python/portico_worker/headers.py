"""The head of a response: what `start_response` was given, checked, as bytes (PEP 3333, "The start_response() Callable")."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple

from .request import TOKEN

#: Statuses and names remembered as sound; an app that makes them up must not fill the memory.
_REMEMBERED = 500

_statuses: Dict[str, Tuple[int, str]] = {}
_STATUS = re.compile(r"([2-9][0-9][0-9])(?: [\t\x20-\x7e\x80-\xff]*)?")

_ORDINARY, _LENGTH, _HOP_BY_HOP = 0, 1, 2
_names: Dict[str, int] = {}
#: They belong to one connection, which the server and not the app has to say (RFC 9110, section 7.6.1).
_HOP_BY_HOP_NAMES = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "trailers",
        "transfer-encoding",
        "upgrade",
    )
)
#: What a value may not have (RFC 9110, section 5.5): controls but HTAB, and what is no latin1.
_UNSENDABLE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")

Headers = List[Tuple[str, str]]


def encode_head(status: str, headers: Headers) -> Tuple[int, bytes, Optional[int]]:
    """The status' number, the head, and Content-Length in bytes, None where there is none.

    :raises TypeError, ValueError: naming what cannot be sent; a header's value is not told, it may be a secret.
    """
    known = _statuses.get(status)
    code, text = known if known is not None else _read_status(status)
    if not isinstance(headers, list):
        raise TypeError(f"Cannot send headers: expected a list of (name, value): got {type(headers).__name__}")
    length = None
    printable = str.isprintable
    for name, value in headers:
        kind = _names.get(name)
        if kind is None:
            kind = _read_name(name)
        try:
            # Printable text has no controls; most values are done here.
            if not printable(value) and _UNSENDABLE.search(value):
                raise _unsendable(name, value)
        except TypeError:
            raise _unsendable(name, value) from None
        if kind:
            if kind == _HOP_BY_HOP:
                raise ValueError(
                    f"Cannot send header {name!r}: it is hop-by-hop, and the server's alone (PEP 3333, "
                    '"Other HTTP Features")'
                )
            before, length = length, _read_length(value)
            if before is not None and before != length:
                raise ValueError(f"Cannot send two Content-Length headers: {before} and {length}")
            # A 204 has none (RFC 9110, section 8.6).
            if before is not None or code == 204:
                continue
        text += name + ": " + value + "\r\n"
    try:
        return code, (text + "\r\n").encode("latin-1"), length
    except UnicodeEncodeError:
        raise _first_unsendable(headers) from None


def _read_status(status: Any) -> Tuple[int, str]:
    match = _STATUS.fullmatch(status) if isinstance(status, str) else None
    if match is None:
        raise ValueError(f'Cannot send status {status!r}: expected a string as "200 OK"')
    known = (int(match.group(1)), f"HTTP/1.1 {status}\r\n")
    if len(_statuses) < _REMEMBERED:
        _statuses[status] = known
    return known


def _read_name(name: Any) -> int:
    if not isinstance(name, str) or not TOKEN.fullmatch(name):
        raise ValueError(f"Cannot send header {name!r}: expected a token as its name")
    lower = name.lower()
    kind = _LENGTH if lower == "content-length" else _HOP_BY_HOP if lower in _HOP_BY_HOP_NAMES else _ORDINARY
    if len(_names) < _REMEMBERED:
        _names[name] = kind
    return kind


def _read_length(value: str) -> int:
    if not value.isdecimal() or len(value) > 18:
        raise ValueError(f"Cannot send Content-Length: expected a whole number of bytes: got {value[:40]!r}")
    return int(value)


def _first_unsendable(headers: Headers) -> Exception:
    return next(_unsendable(name, value) for name, value in headers if _UNSENDABLE.search(value))


def _unsendable(name: str, value: Any) -> Exception:
    if not isinstance(value, str):
        return TypeError(f"Cannot send header {name!r}: expected a string: got {type(value).__name__}")
    match = _UNSENDABLE.search(value)
    assert match is not None
    got = f"U+{ord(match.group()):04X} at {match.start()}"
    return ValueError(
        f"Cannot send header {name!r}: expected no control characters and none above U+00FF: got {got}"
    )
