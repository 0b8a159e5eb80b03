"""What ends a request early, apart from an error of the app's own."""

from __future__ import annotations


class BadRequest(Exception):
    """What the peer sent is no request. `status` is what it is answered; the text is for the log."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(f"Cannot read the uwsgi request: {problem}")
        self.status = status


class PeerGone(OSError):
    """The web server hung up, or is too slow. An OSError, which is what apps expect of `wsgi.input`."""
