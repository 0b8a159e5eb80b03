"""How a site's packets begin: with the variables of its `uwsgi_param` lines, in their order, before the header
fields. Which they are is learned from one packet; in those that follow only what varies is read, and what lies
between is compared as a whole, at half the cost of reading variable by variable.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from .rests import Rests

#: Bytes: modifier1, the size of what follows (16 bits, little endian), modifier2.
HEADER_LENGTH = 4
#: What differs between requests of one site; the rest of a lead is the same in each.
_VARYING = frozenset(
    ("QUERY_STRING", "REQUEST_URI", "PATH_INFO", "DOCUMENT_URI", "SCRIPT_NAME", "REMOTE_ADDR", "REMOTE_PORT")
)
#: What is the same in all usual requests of one site and HTTP version. A variable that is in neither list is
#: the user's own, which ends the lead.
_CONSTANT = frozenset(
    (
        "CONTENT_LENGTH",
        "CONTENT_TYPE",
        "DOCUMENT_ROOT",
        "GATEWAY_INTERFACE",
        "HTTPS",
        "REQUEST_METHOD",
        "REQUEST_SCHEME",
        "SERVER_ADDR",
        "SERVER_NAME",
        "SERVER_PORT",
        "SERVER_PROTOCOL",
        "SERVER_SOFTWARE",
        "UWSGI_SCHEME",
    )
)


class Lead:
    def __init__(self, pairs: List[Tuple[str, str]], base: Dict[str, Any]) -> None:
        """:param pairs: variables, each name once and none of `base`; the last is a constant one."""
        self._constants = {**base, **{name: value for name, value in pairs if name in _CONSTANT}}
        #: What stands before the value of each that varies, its size, and the name.
        self._steps: List[Tuple[bytes, int, str]] = []
        between = b""
        for name, value in pairs:
            between += _sized(name)
            if name in _CONSTANT:
                between += _sized(value)
            else:
                self._steps.append((between, len(between), name))
                between = b""
        self._last = between
        self.rests = Rests()

    def read(self, packet: bytes, text: str) -> Optional[Tuple[Dict[str, Any], int]]:
        """
        :param text: the packet, a character for each byte.
        :returns: the environ begun, and where the variables begin that are not in it yet; None: it is another's
            packet, or one that is cut off.
        """
        at = HEADER_LENGTH
        is_next = packet.startswith
        environ = self._constants.copy()
        try:
            for between, size, name in self._steps:
                if not is_next(between, at):
                    return None
                at += size
                value = at + 2
                at = value + packet[at] + (packet[at + 1] << 8)
                environ[name] = text[value:at]
        except IndexError:
            return None
        if not is_next(self._last, at):
            return None
        at += len(self._last)
        known = self.rests.find(text[at:])
        if known is None:
            return environ, at
        environ.update(known)
        return environ, len(text)


def is_usual(environ: Dict[str, Any]) -> bool:
    """Whether a lead is worth learning from this request: a GET without a body."""
    get = environ.get
    return get("REQUEST_METHOD") == "GET" and not get("CONTENT_LENGTH") and not get("CONTENT_TYPE")


def learned(pairs: List[Tuple[str, str]], base: Dict[str, Any]) -> List[Lead]:
    """What can be known of packets like this one: a lead or none."""
    names = [name for name, _ in pairs]
    known = _CONSTANT | _VARYING
    count = next((at for at, name in enumerate(names) if name not in known), len(names))
    while count and names[count - 1] not in _CONSTANT:
        count -= 1
    if count == 0 or len({*names[:count]}) != count or not base.keys().isdisjoint(names[:count]):
        return []
    return [Lead(pairs[:count], base)]


def _sized(text: str) -> bytes:
    """As it is in a packet, its length in front."""
    return len(text).to_bytes(2, "little") + text.encode("latin-1")
