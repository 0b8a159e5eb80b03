"""The head of a response: what `start_response` was given, checked, as bytes.

PEP 3333, "The start_response() Callable".
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple

from .request import TOKEN

#: Statuses and names remembered as sound; an app that makes them up must not fill the memory.
_REMEMBERED = 500

_statuses: Dict[str, Tuple[int, str]] = {}
_STATUS = re.compile(r"([2-9][0-9][0-9])(?: [\t\x20-\x7e\x80-\xff]*)?")

#: Fields met before, by (name, value): the line, and the length where it is Content-Length. Apps send the
#: same few again and again; looking one up costs a fifth of checking it.
_fields: Dict[Tuple[str, str], Tuple[str, Optional[int]]] = {}
#: Heads sent before, by the status and the fields, all of which are in `_fields`.
_heads: Dict[Tuple[Any, ...], Tuple[int, bytes, Optional[int]]] = {}
_MOST_HEADS = 100
#: Characters; a longer value is likely to be of one response alone.
_SHORT = 64
#: Of one response alone, and maybe secret: not kept.
_NOT_KEPT = frozenset(("set-cookie", "location", "etag", "last-modified", "date", "expires", "authorization"))
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

    :raises TypeError, ValueError: naming what cannot be sent; not a header's value, it may be a secret.
    """
    if type(headers) is not list and not isinstance(headers, list):
        raise TypeError(
            f"Cannot send headers: expected a list of (name, value): got {type(headers).__name__}"
        )
    try:
        return _heads[(status, *headers)]
    except (KeyError, TypeError):
        return _new_head(status, headers)


def _new_head(status: str, headers: Headers) -> Tuple[int, bytes, Optional[int]]:
    try:
        known = _statuses.get(status)
    except TypeError:
        # A list, say: no key of ours, and no status either.
        known = None
    code, text = known if known is not None else _read_status(status)
    length = None
    whole_known = True
    for field in headers:
        try:
            met = _fields.get(field)
        except TypeError:
            met = None
        whole_known = whole_known and met is not None
        line, said = met if met is not None else _read_field(field)
        if said is not None:
            if length is not None and length != said:
                raise ValueError(f"Cannot send two Content-Length headers: {length} and {said}")
            # A 204 has none (RFC 9110, section 8.6).
            if length is not None or code == 204:
                continue
            length = said
        text += line
    head = code, (text + "\r\n").encode("latin-1"), length
    if whole_known:
        if len(_heads) >= _MOST_HEADS:
            _heads.clear()
        _heads[(status, *headers)] = head
    return head


def _read_status(status: Any) -> Tuple[int, str]:
    match = _STATUS.fullmatch(status) if isinstance(status, str) else None
    if match is None:
        raise ValueError(f'Cannot send status {status!r}: expected a string as "200 OK"')
    known = (int(match.group(1)), f"HTTP/1.1 {status}\r\n")
    if len(_statuses) < _REMEMBERED:
        _statuses[status] = known
    return known


def _read_field(field: Any) -> Tuple[str, Optional[int]]:
    if not isinstance(field, tuple) or len(field) != 2:
        raise TypeError(f"Cannot send a header: expected a tuple (name, value): got {type(field).__name__}")
    name, value = field
    if not isinstance(name, str) or not TOKEN.fullmatch(name):
        raise ValueError(f"Cannot send header {name!r}: expected a token as its name")
    if not isinstance(value, str):
        raise TypeError(f"Cannot send header {name!r}: expected a string: got {type(value).__name__}")
    bad = _UNSENDABLE.search(value)
    if bad is not None:
        got = f"U+{ord(bad.group()):04X} at {bad.start()}"
        raise ValueError(
            f"Cannot send header {name!r}: expected no control characters and none above U+00FF: got {got}"
        )
    lower = name.lower()
    if lower in _HOP_BY_HOP_NAMES:
        raise ValueError(
            f"Cannot send header {name!r}: it is hop-by-hop, and the server's alone "
            '(PEP 3333, "Other HTTP Features")'
        )
    # Joined, since a subclass of str may say something else when it is formatted.
    read = ("".join((name, ": ", value, "\r\n")), _read_length(value) if lower == "content-length" else None)
    if len(value) <= _SHORT and lower not in _NOT_KEPT:
        if len(_fields) >= _REMEMBERED:
            _fields.clear()
        _fields[field] = read
    return read


def _read_length(value: str) -> int:
    if not value.isdecimal() or len(value) > 18:
        raise ValueError(f"Cannot send Content-Length: expected a whole number of bytes: got {value[:40]!r}")
    return int(value)
