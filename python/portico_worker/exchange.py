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
        slot.deadline = now + HEAD_LIMIT
        slot.since = now
        slot.requests += 1
        slot.fd = fd
        body: Any = _NO_BODY
        try:
            data = os.read(fd, _READ_SIZE)
            if len(data) < HEADER_LENGTH or len(data) < packet_end(data, self._max_packet):
                data = self._whole_packet(fd, data)
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
                environ["wsgi.input"] = body = self._body(slot, environ, data[end:])
                if self._post_buffering:
                    environ["wsgi.input"] = stored(body, self._post_buffering)
            self._run(slot, environ, response)
            if self.access_log is not None:
                line = access_line(environ, response.status, response.sent, monotonic() - now, slot.cut)
                self.access_log.write(line)
        except BadRequest as error:
            self._refuse(slot, error)
            body = Body(slot, b"", TO_END)
        except PeerGone as error:
            self._log.info(f"{_request(slot)}: {error}")
        except OSError:
            # A peer that connected and reset has said nothing.
            pass
        finally:
            if body.left:
                linger(fd)
            slot.environ = None
            slot.since = 0.0
            slot.deadline = 0.0
            slot.fd = -1
            os.close(fd)
