"""Bytes to a connection's descriptor, whole."""

from __future__ import annotations

import os
from time import monotonic
from typing import Union

from .errors import PeerGone
from .slot import SEND_LIMIT, Slot

#: Bytes that a fresh connection takes without waiting: less than any system's send buffer.
_SMALL = 8192


def send_first(slot: Slot, head: bytes, data: bytes) -> None:
    """The head of a response and the first of its body, in one system call where the system takes them.

    :raises PeerGone: the peer hung up, or did not take it in time.
    """
    fd = slot.fd
    try:
        if len(head) + len(data) <= _SMALL:
            data = head + data
            sent = os.write(fd, data)
            if sent == len(data):
                return
            head = b""
        else:
            slot.deadline = monotonic() + SEND_LIMIT
            sent = os.writev(fd, (head, data))
            slot.deadline = 0.0
    except OSError as error:
        raise gone(slot, error) from None
    if sent < len(head):
        send(slot, head[sent:])
        sent = len(head)
    if sent < len(head) + len(data):
        send(slot, memoryview(data)[sent - len(head) :])


def send(slot: Slot, data: Union[bytes, memoryview]) -> None:
    """
    :raises PeerGone: the peer hung up, or did not take it in time.
    """
    slot.deadline = monotonic() + SEND_LIMIT
    try:
        sent = os.write(slot.fd, data)
        if sent < len(data):
            rest = memoryview(data)[sent:]
            while rest:
                rest = rest[os.write(slot.fd, rest) :]
                slot.deadline = monotonic() + SEND_LIMIT
    except OSError as error:
        raise gone(slot, error) from None
    slot.deadline = 0.0


def gone(slot: Slot, error: OSError) -> PeerGone:
    """What an error of a write to the connection means."""
    slot.deadline = 0.0
    if slot.cut:
        return PeerGone(f"the web server took no bytes for {SEND_LIMIT:.0f} s")
    return PeerGone(f"the web server hung up: {error.strerror}")
