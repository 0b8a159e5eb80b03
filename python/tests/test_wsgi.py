"""PEP 3333 as an app meets it; wsgiref.validate stands around every app that does not break the rules."""

import os
import socket
import unittest

from .master import Master, read_response, request

VALID = """
from wsgiref.validate import validator
def plain(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]

def echo(environ, start_response):
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    start_response("200 OK", [("Content-Type", "image/x"), ("Content-Length", str(len(body)))])
    return [body]

def lines(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"|".join(environ["wsgi.input"])]

def facts(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [repr({k: v for k, v in environ.items() if isinstance(v, (str, bool, tuple))}).encode()]

class Stream:
    def __init__(self, environ): self.environ = environ
    def __iter__(self):
        for n in range(3): yield b"%d," % n
        yield b""
        yield b"end"
    def close(self): self.environ["wsgi.errors"].write("stream closed\\n")

def stream(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return Stream(environ)

def late(environ, start_response):
    # start_response may come with the first step.
    start_response("201 Created", [("Content-Type", "text/plain")])
    yield b"late"

def writer(environ, start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"a"); write(b""); write(b"b")
    return [b"c"]

def empty(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "0")])
    return []

def no_content(environ, start_response):
    start_response("204 No Content", [])
    return []

def not_modified(environ, start_response):
    start_response("304 Not Modified", [("ETag", '"a"')])
    return []

def changed(environ, start_response):
    import sys
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-First", "1")])
    try:
        raise ValueError("first")
    except ValueError:
        start_response("503 Sorry", [("Content-Type", "text/plain")], sys.exc_info())
    return [b"sorry"]

def big(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5000000")])
    return [b"0123456789" * 500000]

def errors(environ, start_response):
    errors = environ["wsgi.errors"]
    errors.write("one caf\\u00e9 \\ud800\\n"); errors.writelines(["two\\n", "three\\n"]); errors.flush()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok"]

apps = {"/" + name: validator(app) for name, app in list(globals().items())
        if callable(app) and name not in ("validator", "Stream")}
def application(environ, start_response):
    return apps[environ["PATH_INFO"]](environ, start_response)
"""


class ValidApps(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.master = Master({"wsgi.py": VALID})

    @classmethod
    def tearDownClass(cls):
        status = cls.master.drain()
        stderr = cls.master.stderr()
        cls.master.__exit__()
        assert status == 0, stderr
        # What wsgiref.validate finds when it is too late to raise it.
        assert "Error" not in stderr and "without being closed" not in stderr, stderr

    def test_a_response(self):
        response = self.master.get("/plain")
        self.assertEqual(
            response.raw, b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
        )

    def test_bodies(self):
        for size in 1, 1000, 8192, 300_000:
            body = os.urandom(size)
            self.assertEqual(self.master.get("/echo", body).body, body)
        self.assertEqual(self.master.get("/lines", b"a\nb\nc").text, "a\n|b\n|c")
        self.assertEqual(self.master.get("/lines").text, "")

    def test_the_environ(self):
        for _ in range(2):
            environ = eval(
                self.master.get("/facts?a=%20b", HTTP_X="\xe9", HTTPS="on", REQUEST_SCHEME="https").text
            )
            self.assertEqual(
                environ,
                {
                    "CONTENT_LENGTH": "",
                    "CONTENT_TYPE": "",
                    "DOCUMENT_ROOT": "/srv",
                    "HTTPS": "on",
                    "HTTP_HOST": "example.org",
                    "HTTP_X": "\xe9",
                    "PATH_INFO": "/facts",
                    "QUERY_STRING": "a=%20b",
                    "REMOTE_ADDR": "192.0.2.7",
                    "REMOTE_PORT": "40000",
                    "REQUEST_METHOD": "GET",
                    "REQUEST_SCHEME": "https",
                    "REQUEST_URI": "/facts?a=%20b",
                    "SCRIPT_NAME": "",
                    "SERVER_NAME": "example.org",
                    "SERVER_PORT": "80",
                    "SERVER_PROTOCOL": "HTTP/1.1",
                    "wsgi.input_terminated": True,
                    "wsgi.multiprocess": False,
                    "wsgi.multithread": False,
                    "wsgi.run_once": False,
                    "wsgi.url_scheme": "https",
                    "wsgi.version": (1, 0),
                },
            )

    def test_streams(self):
        self.assertEqual(self.master.get("/stream").text, "0,1,2,end")
        self.assertIn("stream closed", self.master.stderr())
        response = self.master.get("/late")
        self.assertEqual((response.status, response.text), (201, "late"))
        self.assertEqual(self.master.get("/writer").text, "abc")

    def test_without_a_body(self):
        self.assertEqual(self.master.get("/empty").raw[-4:], b"\r\n\r\n")
        self.assertEqual(self.master.get("/no_content").raw, b"HTTP/1.1 204 No Content\r\n\r\n")
        self.assertEqual(
            self.master.get("/not_modified").raw, b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'
        )
        for path in "/plain", "/stream", "/late", "/writer", "/big":
            response = self.master.get(path, REQUEST_METHOD="HEAD")
            self.assertEqual(response.body, b"", path)
            self.assertIn(response.status, (200, 201))

    def test_an_error_response_takes_the_place_of_the_first(self):
        response = self.master.get("/changed")
        self.assertEqual((response.line, response.text), ("HTTP/1.1 503 Sorry", "sorry"))
        self.assertIsNone(response.header("X-First"))

    def test_more_than_a_socket_holds(self):
        self.assertEqual(self.master.get("/big").body, b"0123456789" * 500_000)

    def test_errors_go_to_the_log(self):
        self.assertEqual(self.master.get("/errors").text, "ok")
        self.assertIn("one café \\ud800\ntwo\nthree\n", self.master.stderr())

    def test_a_body_without_a_length_that_the_router_ends(self):
        with self.master.connect() as sock:
            sock.sendall(request("/lines", CONTENT_LENGTH="to-end", REQUEST_METHOD="POST") + b"a\nb")
            sock.sendall(b"c\nd")
            sock.shutdown(socket.SHUT_WR)
            self.assertEqual(read_response(sock).text, "a\n|bc\n|d")
