"""A uwsgi packet: bytes → variables.

https://uwsgi-docs.readthedocs.io/en/latest/Protocol.html
"""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from .errors import BadRequest

#: Bytes: modifier1, the size of what follows (16 bits, little endian), modifier2.
HEADER_LENGTH = 4
#: WSGI in uWSGI's table of modifiers.
_MODIFIER = 0


def packet_end(data: bytes, max_size: int) -> int:
    """Where the packet ends that begins `data`, by its header.

    :raises BadRequest: where its kind or size is not ours.
    """
    if data[0] != _MODIFIER:
        raise BadRequest(400, f"modifier1: expected {_MODIFIER}: got {data[0]}")
    size = data[1] | data[2] << 8
    if size == 0:
        raise BadRequest(400, "the packet is empty")
    if size > max_size:
        raise BadRequest(431, f"the packet has {size} bytes: expected {max_size} or fewer")
    return HEADER_LENGTH + size


def read_environ(data: bytes, end: int, base: Dict[str, Any]) -> Dict[str, Any]:
    """A copy of `base` with the variables of a packet, one latin1 character a byte (PEP 3333, "Unicode Issues").

    What `base` has cannot be said by a peer.
    :raises BadRequest: where a length leads past the end, a name is empty or two lengths of the body differ.
    """
    environ = base.copy()
    # One conversion for the whole block, then slices; this loop is the largest part of a request's cost.
    text = data[:end].decode("latin-1")
    wanted = len(environ)
    at = HEADER_LENGTH
    try:
        while at < end:
            name_end = at + 2 + data[at] + (data[at + 1] << 8)
            value_end = name_end + 2 + data[name_end] + (data[name_end + 1] << 8)
            environ[text[at + 2 : name_end]] = text[name_end + 2 : value_end]
            at = value_end
            wanted += 1
    except IndexError:
        raise _cut_off() from None
    if at != end:
        raise _cut_off()
    # Fewer than were read: a name came twice, or is one of `base`.
    if len(environ) != wanted:
        environ.update(_joined(variables(data, end, text)))
        environ.update(base)
    if "" in environ:
        raise BadRequest(400, "a variable has an empty name")
    return environ


def _cut_off() -> BadRequest:
    return BadRequest(400, "a variable reaches past the end of the packet")


def variables(data: bytes, end: int, text: str) -> List[Tuple[str, str]]:
    """Names and values in order, of a block whose lengths are sound."""
    found = []
    at = HEADER_LENGTH
    while at < end:
        name_end = at + 2 + data[at] + (data[at + 1] << 8)
        value_end = name_end + 2 + data[name_end] + (data[name_end + 1] << 8)
        found.append((text[at + 2 : name_end], text[name_end + 2 : value_end]))
        at = value_end
    return found


#: `HTTP_*` that are facts rather than fields to be joined.
_LATER_COUNTS = {"HTTP_HOST", "HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE", "HTTP_TRANSFER_ENCODING"}


def _joined(pairs: List[Tuple[str, str]]) -> Dict[str, str]:
    """A repeated `HTTP_*` is one field (RFC 3875, section 4.1.18); of other repeats the later one counts."""
    joined: Dict[str, str] = {}
    for name, value in pairs:
        before = joined.get(name)
        if before is not None:
            if name.startswith("HTTP_") and name not in _LATER_COUNTS:
                value = f"{before}{'; ' if name == 'HTTP_COOKIE' else ', '}{value}"
            elif name == "CONTENT_LENGTH" and before and value and before != value:
                raise BadRequest(400, f"CONTENT_LENGTH is given twice and differs: got {before} and {value}")
        joined[name] = value
    return joined
