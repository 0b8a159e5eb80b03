"""The end of a connection whose peer is not done yet."""

from __future__ import annotations

import _socket
import select
from time import monotonic

#: Seconds, and bytes thrown away, after our end: for the peer to send the rest and read what was said
#: (RFC 9112, section 9.6). Without it what was not read is a reset, and NGINX says 502.
LINGER_LIMIT = 2.0
_LINGER_BYTES = 1 << 20


def linger(fd: int) -> None:
    """Says that the response is whole, then throws away what still comes. Never raises."""
    sock = _socket.socket(fileno=fd)
    try:
        sock.shutdown(_socket.SHUT_WR)
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        end = monotonic() + LINGER_LIMIT
        thrown = 0
        while thrown < _LINGER_BYTES:
            wait = end - monotonic()
            if wait <= 0 or not poll.poll(wait * 1000):
                break
            data = sock.recv(65536)
            if not data:
                break
            thrown += len(data)
    except OSError:
        pass
    finally:
        sock.detach()


def cut_off(fd: int) -> None:
    """Sees to it that the peer can tell a broken response from a whole one, as far as its socket can say so.

    On TCP closing becomes a reset; a unix socket has none to give, there only a Content-Length tells.
    """
    sock = _socket.socket(fileno=fd)
    try:
        if sock.family != _socket.AF_UNIX:
            sock.setsockopt(_socket.SOL_SOCKET, _socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    except OSError:
        pass
    finally:
        sock.detach()
