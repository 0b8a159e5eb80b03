"""The listening sockets that the worker inherits."""

from __future__ import annotations

import _socket
import os
from typing import Any, Callable, Dict, Optional, Tuple

from .config import ConfigError
from .trust import Trust

#: What accept says of a peer: "" or b"" of a unix socket, (host, port, …) of TCP.
Peer = Any


class Listener:
    """Bound by the master, shared with other workers."""

    def __init__(self, raw: Dict[str, Any], trust: Trust) -> None:
        fd, protocol = raw.get("fd"), raw.get("protocol")
        self.address = str(raw.get("address", ""))
        self._backlog = int(raw.get("backlog", 128))
        if protocol != "uwsgi":
            raise ConfigError(
                f"Cannot listen on {self.address}: a Python worker speaks uwsgi: got {protocol!r}"
            )
        if not isinstance(fd, int):
            raise ConfigError(f"Cannot listen on {self.address}: expected its descriptor: got {fd!r}")
        os.set_inheritable(fd, False)
        try:
            self._socket = _socket.socket(fileno=fd)
        except OSError as error:
            raise ConfigError(f"Cannot listen on {self.address}: descriptor {fd}: {error.strerror}") from None
        self.fd = fd
        #: Whether it is the router alone who connects, and keeps its connections (kept.py).
        self.kept = raw.get("kept") is True
        self._trust = trust if self._socket.family != _socket.AF_UNIX else None
        #: accept4(2) without a socket object around what it returns: (descriptor, peer).
        self.accept: Callable[[], Tuple[int, Peer]] = self._socket._accept  # type: ignore[attr-defined]

    def listen(self, blocking: bool) -> None:
        """:param blocking: whether accept waits, in all workers: the flag is the socket's, not ours."""
        self._socket.listen(self._backlog)
        os.set_blocking(self.fd, blocking)

    def close(self) -> None:
        """It is another worker's; the others have theirs still."""
        self._socket.close()

    def stranger(self, peer: Peer) -> Optional[Tuple[str, int]]:
        """Address and port of a peer whose word on who the client is does not count; None: it counts.

        Who may connect to a unix socket was decided by its mode.
        """
        if self._trust is None or self._trust.address(peer[0]):
            return None
        return peer[0], peer[1]

    def retire(self) -> None:
        """No accept of ours succeeds from now on; one that waits ends once a signal interrupts it.

        Another socket takes over the descriptor, so nothing is said to those who share the listener.
        """
        dead = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        os.dup2(dead.fileno(), self.fd, inheritable=False)
        dead.close()
