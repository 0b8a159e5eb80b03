"""One connection: a packet, a body, the app's answer, the end (uwsgi has one request a connection)."""

from __future__ import annotations

from os import close, read
from time import monotonic
from typing import Any, Callable, Dict, Optional, Tuple

from .access_line import access_line
from .access_log import AccessLog
from .app_error import error_text
from .body import TO_END, Body, stored
from .config import Config
from .error_page import answer, answer_with_error
from .errors import BadRequest, PeerGone
from .held import HELD_SIZE, STRANGER
from .linger import cut_off, linger
from .log import Log
from .lead import HEADER_LENGTH
from .packet import PacketReader, packet_end
from .printable import printable
from .request import TO_END_TEXT, complete, content_length, distrust
from .response import Response, WrongLength, new_response
from .slot import Slot

App = Callable[[Dict[str, Any], Any], Any]
#: Finds the app for a request and tells it where it is mounted (SCRIPT_NAME).
Chooser = Callable[[Dict[str, Any]], App]

#: Bytes read at first: a packet as browsers and NGINX make it, and a small body.
READ_SIZE = HELD_SIZE
#: Bytes of the least packet that says something.
LEAST = HEADER_LENGTH + 1


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
        self._read = PacketReader(base).read
        self._log = log
        self.access_log = AccessLog() if config.log_requests else None
        self._max_packet = config.buffer_size
        self._max_end = HEADER_LENGTH + config.buffer_size
        self._limit_post = config.limit_post
        self._post_buffering = config.post_buffering
        self._show_errors = config.dev or config.catch_exceptions

    def handle(self, slot: Slot, fd: int, stranger: Optional[Tuple[str, int]]) -> None:
        """Serves a connection and closes it. Never raises.

        :param stranger: the peer's address and port, where its word on who the client is does not count.
        """
        slot.requests += 1
        slot.since = monotonic()
        slot.fd = fd
        unread = False
        try:
            data = told = read(fd, READ_SIZE)
            end = len(data)
            # Nearly always this is the packet and nothing else.
            if (
                end < LEAST
                or data[0]
                or end != HEADER_LENGTH + data[1] + (data[2] << 8)
                or end > self._max_end
            ):
                data, end = self._packet(slot, data)
                if not end:
                    return
                told = data[:HELD_SIZE]
            packets = slot.held_packets
            if packets is not None:
                # Not by a method: its call would cost as much as what it does.
                packets[slot.held_at : slot.held_at + len(told)] = told
                if stranger:
                    packets[slot.held_at + 3] = STRANGER
                slot.held_since[0] = slot.since
            environ = self._read(data, end)
            slot.environ = environ
            if stranger:
                distrust(environ, *stranger)
            response = new_response(slot, complete(environ))
            if environ.get("CONTENT_LENGTH"):
                unread = self._run_with_body(slot, environ, response, data[end:], not stranger)
            else:
                self._run(slot, environ, response)
            if response.excess:
                self._warn_of_excess(environ)
            if self.access_log is not None:
                self._note(environ, response, slot.since)
        except BadRequest as error:
            unread = self._refuse(slot, error)
        except PeerGone as error:
            self._log.info(f"{slot.describe(monotonic())}: {error}")
        except ConnectionError:
            # A peer that connected and reset has said nothing.
            pass
        except Exception as error:
            self._log.error(f"{slot.describe(monotonic())}: {error_text(error)}")
        finally:
            if unread:
                linger(fd)
            slot.fd = -1
            slot.since = 0.0
            slot.environ = None
            slot.held_since[0] = 0.0
            close(fd)

    def _packet(self, slot: Slot, begun: bytes) -> Tuple[bytes, int]:
        """Reads on until the packet is complete.

        :returns: what came, and where the packet ends; 0: nothing was said
        """
        data = bytearray(begun)
        while len(data) < HEADER_LENGTH or len(data) < packet_end(data, self._max_packet):
            part = read(slot.fd, READ_SIZE)
            if not part:
                if not data:
                    return b"", 0
                why = "was too slow" if slot.cut else "hung up"
                raise PeerGone(f"the web server {why} after {len(data)} bytes of the packet")
            data += part
        return bytes(data), packet_end(data, self._max_packet)

    def _run_with_body(
        self, slot: Slot, environ: Dict[str, Any], response: Response, begun: bytes, trusted: bool
    ) -> bool:
        """Runs the app with a body to read.

        :returns: whether some of it was not read, and the sender is still to be heard
        """
        if trusted and environ["CONTENT_LENGTH"] == TO_END_TEXT:
            length = TO_END
            del environ["CONTENT_LENGTH"]
        else:
            length = content_length(environ["CONTENT_LENGTH"], self._limit_post)
        # NGINX says both twice; PEP 3333 has them under one name (wsgiref.validate refuses the other).
        environ.pop("HTTP_CONTENT_LENGTH", None)
        environ.pop("HTTP_CONTENT_TYPE", None)
        response.body = body = Body(slot, begun, length)
        environ["wsgi.input"] = body
        if self._post_buffering and length:
            environ["wsgi.input"] = stored(body, self._post_buffering)
        self._run(slot, environ, response)
        return bool(body.left) and response.complete

    def _run(self, slot: Slot, environ: Dict[str, Any], response: Response) -> None:
        app = self._app if self._chooser is None else self._chooser(environ)
        try:
            chunks = app(environ, response.start_response)
            if type(chunks) is list:
                # The usual, and it has no close().
                response.send_body(chunks)
                response.closed = True
                return
            try:
                response.send_body(chunks)
            finally:
                # "must be called … whether the request was completed normally, or terminated early".
                end = getattr(chunks, "close", None)
                if end is not None:
                    end()
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
            answer(new_response(slot, False), error.status)
        except PeerGone:
            return False
        return True

    def _warn_of_excess(self, environ: Dict[str, Any]) -> None:
        self._log.warn(f"{_request(environ)}: the app sent more than its Content-Length: left out")

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
