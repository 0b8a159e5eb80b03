"""The channel to the master (node's IPC channel): a JSON object a line each way, on a unix socket pair."""

from __future__ import annotations

import _socket
import json
import os
import threading
from typing import Any, Dict, List, Optional, Tuple

Message = Dict[str, Any]

#: Seconds a message may wait for a master that does not read.
_SEND_LIMIT = 5.0
_READ_SIZE = 65536
#: TimeoutError only from Python 3.10 on.
_Timeout = _socket.timeout


def channel_from_environment() -> Optional[Channel]:
    """Takes NODE_CHANNEL_FD out of the environment, so that no child of the app believes it is its own."""
    text = os.environ.pop("NODE_CHANNEL_FD", "")
    os.environ.pop("NODE_CHANNEL_SERIALIZATION_MODE", None)
    return Channel(int(text)) if text.isdecimal() else None


class Channel:
    """`send` may be called from any thread; `receive` from one."""

    def __init__(self, fd: int) -> None:
        os.set_inheritable(fd, False)
        # _socket and not socket: no object of ours may be changed by an app that patches the module.
        self._socket = _socket.socket(fileno=fd)
        self._socket.settimeout(_SEND_LIMIT)
        self._lock = threading.Lock()
        self._rest = b""
        self.closed = False

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, message: Message) -> None:
        """A master that is gone is told nothing: that the channel closed is heard by `receive`."""
        line = json.dumps(message, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            if self.closed:
                return
            try:
                self._socket.sendall(line)
            except OSError:
                # Half a line may be out: nothing that follows could be read.
                self.closed = True

    def receive(self) -> Optional[List[Message]]:
        """What has come; waits for the first byte, up to the limit. None: the master is gone."""
        try:
            data = self._socket.recv(_READ_SIZE)
        except _Timeout:
            return []
        except OSError:
            return None
        if not data:
            return None
        messages, self._rest = messages_of(self._rest + data)
        return messages

    def close(self) -> None:
        """In a process that was forked: the channel is its parent's."""
        self._socket.close()
        self.closed = True


def messages_of(data: bytes) -> Tuple[List[Message], bytes]:
    """The messages of its whole lines, and what is left."""
    *lines, rest = data.split(b"\n")
    return [message for message in map(_parse, lines) if message is not None], rest


def _parse(line: bytes) -> Optional[Message]:
    try:
        message = json.loads(line)
    except ValueError:
        return None
    # node's own affairs ("NODE_HANDLE", …) are none of ours.
    if not isinstance(message, dict) or str(message.get("cmd", "")).startswith("NODE_"):
        return None
    return message
