"""The requests of a router: taken out of its queue, and answered in frames over a connection that is kept
(docs/adr/0023).

A frame is three numbers of 32 bits, little endian, and what they announce: flags and the bytes of a head; the bytes
of a body; the number of the request. src/wire/uwsgi/frame-decoder.ts is the other side.
"""

from __future__ import annotations

import os
from os import write
from struct import Struct
from time import monotonic
from typing import Callable, Optional, Tuple, Union

from .app_error import error_text
from .body import NoBody
from .error_page import answer
from .errors import BadRequest, PeerGone
from .exchange import READ_SIZE, Exchanges
from .file_wrapper import send_file
from .held import HELD_SIZE
from .lead import HEADER_LENGTH
from .linger import linger
from .listener import Listener
from .packet import packet_end
from .request import complete
from .response import Response, new_response
from .routers import Router, Routers
from .send import gone, send, send_first
from .slot import Slot

_frame = Struct("<III").pack
#: The response is whole.
_END = 1 << 24
#: Nothing of a response: this process, by its number, takes requests out of the queue.
_JOINED = 2 << 24
#: Nothing of a response: the request is to come over this connection.
_CLAIM = 4 << 24
#: The response is not whole and never will be.
_CUT = 8 << 24
#: Bytes of a head, and of a frame's body, at most.
_MOST_HEAD = 0xFFFFFF
_MOST_BODY = 1 << 30
#: Bytes that a connection takes without waiting once all was read that was sent before.
_SMALL = 8192

_NO_BODY = NoBody()


class KeptExchanges(Exchanges):
    """Serves routers. `serve` is called by each thread with a slot of its own."""

    def serve(
        self,
        slot: Slot,
        listener: Listener,
        stop_fd: int,
        served: Optional[Callable[[], None]],
        failed: Callable[[OSError], None],
    ) -> None:
        """Serves the routers that come until it is to stop. Never raises.

        :param stop_fd: becomes readable when no more requests are to be taken.
        :param served: called after each request, where somebody counts them.
        :param failed: called with an error of accept.
        """
        routers = Routers(slot, listener, stop_fd, _frame(_JOINED, 0, os.getpid()), failed)
        while not slot.stopping:
            taken = routers.take()
            if taken is None:
                break
            if not self._serve_one(slot, *taken):
                routers.leave(taken[0])
            if served is not None:
                served()
        routers.close()

    def _serve_one(self, slot: Slot, router: Router, number: int, data: bytes) -> bool:
        """Answers a request. :returns: whether the connection to its router can go on"""
        slot.requests += 1
        slot.since = monotonic()
        slot.fd = router.connection
        claimed = not data
        response = _kept_response(slot, number, router)
        unread = goes_on = False
        try:
            if claimed:
                data, end = self._claimed(slot, number, router)
            else:
                end = packet_end(data, self._max_packet)
            slot.held_since[0] = slot.since
            environ = self._read(data, end)
            slot.environ = environ
            response.bodiless = complete(environ)
            if environ.get("CONTENT_LENGTH"):
                unread = self._run_with_body(slot, environ, response, data[end:], True)
            else:
                self._run(slot, environ, response)
            if response.excess:
                self._warn_of_excess(environ)
            if self.access_log is not None:
                self._note(environ, response, slot.since)
            goes_on = response.finish()
        except BadRequest as error:
            unread = self._refused(response, error)
            # Nobody knows where on the connection the next packet begins.
            goes_on = not claimed and not response.torn
        except PeerGone as error:
            self._log.info(f"{slot.describe(monotonic())}: {error}")
        except ConnectionError:
            pass
        except Exception as error:
            self._log.error(f"{slot.describe(monotonic())}: {error_text(error)}")
            goes_on = response.finish()
        finally:
            if unread and not goes_on:
                linger(router.connection)
            slot.fd = -1
            slot.environ = None
            slot.held_since[0] = 0.0
            slot.since = 0.0
        return goes_on

    def _claimed(self, slot: Slot, number: int, router: Router) -> Tuple[bytes, int]:
        """The request over the connection. :returns: what came, and where the packet ends

        :raises ConnectionError: nobody waits for it any more
        """
        write(slot.fd, _frame(_CLAIM, 0, number))
        data = router.claimed(READ_SIZE)
        if not data:
            raise ConnectionResetError
        data, end = self._packet(slot, data)
        packets = slot.held_packets
        assert packets is not None
        told = data[:HELD_SIZE]
        packets[slot.held_at : slot.held_at + len(told)] = told
        return data, end

    def _refused(self, response: KeptResponse, error: BadRequest) -> bool:
        """:returns: whether the router is still to be heard"""
        self._log.info(f"refused a packet of the router with {error.status}: {error}")
        try:
            answer(response, error.status)
        except PeerGone:
            response.torn = True
            return False
        response.finish()
        return True


def _kept_response(slot: Slot, number: int, router: Router) -> KeptResponse:
    response = new_response(slot, False, KeptResponse)
    response.number = number
    response.router = router
    response.body = _NO_BODY
    response.said = 0
    response.torn = False
    return response


class KeptResponse(Response):
    """Made by `_kept_response`."""

    __slots__ = ("number", "router", "said", "torn")
    #: Of the request.
    number: int
    #: Of whom word comes when its client is gone.
    router: Router
    #: Flags of the frames that were sent.
    said: int
    #: A frame was begun that cannot be ended: the end of the connection tells.
    torn: bool

    def finish(self) -> bool:
        """Says what was not said yet. :returns: whether another request may follow on this connection"""
        if self.torn:
            return False
        if not self.said & (_END | _CUT):
            flags = _END if self.complete else _CUT
            try:
                send(self.slot, _frame(flags, 0, self.number))
            except PeerGone:
                return False
            self.said |= flags
        return self.body.left == 0 and not self.body.to_end

    def _put(self, head: bytes, data: Union[bytes, memoryview]) -> None:
        if len(head) > _MOST_HEAD:
            raise ValueError(f"Cannot send a head of {len(head)} bytes")
        # As long as a body is still to come, that is what the connection has to tell.
        if not head and self.body.left == 0 and not self.body.to_end:
            self.router.refuse_cancelled(self.number)
        while len(data) > _MOST_BODY:
            self._put_frame(0, head, data[:_MOST_BODY])
            head, data = b"", memoryview(data)[_MOST_BODY:]
        flags = _END if self.bodiless or self.sent == self.length else 0
        self._put_frame(flags, head, data)

    def _put_frame(self, flags: int, head: bytes, data: Union[bytes, memoryview]) -> None:
        self.said |= flags
        send_first(self.slot, _frame(flags | len(head), len(data), self.number) + head, data)

    def _send_whole(self, data: bytes) -> bool:
        head = self.head
        if not head or type(data) is not bytes or not 0 < len(data) <= _SMALL or self.bodiless:
            return False
        length = self.length
        if (length != len(data) and length is not None) or len(head) > _SMALL:
            return False
        whole = _frame(_END | len(head), len(data), self.number) + head + data
        try:
            sent = write(self.slot.fd, whole)
        except OSError as error:
            raise gone(self.slot, error) from None
        self.said = _END
        self.head = b""
        self.sent = len(data)
        if sent < len(whole):
            send(self.slot, whole[sent:])
        self.complete = True
        return True

    def _put_file(self, fd: int, at: int, count: int) -> int:
        sent = 0
        while sent < count:
            part = min(count - sent, _MOST_BODY)
            flags = _END if self.sent + sent + part == self.length else 0
            self.said |= flags
            send(self.slot, _frame(flags, part, self.number))
            if send_file(self.slot, fd, at + sent, part) < part:
                self.torn = True
                raise PeerGone("the file became shorter while it was sent")
            sent += part
        return sent
