"""How a site's packets begin: with the variables of its `uwsgi_param` lines, in their order, before the header
fields. Which they are is learned from one packet; in those that follow one regular expression finds those
that vary and sees that the others do not, at half the cost of reading variable by variable.
"""

from __future__ import annotations

import re
from struct import Struct
from typing import Any, Dict, List, Optional, Tuple

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
        self._names = [name for name, _ in pairs if name in _VARYING]
        self._pack = Struct(f"<{len(self._names)}H").pack
        pattern = ""
        for (name, value), (following, _) in zip(pairs, [*pairs[1:], ("", "")]):
            pattern += re.escape(_sized(name))
            if name in _CONSTANT:
                pattern += re.escape(_sized(value))
            else:
                # A value with this character ends too early, which its length then shows.
                pattern += f"(..)([^{re.escape(_sized(following)[0])}]*)"
        self._match = re.compile(pattern, re.DOTALL).match

    def read(self, text: str) -> Optional[Tuple[Dict[str, Any], int]]:
        """
        :param text: a packet, a character for each byte.
        :returns: the environ begun, and where the rest of the variables begins; None: it is another's packet,
            or one to be read variable by variable.
        """
        found = self._match(text, HEADER_LENGTH)
        if found is None:
            return None
        groups = found.groups()
        values = groups[1::2]
        # Each value is as long as the packet says: only then was it read as if one after the other.
        if "".join(groups[::2]).encode("latin-1") != self._pack(*map(len, values)):
            return None
        environ = self._constants.copy()
        environ.update(zip(self._names, values))
        return environ, found.end()


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


def _sized(text: str) -> str:
    """As it is in a packet, its length in front."""
    return len(text).to_bytes(2, "little").decode("latin-1") + text
