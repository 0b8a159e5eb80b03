"""A uwsgi packet: bytes → variables.

https://uwsgi-docs.readthedocs.io/en/latest/Protocol.html
"""

from __future__ import annotations

import sys
from struct import Struct
from struct import error as struct_error
from typing import Any, Dict, List, Tuple, Union

from .errors import BadRequest
from .lead import HEADER_LENGTH, Lead, is_usual, learned

#: WSGI in uWSGI's table of modifiers.
_MODIFIER = 0


def packet_end(data: Union[bytes, bytearray], max_size: int) -> int:
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


class PacketReader:
    """Packets → environs, for all threads of a worker. What it has learned of names and sites it keeps."""

    def __init__(self, base: Dict[str, Any]) -> None:
        """:param base: what is the same in every environ, and cannot be said by a peer."""
        self._base = base
        self._leads: List[Lead] = []
        self._to_learn = _MOST_LEADS
        self._unknown = 0

    def read(self, data: bytes, end: int) -> Dict[str, Any]:
        """A copy of the base with the variables, one latin1 character a byte (PEP 3333, "Unicode Issues").

        :param end: of the packet, which begins `data`.
        :raises BadRequest: where a length leads past the end, a name is empty or two lengths of the body
            differ.
        """
        # This is the largest part of a request's cost. One conversion for all values, then slices; what a
        # site sends first at once, and fields that were met before too; else a name and its value's length in
        # one call, and the name's string taken from those met before.
        packet = data[:end]
        text = packet.decode("latin-1")
        rests, rest, at = None, "", HEADER_LENGTH
        for lead in self._leads:
            begun = lead.read(packet, text)
            if begun is not None:
                environ, at = begun
                if at == end:
                    return environ
                rests, rest = lead.rests, text[at:]
                break
        else:
            environ = self._base.copy()
        before = wanted = len(environ)
        try:
            # The number of variables is counted by the loop itself, which costs least.
            for wanted in range(before + 1, _MOST_VARIABLES):
                if at >= end:
                    wanted -= 1
                    break
                size = data[at]
                name, value_size = _NAME_READERS[size](data, at)
                value = at + size + 4
                at = value + value_size
                environ[_names[name]] = text[value:at]
        except KeyError:
            return _read_other_names(data, end, text, self._base)
        except struct_error:
            raise _cut_off() from None
        if at != end:
            raise _cut_off()
        if len(environ) != wanted:
            # Fewer than were read: a name came twice, or is one of the base.
            return _merge(_variables(data, end, text), self._base)
        if rests is not None:
            rests.meet(rest, environ, before)
        elif is_usual(environ):
            self._learn(_variables(data, end, text))
        return environ

    def _learn(self, pairs: List[Tuple[str, str]]) -> None:
        if not self._to_learn:
            # Where SERVER_NAME is what the client says, leads of names that nobody asks for again fill the list.
            self._unknown += 1
            if self._unknown < _MOST_UNKNOWN:
                return
            self._leads, self._to_learn, self._unknown = [], _MOST_LEADS, 0
        self._to_learn -= 1
        self._leads = [*self._leads, *learned(pairs, self._base)]


#: Leads learned, and tried in turn: the sites that a worker serves, by HTTP version. One more costs a request
#: that has another some 2 % to try.
_MOST_LEADS = 8
#: Requests that have no lead, once all are learned, until all are forgotten.
_MOST_UNKNOWN = 1000
#: More than fit in a packet, each of which has 4 bytes at least.
_MOST_VARIABLES = 20_000
#: For each size of a name, what reads it with its own length in front, and the length of its value behind.
_NAME_READERS = [Struct(f"<{2 + size}sH").unpack_from for size in range(256)]
#: Names met before, by their bytes with the length in front, so that no name of 256 bytes or more is one.
_names: Dict[bytes, str] = {}
#: Clients make names up ("HTTP_…"): then all are forgotten, and those in use are soon met again.
_MOST_NAMES = 1000


def _read_other_names(data: bytes, end: int, text: str, base: Dict[str, Any]) -> Dict[str, Any]:
    """The same where a name is new, and remembers it."""
    pairs = _variables(data, end, text)
    for name, _ in pairs:
        if len(name) < 256:
            if len(_names) >= _MOST_NAMES:
                _names.clear()
            _names[len(name).to_bytes(2, "little") + name.encode("latin-1")] = sys.intern(name)
    return _merge(pairs, base)


def _variables(data: bytes, end: int, text: str) -> List[Tuple[str, str]]:
    found = []
    at = HEADER_LENGTH
    try:
        while at < end:
            name_end = at + 2 + data[at] + (data[at + 1] << 8)
            value_end = name_end + 2 + data[name_end] + (data[name_end + 1] << 8)
            if name_end == at + 2:
                raise BadRequest(400, "a variable has an empty name")
            found.append((text[at + 2 : name_end], text[name_end + 2 : value_end]))
            at = value_end
    except IndexError:
        raise _cut_off() from None
    if at != end:
        raise _cut_off()
    return found


def _cut_off() -> BadRequest:
    return BadRequest(400, "a variable reaches past the end of the packet")


#: `HTTP_*` that are facts rather than fields to be joined.
_LATER_COUNTS = {"HTTP_HOST", "HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE", "HTTP_TRANSFER_ENCODING"}


def _merge(pairs: List[Tuple[str, str]], base: Dict[str, Any]) -> Dict[str, Any]:
    """A repeated `HTTP_*` is one field (RFC 3875, section 4.1.18); of other repeats the later one counts."""
    merged: Dict[str, Any] = {}
    #: Joined at the end: a packet may have thousands of one name.
    repeated: Dict[str, List[str]] = {}
    for name, value in pairs:
        before = merged.get(name)
        if before is not None and name.startswith("HTTP_") and name not in _LATER_COUNTS:
            repeated.setdefault(name, [before]).append(value)
            continue
        if name == "CONTENT_LENGTH" and before and value and before != value:
            raise BadRequest(400, f"CONTENT_LENGTH is given twice and differs: got {before} and {value}")
        merged[name] = value
    for name, values in repeated.items():
        merged[name] = ("; " if name == "HTTP_COOKIE" else ", ").join(values)
    return {**merged, **base}
