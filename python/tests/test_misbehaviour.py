"""Apps that break the rules, and web servers that do: what happens, and that the worker serves on."""

import socket
import unittest

from .master import Master, in_background, packet, read_response, request

#: Apps that no validator would let through, and ways of ours that only an app without one meets.
BARE = """
import sys, io
closed = []
class Closing(list):
    def close(self): closed.append(1)
kept = []
def application(environ, start_response):
    path = environ["PATH_INFO"]
    ok = [("Content-Type", "text/plain")]
    if path == "/silent": return [b"x"]
    if path == "/nothing": return []
    if path == "/none": start_response("200 OK", ok); return None
    if path == "/twice":
        start_response("200 OK", ok); start_response("200 OK", ok); return [b"x"]
    if path == "/text": start_response("200 OK", ok); return ["text"]
    if path == "/bytes": start_response("200 OK", ok); return b"bytes"
    if path == "/inject": start_response("200 OK", [("X", "a\\r\\nSet-Cookie: b=1")]); return [b"x"]
    if path == "/connection": start_response("200 OK", [("Connection", "close")]); return [b"x"]
    if path == "/raise": start_response("200 OK", ok); raise RuntimeError("before the body")
    if path == "/exit": sys.exit(3)
    if path == "/raise-late":
        def body():
            yield b"some"
            raise RuntimeError("after some")
        start_response("200 OK", [("Content-Length", "100")]); return body()
    if path == "/late-exc-info":
        def body():
            yield b"some"
            try: raise KeyError("real")
            except KeyError: start_response("500 Oops", ok, sys.exc_info())
        start_response("200 OK", ok); return body()
    if path == "/more": start_response("200 OK", [("Content-Length", "3")]); return [b"abcdef"]
    if path == "/more-parts":
        start_response("200 OK", [("Content-Length", "3")]); return [b"ab", b"cd", b"ef"]
    if path == "/less": start_response("200 OK", [("Content-Length", "10")]); return [b"abc"]
    if path == "/close-on-error":
        class Body:
            def __iter__(self): raise RuntimeError("iter")
            def close(self): closed.append(1)
        start_response("200 OK", ok); return Body()
    if path == "/closed": start_response("200 OK", ok); return Closing([str(len(closed)).encode()])
    if path == "/close-raises":
        class Body(list):
            def close(self): raise RuntimeError("in close")
        start_response("200 OK", [("Content-Length", "4")]); return Body([b"fine"])
    if path == "/no-content": start_response("204 No Content", [("Content-Length", "3")]); return [b"abc"]
    if path == "/not-modified": start_response("304 Not Modified", [("Content-Length", "3")]); return [b"abc"]
    if path == "/keep": kept.append(start_response("200 OK", ok)); return [b"kept"]
    if path == "/use-kept":
        kept[0](b"LATE")
        start_response("200 OK", ok); return [b"own"]
    if path == "/endless-head":
        def body():
            n = 0
            while True:
                n += 1
                if n > 5: closed.append(100)
                yield b"x" * 1000
        start_response("200 OK", ok); return body()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]
"""


class OtherApps(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.master = Master({"wsgi.py": BARE})

    @classmethod
    def tearDownClass(cls):
        cls.master.__exit__()

    def tearDown(self):
        # Whatever happened, it serves on.
        self.assertEqual(self.master.get("/").text, "hello")

    def failed(self, path, text, **variables):
        response = self.master.get(path, **variables)
        self.assertEqual((response.status, response.text), (500, "Internal Server Error\n"), path)
        self.assertIn(text, self.master.stderr())

    def test_apps_that_break_the_rules_fail(self):
        self.failed("/silent", "GET /silent: ")
        self.failed("/silent", "called start_response")
        self.failed("/nothing", "without having called start_response")
        self.failed("/none", "The app returned None: expected an iterable of bytes")
        self.failed("/twice", "start_response was called twice")
        self.failed("/text", "Cannot send a body of str: expected bytes")
        self.failed("/inject", "Cannot send header 'X': expected no control characters")
        self.failed("/connection", "Cannot send header 'Connection': it is hop-by-hop")

    def test_a_failure_is_told_with_the_apps_traceback_alone(self):
        self.failed("/raise", "RuntimeError: before the body")
        self.failed("/exit", "SystemExit: 3")
        self.assertIn("wsgi.py", self.master.stderr())
        self.assertNotIn(
            "portico_worker", self.master.stderr().split("before the body")[0].split("GET /raise")[-1]
        )

    def test_a_response_that_fails_on_the_way_is_cut_off(self):
        response = self.master.get("/raise-late")
        self.assertEqual((response.status, response.body), (200, b"some"))
        self.assertIn("RuntimeError: after some", self.master.stderr())
        response = self.master.get("/late-exc-info")
        self.assertEqual((response.status, response.body), (200, b"some"))
        self.assertIn("KeyError: 'real'", self.master.stderr())

    def test_bodies_that_are_longer_or_shorter_than_they_say(self):
        for path in "/more", "/more-parts":
            self.assertEqual(self.master.get(path).body, b"abc")
            self.assertIn(
                f"GET {path}: the app sent more than its Content-Length: left out", self.master.stderr()
            )
        self.assertEqual(self.master.get("/less").body, b"abc")
        self.assertIn(
            "GET /less: the app sent 3 bytes of its Content-Length of 10: cut off", self.master.stderr()
        )

    def test_bytes_in_place_of_a_list(self):
        self.assertEqual(self.master.get("/bytes").text, "bytes")

    def test_close_is_always_called(self):
        before = int(self.master.get("/closed").text)
        self.failed("/close-on-error", "RuntimeError: iter")
        self.master.get("/closed", REQUEST_METHOD="HEAD")
        # One for the first request, one for the error, one for HEAD.
        self.assertEqual(int(self.master.get("/closed").text), before + 3)

    def test_close_that_fails_spoils_nothing(self):
        self.assertEqual(self.master.get("/close-raises").text, "fine")
        self.assertIn("RuntimeError: in close", self.master.stderr())

    def test_no_body_where_none_may_be(self):
        self.assertEqual(self.master.get("/no-content").raw, b"HTTP/1.1 204 No Content\r\n\r\n")
        self.assertEqual(
            self.master.get("/not-modified").raw, b"HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n"
        )
        self.assertEqual(self.master.get("/endless-head", REQUEST_METHOD="HEAD").body, b"")

    def test_a_write_that_was_kept_reaches_no_other_request(self):
        self.assertEqual(self.master.get("/keep").text, "kept")
        self.assertEqual(self.master.get("/use-kept").text, "own")

    def test_a_client_that_hangs_up_is_one_quiet_line(self):
        before = len(self.master.stderr().splitlines())
        with self.master.connect() as sock:
            sock.sendall(request("/endless-head"))
            sock.recv(100)
        self.assertEqual(self.master.get("/").text, "hello")
        lines = self.master.stderr().splitlines()[before:]
        self.assertEqual(len(lines), 1, lines)
        self.assertRegex(lines[0], r"worker 1\[\d+\]: GET /endless-head: the web server hung up: ")

    def test_an_upload_that_ends_early_is_one_quiet_line(self):
        reader = "def application(e, s):\n    e['wsgi.input'].read()\n"
        with Master({"wsgi.py": reader}) as master:
            with master.connect() as sock:
                sock.sendall(request("/upload", b"x" * 10, CONTENT_LENGTH="100"))
                sock.shutdown(socket.SHUT_WR)
                read_response(sock)
            self.assertEqual(len(master.stderr().splitlines()), 1, master.stderr())
            self.assertIn("POST /upload: the web server hung up after 10 of 100 bytes", master.stderr())

    def test_a_body_that_the_app_did_not_read_spoils_no_answer(self):
        with self.master.connect() as sock:
            sending = in_background(lambda: sock.sendall(request("/", b"x" * 900_000)))
            self.assertEqual(read_response(sock).text, "hello")
            sending.result()

    def test_a_request_that_is_none(self):
        for data, status in (
            (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"\0\0\0\0", 400),
            (b"\5" + packet([("A", "1")])[1:], 400),
            (packet([("A", "1")]), 400),
            (packet([("REQUEST_METHOD", "G T"), ("PATH_INFO", "/")]), 400),
            (packet([("REQUEST_METHOD", "GET"), ("", "/")]), 400),
            (b"\0\7\0\0\2\0AB\xff\0x", 400),
            (request("/", CONTENT_LENGTH="x"), 400),
            (request("/", CONTENT_LENGTH="-1"), 400),
            (b"\0\xff\xff\0", 431),
        ):
            with self.master.connect() as sock:
                sock.sendall(data)
                self.assertEqual(read_response(sock).status, status, data)
            self.assertIn(f"refused a uwsgi packet with {status}: Cannot read", self.master.stderr())

    def test_a_peer_that_says_nothing(self):
        before = self.master.stderr()
        self.master.connect().close()
        self.assertEqual(self.master.get("/").text, "hello")
        self.assertEqual(self.master.stderr(), before)

    def test_a_packet_in_pieces(self):
        data = request("/", HTTP_X="y" * 300)
        with self.master.connect() as sock:
            for at in range(len(data)):
                sock.sendall(data[at : at + 1])
            self.assertEqual(read_response(sock).text, "hello")

    def test_a_packet_that_ends_early(self):
        with self.master.connect() as sock:
            sock.sendall(request("/")[:50])
            sock.shutdown(socket.SHUT_WR)
            self.assertEqual(read_response(sock).raw, b"")
        self.assertIn("the web server hung up after 50 bytes of the packet", self.master.stderr())
