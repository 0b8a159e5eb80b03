"""A worker behind a router of the test's own, and the app that it serves."""

import struct
import unittest
from typing import Any, List, Tuple

from .master import Master, request

END, FREE, LAST, CUT = 1, 2, 4, 8

APP = """
    import os, time

    def application(environ, start_response):
        return globals()[environ["PATH_INFO"].strip("/") or "hello"](environ, start_response)

    def hello(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
        return [b"hello"]

    def echo(environ, start_response):
        body = environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    def ignore(environ, start_response):
        start_response("200 OK", [])
        return [b"ignored"]

    def nothing(environ, start_response):
        start_response("204 No Content", [])
        return []

    def unchanged(environ, start_response):
        start_response("304 Not Modified", [("ETag", '"a"')])
        return [b"not to be sent"]

    class Closing:
        def __init__(self, chunks, name):
            self.chunks, self.name = iter(chunks), name
        def __iter__(self):
            return self.chunks
        def close(self):
            while self.name and not os.path.exists(self.name):
                time.sleep(0.005)

    def stream(environ, start_response):
        start_response("200 OK", [])
        return Closing([b"one", b"", b"two"], None)

    def closes_late(environ, start_response):
        start_response("200 OK", [("Content-Length", "5")])
        return Closing([b"early"], environ["QUERY_STRING"])

    def large(environ, start_response):
        start_response("200 OK", [("Content-Length", "3000000")])
        return [b"a" * 3000000]

    def file(environ, start_response):
        name = environ["QUERY_STRING"]
        start_response("200 OK", [("Content-Length", str(os.path.getsize(name)))])
        return environ["wsgi.file_wrapper"](open(name, "rb"))

    def fails(environ, start_response):
        raise ValueError("on purpose")

    def fails_late(environ, start_response):
        start_response("200 OK", [])
        yield b"begun"
        raise ValueError("on purpose")

    def too_short(environ, start_response):
        start_response("200 OK", [("Content-Length", "10")])
        return [b"short"]

    def hold(environ, start_response):
        open(environ["QUERY_STRING"] + ".begun", "w").close()
        while not os.path.exists(environ["QUERY_STRING"]):
            time.sleep(0.005)
        return hello(environ, start_response)
"""

Frame = Tuple[int, bytes, bytes]


class Connection:
    """The router's end of one."""

    def __init__(self, master: Master) -> None:
        self.socket = master.connect()
        self.at = b""
        assert self.frame() == (FREE, b"", b"")

    def frame(self) -> Frame:
        lengths, body = struct.unpack("<II", self.exactly(8))
        return lengths >> 24, self.exactly(lengths & 0xFFFFFF), self.exactly(body)

    def exactly(self, count: int) -> bytes:
        while len(self.at) < count:
            part = self.socket.recv(65536)
            if not part:
                raise EOFError
            self.at += part
        found, self.at = self.at[:count], self.at[count:]
        return found

    def send(self, path: str = "/", body: bytes = b"", **variables: str) -> None:
        self.socket.sendall(request(path, body, **variables))

    def ask(self, path: str = "/", body: bytes = b"", **variables: str) -> Tuple[str, bytes, int]:
        """:returns: the status, the body, all flags"""
        self.send(path, body, **variables)
        return self.response()

    def response(self) -> Tuple[str, bytes, int]:
        head, got, flags = b"", b"", 0
        while not flags & (FREE | LAST):
            flag, begun, part = self.frame()
            assert not (begun and head), "a second head"
            flags, head, got = flags | flag, head + begun, got + part
        return head.split(b"\r\n")[0].decode()[9:], got, flags

    def ended(self) -> bool:
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


class Kept(unittest.TestCase):
    def start(self, **config: Any) -> Master:
        master = Master({"wsgi.py": APP}, kept=True, **config)
        self.addCleanup(master.__exit__)
        return master

    def connect(self, master: Master) -> Connection:
        connection = Connection(master)
        self.addCleanup(connection.socket.close)
        return connection
