"""Whose word on who the client is may be taken: unix sockets, loopback, and what is configured."""

from __future__ import annotations

import _socket
from typing import Dict, Iterable, List, Optional, Tuple

#: Peers remembered; a web server's own few addresses in practice.
_REMEMBERED = 1024
#: How an IPv4 address looks on an IPv6 socket (RFC 4291, section 2.5.5.2).
_MAPPED = b"\0" * 10 + b"\xff\xff"


class TrustError(ValueError):
    """An entry of `trusted-peers` that is no address and no CIDR range."""


class Trust:
    """Answers for addresses as accept(2) tells them. One that cannot be read is never trusted."""

    def __init__(self, trusted_peers: Iterable[str]) -> None:
        self._ranges = [_range(text) for text in ("127.0.0.0/8", "::1", *trusted_peers)]
        self._known: Dict[str, bool] = {}

    def address(self, text: str) -> bool:
        known = self._known.get(text)
        if known is None:
            known = self._check(text)
            if len(self._known) < _REMEMBERED:
                self._known[text] = known
        return known

    def _check(self, text: str) -> bool:
        packed = _packed(text.split("%", 1)[0])
        if packed is None:
            return False
        number = int.from_bytes(packed, "big")
        return any(len(packed) == size and number >> shift == head for size, shift, head in self._ranges)


def plain_address(text: str) -> str:
    """An IPv4 address that came on an IPv6 socket, as people write it."""
    return text[7:] if text.startswith("::ffff:") and "." in text else text


def _range(text: str) -> Tuple[int, int, int]:
    """Bytes of an address, bits of the host part, and what stands above them."""
    address, slash, prefix = text.partition("/")
    packed = _packed(address)
    if packed is None:
        raise TrustError(f"Cannot use trusted-peers: expected an address or a CIDR range: got {text!r}")
    bits = len(packed) * 8
    length = int(prefix) if prefix.isdecimal() else -1 if slash else bits
    if not 0 <= length <= bits:
        raise TrustError(f"Cannot use trusted-peers: expected a prefix from 0 to {bits}: got {text!r}")
    return len(packed), bits - length, int.from_bytes(packed, "big") >> (bits - length)


_FAMILIES: List[int] = [_socket.AF_INET, _socket.AF_INET6]


def _packed(text: str) -> Optional[bytes]:
    for family in _FAMILIES:
        try:
            packed = _socket.inet_pton(family, text)
        except (OSError, ValueError):
            continue
        return packed[12:] if packed.startswith(_MAPPED) else packed
    return None
