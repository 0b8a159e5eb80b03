"""One connection: a packet, a body, the app's answer, the end (uwsgi has one request a connection)."""

from __future__ import annotations

import os
from time import monotonic
from typing import Any, Callable, Dict, Optional, Tuple

from .access_line import access_line
from .access_log import AccessLog
from .app_error import error_text
from .body import TO_END, Body, NoBody, stored
from .config import Config
from .error_page import answer, answer_with_error
from .errors import BadRequest, PeerGone
from .linger import cut_off, linger
from .log import Log
from .packet import HEADER_LENGTH, packet_end, read_environ
from .printable import printable
from .request import BODY_TO_END, complete, content_length, distrust
from .response import Response, WrongLength
from .slot import HEAD_LIMIT, Slot

App = Callable[[Dict[str, Any], Any], Any]
#: Finds the app for a request and tells it where it is mounted (SCRIPT_NAME).
Chooser = Callable[[Dict[str, Any]], App]

#: Bytes read at first: a packet as browsers and NGINX make it, and a small body.
_READ_SIZE = 8192
_NO_BODY = NoBody()


class Exchanges:
    """What all requests of a worker share. `handle` is called by each thread with a slot of its own."""

    def __init__(
        self, config: Config, app: App, chooser: Optional[Chooser], base: Dict[str, Any], log: Log
    ) -> None:
        """
        :param app: the app of every request, where there is no chooser.
        :param base: what is the same in every environ.
        """
        self._app = app
        self._chooser = chooser
        self._base = base
        self._log = log
        self.access_log = AccessLog() if config.log_requests else None
        self._max_packet = config.buffer_size
        self._limit_post = config.limit_post
        self._post_buffering = config.post_buffering
        self._show_errors = config.dev or config.catch_exceptions

    def handle(self, slot: Slot, fd: int, stranger: Optional[Tuple[str, int]]) -> None:
        """Serves a connection and closes it. Never raises.

        :param stranger: the peer's address and port, where its word on who the client is does not count.
        """
        now = monotonic()
        slot.cut = False
        slot.deadline = now + HEAD_LIMIT
        slot.since = now
        slot.requests += 1
        slot.fd = fd
        unread = False
        try:
            data = os.read(fd, _READ_SIZE)
            if len(data) < HEADER_LENGTH or len(data) < packet_end(data, self._max_packet):
                data = self._whole_packet(slot, data)
                if not data:
                    return
            slot.deadline = 0.0
            end = packet_end(data, self._max_packet)
            environ = read_environ(data, end, self._base)
            slot.environ = environ
            if stranger:
                distrust(environ, *stranger)
            complete(environ)
            response = Response(slot, environ["REQUEST_METHOD"] == "HEAD")
            if environ.get("CONTENT_LENGTH") or BODY_TO_END in environ:
                unread = self._run_with_body(slot, environ, response, data[end:])
            else:
                self._run(slot, environ, response)
            if response.excess:
                self._log.warn(f"{_request(environ)}: the app sent more than its Content-Length: left out")
            if self.access_log is not None:
                self._note(environ, response, now)
        except BadRequest as error:
            unread = self._refuse(slot, error)
        except OSError as error:
            # A peer that connected and reset has said nothing.
            if isinstance(error, PeerGone):
                self._log.info(f"{slot.describe(monotonic())}: {error}")
        finally:
            if unread:
                linger(fd)
            slot.environ = None
            slot.since = 0.0
            slot.deadline = 0.0
            slot.fd = -1
            os.close(fd)

    def _whole_packet(self, slot: Slot, begun: bytes) -> bytes:
        """Reads on until the packet is complete; b"" where the peer said nothing at all."""
        data = bytearray(begun)
        while len(data) < HEADER_LENGTH or len(data) < packet_end(data, self._max_packet):
            part = os.read(slot.fd, _READ_SIZE)
            if not part:
                if not data:
                    return b""
                why = "was too slow" if slot.cut else "hung up"
                raise PeerGone(f"the web server {why} after {len(data)} bytes of the packet")
            data += part
        return bytes(data)

    def _run_with_body(self, slot: Slot, environ: Dict[str, Any], response: Response, begun: bytes) -> bool:
        """Runs the app with a body to read. true: some of it was not read, and the sender is still to be heard."""
        length = TO_END
        if BODY_TO_END in environ:
            del environ[BODY_TO_END]
            environ.pop("CONTENT_LENGTH", None)
        else:
            length = content_length(environ["CONTENT_LENGTH"], self._limit_post)
        body = Body(slot, begun, length)
        environ["wsgi.input"] = body
        if self._post_buffering and length:
            environ["wsgi.input"] = stored(body, self._post_buffering)
        self._run(slot, environ, response)
        return bool(body.left) and response.complete

    def _run(self, slot: Slot, environ: Dict[str, Any], response: Response) -> None:
        app = self._app if self._chooser is None else self._chooser(environ)
        try:
            chunks = app(environ, response.start_response)
            try:
                response.send_body(chunks)
            finally:
                # "must be called … whether the request was completed normally, or terminated early".
                close = getattr(chunks, "close", None)
                if close is not None:
                    close()
        except BaseException as error:
            self._failed(slot, environ, response, error)
        response.closed = True

    def _failed(self, slot: Slot, environ: Dict[str, Any], response: Response, error: BaseException) -> None:
        request = _request(environ)
        gone = _peer_gone(error)
        if gone is not None:
            self._log.info(f"{request}: {gone}")
        elif isinstance(error, WrongLength):
            self._log.warn(f"{request}: {error}: cut off")
            cut_off(slot.fd)
        else:
            self._log.error(f"{request}: {error_text(error)}")
            if response.complete:
                return
            if response.head == b"":
                cut_off(slot.fd)
                return
            try:
                if self._show_errors:
                    answer_with_error(response, error, request)
                else:
                    answer(response, 500)
            except PeerGone as late:
                self._log.info(f"{request}: {late}")

    def _refuse(self, slot: Slot, error: BadRequest) -> bool:
        self._log.info(f"refused a uwsgi packet with {error.status}: {error}")
        try:
            answer(Response(slot, False), error.status)
        except PeerGone:
            return False
        return True

    def _note(self, environ: Dict[str, Any], response: Response, began: float) -> None:
        status = response.status if response.head == b"" else 0
        now = monotonic()
        line = access_line(environ, status, response.sent, now - began, not response.complete)
        self.access_log.write(line, now)  # type: ignore[union-attr]


def _request(environ: Dict[str, Any]) -> str:
    target = environ.get("REQUEST_URI") or environ.get("PATH_INFO", "")
    return printable(f"{environ.get('REQUEST_METHOD', '')} {target}")


def _peer_gone(error: BaseException) -> Optional[PeerGone]:
    """The hang-up that an error is, or was raised over."""
    for _ in range(4):
        if isinstance(error, PeerGone):
            return error
        cause = error.__cause__ or error.__context__
        if cause is None:
            break
        error = cause
    return None
