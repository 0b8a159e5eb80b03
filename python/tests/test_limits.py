"""Sizes, slow peers, strangers, and the line that is written of each request."""

import os
import re
import socket
import threading
import time
import unittest

from portico_worker.config import Config
from portico_worker.exchange import Exchanges
from portico_worker.slot import BODY_LIMIT, HEAD_LIMIT, SEND_LIMIT, Slot

from .master import Master, in_background, read_response, request, until

ECHO = """
from wsgiref.validate import validator
@validator
def application(environ, start_response):
    body = environ["wsgi.input"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body.readline(), body.read(-1), type(body.input).__name__.encode()]
"""


class Sizes(unittest.TestCase):
    def test_post_buffering(self):
        with Master({"wsgi.py": ECHO}, postBuffering=1000) as master:
            for body in b"a\nb", b"a\n" + b"x" * 100_000:
                self.assertEqual(master.get("/", body).body, body + b"SpooledTemporaryFile")
            self.assertEqual(master.get("/").body, b"NoBody")
            with master.connect() as sock:
                sock.sendall(request("/", b"abc", CONTENT_LENGTH="10"))
                sock.shutdown(socket.SHUT_WR)
                self.assertEqual(read_response(sock).raw, b"")
            self.assertIn("hung up after 3 of 10 bytes", master.stderr())

    def test_limit_post(self):
        with Master({"wsgi.py": ECHO}, limitPost=1000) as master:
            self.assertEqual(master.get("/", b"x" * 1000).status, 200)
            with master.connect() as sock:
                sending = in_background(lambda: sock.sendall(request("/", b"x" * 500_000)))
                self.assertEqual(read_response(sock).status, 413)
                sending.result()

    def test_buffer_size(self):
        with Master({"wsgi.py": ECHO}, bufferSize=1000) as master:
            self.assertEqual(master.get("/", HTTP_X="x" * 500).status, 200)
            self.assertEqual(master.get("/", HTTP_X="x" * 1000).status, 431)
        with Master({"wsgi.py": ECHO}, bufferSize=65535) as master:
            self.assertEqual(master.get("/", HTTP_X="x" * 60_000).status, 200)


class Log:
    def __init__(self):
        self.lines = []

    def info(self, text):
        self.lines.append(text)

    warn = error = info


class InProcess(unittest.TestCase):
    """Exchanges on a socket pair, so that time can be told to the watch's part."""

    def start(self, app, stranger=None):
        self.log = Log()
        exchanges = Exchanges(Config({"logRequests": False}), app, None, {"wsgi.input": None}, self.log)
        theirs, ours = socket.socketpair()
        theirs.settimeout(20)
        self.addCleanup(theirs.close)
        self.slot = Slot()
        fd = ours.detach()
        thread = threading.Thread(target=exchanges.handle, args=(self.slot, fd, stranger))
        thread.start()
        self.addCleanup(thread.join)
        self.thread = thread
        return theirs

    def cut_after(self, seconds, packet=False):
        """The watch looks after so many seconds of waiting, and a little before."""
        until(lambda: self.slot.fd >= 0 if packet else self.slot.deadline)
        now = time.monotonic()
        self.assertFalse(self.slot.cut_if_slow(now + seconds - 1))
        self.assertTrue(self.slot.cut_if_slow(now + seconds + 1))
        self.thread.join(20)
        self.assertFalse(self.slot.cut_if_slow(now + 1e6), "it cut a connection that is over")

    def test_a_packet_that_comes_too_slowly(self):
        theirs = self.start(None)
        theirs.sendall(request()[:10])
        self.cut_after(HEAD_LIMIT, packet=True)
        self.assertEqual(read_response(theirs).raw, b"")
        self.assertIn("the web server was too slow after 10 bytes of the packet", self.log.lines[0])

    def test_a_body_that_comes_too_slowly(self):
        def app(environ, start_response):
            environ["wsgi.input"].read()

        theirs = self.start(app)
        theirs.sendall(request("/", b"abc", CONTENT_LENGTH="10"))
        self.cut_after(BODY_LIMIT)
        self.assertEqual(
            self.log.lines, ["POST /: no byte came for 30 s after 3 of 10 bytes of the request's body"]
        )

    def test_a_response_that_is_not_taken(self):
        def app(environ, start_response):
            start_response("200 OK", [])
            return [b"x" * 10_000_000]

        theirs = self.start(app)
        theirs.sendall(request())
        self.cut_after(SEND_LIMIT)
        self.assertEqual(self.log.lines, ["GET /: the web server took no bytes for 60 s"])

    def test_an_app_that_thinks_is_not_slow(self):
        think = threading.Event()

        def app(environ, start_response):
            think.wait(20)
            start_response("200 OK", [])
            return [b"thought"]

        theirs = self.start(app)
        theirs.sendall(request())
        until(lambda: self.slot.environ is not None)
        self.assertFalse(self.slot.cut_if_slow(time.monotonic() + 1e6))
        think.set()
        self.assertEqual(read_response(theirs).text, "thought")

    def test_a_stranger(self):
        seen = []

        def app(environ, start_response):
            seen.append(environ)
            start_response("200 OK", [])
            return [b"ok"]

        theirs = self.start(app, stranger=("198.51.100.7", 999))
        theirs.sendall(request("/", REMOTE_USER="root", HTTPS="on"))
        self.assertEqual(read_response(theirs).text, "ok")
        environ = seen[0]
        self.assertEqual((environ["REMOTE_ADDR"], environ["REMOTE_PORT"]), ("198.51.100.7", "999"))
        self.assertNotIn("REMOTE_USER", environ)
        self.assertNotIn("HTTPS", environ)
        theirs = self.start(app, stranger=("198.51.100.7", 999))
        theirs.sendall(request("/", CONTENT_LENGTH="to-end"))
        self.assertEqual(read_response(theirs).status, 400)
        theirs.close()

    def test_the_descriptor_is_closed(self):
        before = len(os.listdir("/dev/fd"))
        for _ in range(20):
            theirs = self.start(lambda environ, start_response: [])
            theirs.sendall(request())
            read_response(theirs)
            theirs.close()
            self.thread.join()
        self.assertEqual(len(os.listdir("/dev/fd")), before)


class AccessLines(unittest.TestCase):
    def test_lines(self):
        app = """
        def application(environ, start_response):
            if environ["PATH_INFO"] == "/silent": return []
            start_response("404 Not Found", [])
            if environ["PATH_INFO"] == "/cut":
                def body():
                    yield b"abc"
                    raise ValueError
                return body()
            return [b"hello"]
        """
        with Master({"wsgi.py": app}, logRequests=True) as master:
            master.get("/a?b", HTTP_REFERER="http://x/", HTTP_USER_AGENT='Evil"\n\\\x1b[1m')
            master.get("/caf\xc3\xa9", REMOTE_ADDR="unix:", SERVER_PROTOCOL="HTTP/2.0")
            master.get("/cut", REQUEST_METHOD="BREW")
            master.get("/silent", SERVER_PROTOCOL="x\ny")
            self.assertEqual(master.drain(), 0)
            lines = re.sub(r"\[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000\]", "[date]", master.stdout())
            lines = re.sub(r"\d+\.\dms", "Nms", lines)
            self.assertEqual(
                lines.split("\n"),
                [
                    '192.0.2.7 - - [date] "GET /a?b HTTP/1.1" 404 5 "http://x/"'
                    ' "Evil\\x22\\x0a\\x5c\\x1b[1m" Nms',
                    '- - - [date] "GET /caf%C3%A9 HTTP/2.0" 404 5 "-" "-" Nms',
                    '192.0.2.7 - - [date] "BREW /cut HTTP/1.1" 404 3 "-" "-" Nms cut',
                    '192.0.2.7 - - [date] "GET /silent HTTP/1.1" 500 22 "-" "-" Nms',
                    "",
                ],
            )

    def test_the_last_line_of_a_burst_does_not_wait_long(self):
        with Master({"wsgi.py": ECHO}, logRequests=True) as master:
            for _ in range(300):
                master.get("/")
            until(lambda: master.stdout().count("\n") == 300)
