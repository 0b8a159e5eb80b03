"""A connection that the router keeps: packet after packet, each answered in frames (docs/adr/0021).

A frame is two numbers of 32 bits, little endian, and what they announce: flags and the bytes of a head, then the
bytes of a body. src/wire/uwsgi/frame-decoder.ts is the other side.
"""

from __future__ import annotations

import threading
from os import close, read, write
from struct import Struct
from time import monotonic
from typing import Callable, Optional, Union

from .app_error import error_text
from .body import NoBody
from .error_page import answer
from .errors import BadRequest, PeerGone
from .exchange import LEAST, READ_SIZE, Exchanges
from .file_wrapper import send_file
from .held import HELD_SIZE
from .lead import HEADER_LENGTH
from .linger import linger
from .request import complete
from .response import Response, new_response
from .send import gone, send, send_first
from .slot import Slot

_frame = Struct("<II").pack
#: The response is whole.
_END = 1 << 24
#: This thread waits for the next request, and for no other connection.
_FREE = 2 << 24
#: What comes after what was sent by now is not read any more: the router is to close.
_LAST = 4 << 24
#: The response is not whole and never will be.
_CUT = 8 << 24
_SAYS_FREE = _frame(_FREE, 0)
_SAYS_LAST = _frame(_LAST, 0)
#: Bytes of a head, and of a frame's body, at most.
_MOST_HEAD = 0xFFFFFF
_MOST_BODY = 1 << 30
#: Bytes that a connection takes without waiting once all was read that was sent before.
_SMALL = 8192

_NO_BODY = NoBody()


class KeptConnection:
    """For the watch: how to let go of a connection on which a thread waits."""

    __slots__ = ("fd", "_slot", "_lock", "_told")

    def __init__(self, slot: Slot, fd: int) -> None:
        self.fd = fd
        self._slot = slot
        self._lock = threading.Lock()
        self._told = False

    def retire(self) -> None:
        """From the watch: tells the router to send nothing more. It may have sent one request meanwhile, which is
        answered; then it closes, for which the thread waits. In the middle of a request its thread tells it."""
        with self._lock:
            if self._told or self.fd < 0 or self._slot.since:
                return
            self._told = True
            try:
                write(self.fd, _SAYS_LAST)
            except OSError:
                # It is gone, which its thread is about to read.
                pass

    def settle(self) -> None:
        """From the thread, with a request: what the watch is saying is said before the response."""
        with self._lock:
            pass

    def end(self) -> None:
        with self._lock:
            fd, self.fd = self.fd, -1
        close(fd)


class KeptExchanges(Exchanges):
    """Serves connections of the router. `serve` is called by each thread with a slot of its own."""

    def serve(self, slot: Slot, fd: int, served: Optional[Callable[[], None]]) -> None:
        """Serves a connection to its end and closes it. Never raises.

        :param served: called after each request, where somebody counts them.
        """
        kept = slot.kept = KeptConnection(slot, fd)
        try:
            write(fd, _SAYS_FREE)
            while self._serve_one(slot, kept):
                if served is not None:
                    served()
        except ConnectionError:
            # A router that is gone has nothing to say.
            pass
        finally:
            slot.kept = None
            kept.end()

    def _serve_one(self, slot: Slot, kept: KeptConnection) -> bool:
        """Waits for a request and answers it. :returns: whether another may follow

        :raises ConnectionError: between requests
        """
        fd = kept.fd
        data = told = read(fd, READ_SIZE)
        if not data:
            return False
        slot.requests += 1
        slot.since = monotonic()
        slot.fd = fd
        if slot.stopping:
            kept.settle()
        unread = goes_on = False
        try:
            end = len(data)
            if (
                end < LEAST
                or data[0]
                or end != HEADER_LENGTH + data[1] + (data[2] << 8)
                or end > self._max_end
            ):
                data, end = self._packet(slot, data)
                told = data[:HELD_SIZE]
            packets = slot.held_packets
            if packets is not None:
                packets[slot.held_at : slot.held_at + len(told)] = told
                slot.held_since[0] = slot.since
            environ = self._read(data, end)
            slot.environ = environ
            response = _kept_response(slot, complete(environ))
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
            unread = self._refuse(slot, error)
        except PeerGone as error:
            self._log.info(f"{slot.describe(monotonic())}: {error}")
        except ConnectionError:
            pass
        except Exception as error:
            self._log.error(f"{slot.describe(monotonic())}: {error_text(error)}")
        finally:
            if unread and not goes_on:
                linger(fd)
            slot.fd = -1
            slot.environ = None
            slot.held_since[0] = 0.0
            slot.since = 0.0
        return goes_on

    def _refuse(self, slot: Slot, error: BadRequest) -> bool:
        """Nobody knows where the next packet begins. :returns: whether the router is still to be heard"""
        self._log.info(f"refused a packet of the router with {error.status}: {error}")
        response = _kept_response(slot, False)
        response.is_last = True
        try:
            answer(response, error.status)
        except PeerGone:
            return False
        response.finish()
        return True


def _kept_response(slot: Slot, bodiless: bool) -> KeptResponse:
    response = new_response(slot, bodiless, KeptResponse)
    response.body = _NO_BODY
    response.said = 0
    response.is_last = response.torn = False
    return response


class KeptResponse(Response):
    """Made by `_kept_response`."""

    __slots__ = ("said", "is_last", "torn")
    #: Flags of the frames that were sent.
    said: int
    #: The connection ends with this response.
    is_last: bool
    #: A frame was begun that cannot be ended: the end of the connection tells.
    torn: bool

    def finish(self) -> bool:
        """After the app's `close()`: says what was not said yet. :returns: whether another request may follow"""
        if self.torn:
            return False
        if not self.said & (_FREE | _LAST):
            flags = self._next() | (0 if self.said & _END else _END if self.complete else _CUT)
            try:
                send(self.slot, _frame(flags, 0))
            except PeerGone:
                # Of a response that is whole there is nothing to tell; of another it was told.
                return False
            self.said |= flags
        return bool(self.said & _FREE)

    def _next(self) -> int:
        """What becomes of the connection: `body.left` are bytes that the next packet would come behind."""
        self.is_last = self.is_last or self.slot.stopping or self.body.left > 0
        return _LAST if self.is_last else _FREE

    def _put(self, head: bytes, data: Union[bytes, memoryview]) -> None:
        if len(head) > _MOST_HEAD:
            self.torn = True
            raise ValueError(f"Cannot send a head of {len(head)} bytes")
        while len(data) > _MOST_BODY:
            self._put_frame(0, head, data[:_MOST_BODY])
            head, data = b"", memoryview(data)[_MOST_BODY:]
        flags = _END if self.bodiless or self.sent == self.length else 0
        self._put_frame(flags, head, data)

    def _put_frame(self, flags: int, head: bytes, data: Union[bytes, memoryview]) -> None:
        self.said |= flags
        send_first(self.slot, _frame(flags | len(head), len(data)) + head, data)

    def _send_whole(self, data: bytes) -> bool:
        head = self.head
        if not head or type(data) is not bytes or not 0 < len(data) <= _SMALL or self.bodiless:
            return False
        length = self.length
        if (length != len(data) and length is not None) or len(head) > _SMALL:
            return False
        flags = _END | self._next()
        whole = _frame(flags | len(head), len(data)) + head + data
        try:
            sent = write(self.slot.fd, whole)
        except OSError as error:
            raise gone(self.slot, error) from None
        self.said = flags
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
            send(self.slot, _frame(flags, part))
            if send_file(self.slot, fd, at + sent, part) < part:
                self.torn = True
                raise PeerGone("the file became shorter while it was sent")
            sent += part
        return sent
