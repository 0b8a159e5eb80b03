"""The response to one request: `start_response`, `write` and what becomes of the iterable (PEP 3333)."""

from __future__ import annotations

from os import write
from typing import Any, Callable, Iterable, Optional, Type, TypeVar, Union

from .body import Body, NoBody
from .file_wrapper import FileWrapper, send_file
from .headers import Headers, encode_head
from .send import gone, send, send_first
from .slot import Slot

#: Bytes that a fresh connection takes without waiting, with a head before them.
_SMALL = 8192

Write = Callable[[bytes], None]


class WrongLength(Exception):
    """The app sent less than its Content-Length: the response is not whole, and the client is to know."""


class Response:
    """Made by `new_response`: a class with an __init__ costs a request twice as much to make."""

    __slots__ = ("slot", "bodiless", "status", "head", "length", "sent", "excess", "complete", "closed", "body")
    slot: Slot
    #: Whatever the app gives, only the head is sent.
    bodiless: bool
    #: The status' number; unset before start_response.
    status: int
    #: None before start_response, b"" when it is sent.
    head: Optional[bytes]
    #: Content-Length, where the app said one; unset before start_response.
    length: Optional[int]
    #: Bytes of body sent.
    sent: int
    #: The app gave more than its Content-Length; what was too much is not sent.
    excess: bool
    #: All of it was sent.
    complete: bool
    #: The request is over: a `write` that the app kept must not reach the next one's connection.
    closed: bool
    #: Of the request; unset where it has none.
    body: Union[Body, NoBody]

    def start_response(self, status: str, headers: Headers, exc_info: Any = None) -> Write:
        """Takes the head and keeps it until the first bytes of the body.

        :raises TypeError, ValueError: naming what cannot be sent.
        """
        if exc_info or self.head is not None:
            self._again(exc_info)
            # "the server … must be careful to avoid a circular reference through the frame".
            exc_info = None
        self.status, self.head, self.length = encode_head(status, headers)
        if self.status == 204 or self.status == 304:
            self.bodiless = True
        return self.write

    def write(self, data: bytes) -> None:
        """Sends bytes of the body, with the head before the first.

        :raises PeerGone: the peer hung up, or did not take them in time.
        """
        head = self.head
        if head is None:
            raise AssertionError("The app sent a body before it called start_response")
        if type(data) is not bytes and not isinstance(data, bytes):
            raise TypeError(f"Cannot send a body of {type(data).__name__}: expected bytes")
        # "the transmission of the headers must be delayed until there is actual body data".
        if not data or self.closed:
            return
        if self.bodiless:
            self.send_head()
            return
        sent = self.sent + len(data)
        if self.length is not None and sent > self.length:
            data = data[: self.length - self.sent]
            self.excess = True
            sent = self.length
        self.sent = sent
        if head:
            self.head = b""
            self._put(head, data)
        elif data:
            self._put(b"", data)

    def send_body(self, chunks: Iterable[bytes]) -> None:
        """Sends what the app returned, and ends the response.

        :raises WrongLength: the body is shorter than its Content-Length.
        :raises PeerGone: the peer hung up, or did not take it in time.
        """
        if type(chunks) is list and len(chunks) == 1 and self._send_whole(chunks[0]):
            return
        if chunks is None:
            raise AssertionError("The app returned None: expected an iterable of bytes")
        if isinstance(chunks, bytes):
            # Not the PEP's, but apps written on uWSGI return it.
            chunks = [chunks]
        if type(chunks) is FileWrapper and self._send_file(chunks):
            return
        for chunk in chunks:
            self.write(chunk)
            # Nobody waits for the rest: the app need not make it.
            if self.bodiless and self.head == b"":
                break
        self.end()

    def end(self) -> None:
        """:raises WrongLength:"""
        self.send_head()
        if self.length is not None and self.sent < self.length and not self.bodiless:
            raise WrongLength(f"the app sent {self.sent} bytes of its Content-Length of {self.length}")
        self.complete = True

    def send_head(self) -> None:
        if self.head is None:
            raise AssertionError("The app returned without having called start_response")
        if self.head:
            head, self.head = self.head, b""
            self._put(head, b"")

    def _send_whole(self, data: bytes) -> bool:
        """The usual answer, head and body in one small write. false: it is another, and nothing was sent."""
        head = self.head
        if not head or type(data) is not bytes or not 0 < len(data) <= _SMALL or self.bodiless:
            return False
        length = self.length
        if length != len(data) and length is not None:
            return False
        whole = head + data
        try:
            sent = write(self.slot.fd, whole)
        except OSError as error:
            raise gone(self.slot, error) from None
        self.head = b""
        self.sent = len(data)
        if sent < len(whole):
            send(self.slot, whole[sent:])
        self.complete = True
        return True

    def _send_file(self, wrapper: FileWrapper) -> bool:
        """false: it is no plain file, or the body was begun otherwise."""
        if self.head is None or self.bodiless:
            return False
        plain = wrapper.plain()
        if plain is None:
            return False
        fd, at, count = plain
        if self.length is not None:
            count = min(count, self.length - self.sent)
        self.send_head()
        self.sent += self._put_file(fd, at, count)
        self.end()
        return True

    def _put(self, head: bytes, data: bytes) -> None:
        """Sends them; `head` is empty but for the first."""
        if head:
            send_first(self.slot, head, data)
        else:
            send(self.slot, data)

    def _put_file(self, fd: int, at: int, count: int) -> int:
        """Sends so many bytes of a file, if it has them. :returns: bytes sent"""
        return send_file(self.slot, fd, at, count)

    def _again(self, exc_info: Any) -> None:
        """start_response called with an error, or twice."""
        if not exc_info:
            raise AssertionError("start_response was called twice, the second time without exc_info")
        try:
            if self.head == b"":
                # The client has the first head already: only the app's error can end this.
                raise exc_info[1].with_traceback(exc_info[2])
        finally:
            exc_info = None


R = TypeVar("R", bound=Response)


def new_response(slot: Slot, bodiless: bool, kind: Type[R] = Response) -> R:  # type: ignore[assignment]
    """:param bodiless: only the head is sent, since it is the answer to HEAD."""
    response = kind()
    response.slot = slot
    response.bodiless = bodiless
    response.head = None
    response.sent = 0
    response.complete = response.excess = response.closed = False
    return response
