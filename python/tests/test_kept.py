"""Connections that the router keeps (portico_worker/kept.py): request after request, answers in frames."""

import os
import socket
import tempfile

from .kept_worker import APP, CUT, END, FREE, LAST, Kept
from .master import Master, in_background, request, until


class Responses(Kept):
    def test_one_after_the_other_each_in_one_frame(self):
        connection = self.connect(self.start())
        for _ in range(3):
            connection.send()
            flags, head, body = connection.frame()
            self.assertEqual((flags, body), (END | FREE, b"hello"))
            self.assertEqual(
                head, b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n"
            )

    def test_kinds_of_responses_and_the_next_request_after_each(self):
        connection = self.connect(self.start())
        whole = END | FREE
        for path, variables, expected in [
            ("/", {"REQUEST_METHOD": "HEAD"}, ("200 OK", b"", whole)),
            ("/nothing", {}, ("204 No Content", b"", whole)),
            ("/unchanged", {}, ("304 Not Modified", b"", whole)),
            ("/stream", {}, ("200 OK", b"onetwo", whole)),
            ("/large", {}, ("200 OK", b"a" * 3000000, whole)),
            ("/fails", {}, ("500 Internal Server Error", b"Internal Server Error\n", whole)),
            ("/fails_late", {}, ("200 OK", b"begun", CUT | FREE)),
            ("/too_short", {}, ("200 OK", b"short", CUT | FREE)),
        ]:
            with self.subTest(path):
                self.assertEqual(connection.ask(path, **variables), expected)
                self.assertEqual(connection.ask(), ("200 OK", b"hello", whole))

    def test_a_file_by_sendfile(self):
        connection = self.connect(self.start())
        with tempfile.NamedTemporaryFile() as file:
            content = os.urandom(1_000_000)
            file.write(content)
            file.flush()
            self.assertEqual(connection.ask(f"/file?{file.name}"), ("200 OK", content, END | FREE))
        self.assertEqual(connection.ask()[1], b"hello")

    def test_that_it_is_whole_is_said_before_the_apps_close_and_that_the_thread_is_free_after_it(self):
        master = self.start()
        connection = self.connect(master)
        name = os.path.join(master.folder, "go")
        connection.send(f"/closes_late?{name}")
        flags, _, body = connection.frame()
        self.assertEqual((flags, body), (END, b"early"))
        open(name, "w").close()
        self.assertEqual(connection.frame(), (FREE, b"", b""))


class Requests(Kept):
    def test_bodies_that_are_read(self):
        connection = self.connect(self.start())
        for body in (b"a", b"b" * 100_000, b"c"):
            self.assertEqual(connection.ask("/echo", body), ("200 OK", body, END | FREE))

    def test_a_body_that_came_with_the_packet_need_not_be_read(self):
        connection = self.connect(self.start())
        self.assertEqual(connection.ask("/ignore", b"abc"), ("200 OK", b"ignored", END | FREE))
        self.assertEqual(connection.ask()[1], b"hello")

    def test_one_that_did_not_and_is_not_read_ends_the_connection_after_the_response(self):
        connection = self.connect(self.start())
        connection.socket.sendall(request("/ignore", CONTENT_LENGTH="100000") + b"a" * 50_000)
        self.assertEqual(connection.response(), ("200 OK", b"ignored", END | LAST))
        # It hears the rest, so that what it said is not lost.
        connection.socket.sendall(b"a" * 50_000)
        self.assertTrue(connection.ended())

    def test_a_body_without_length_ends_with_the_senders_half(self):
        connection = self.connect(self.start())
        connection.socket.sendall(request("/echo", CONTENT_LENGTH="to-end") + b"abc")
        connection.socket.shutdown(socket.SHUT_WR)
        self.assertEqual(connection.response()[:2], ("200 OK", b"abc"))
        self.assertTrue(connection.ended())

    def test_a_packet_that_comes_in_pieces(self):
        connection = self.connect(self.start())
        packet = request("/echo", b"hello", HTTP_COOKIE="a" * 20_000)
        for at in range(0, len(packet), 3_000):
            connection.socket.sendall(packet[at : at + 3_000])
        self.assertEqual(connection.response()[:2], ("200 OK", b"hello"))

    def test_what_is_no_packet_is_answered_and_ends_the_connection(self):
        connection = self.connect(self.start())
        connection.socket.sendall(b"GET / HTTP/1.1\r\n\r\n")
        self.assertEqual(connection.response(), ("400 Bad Request", b"Bad Request\n", END | LAST))
        self.assertTrue(connection.ended())

    def test_a_router_that_goes_is_followed_by_another_connection(self):
        master = self.start()
        first = self.connect(master)
        first.ask()
        first.socket.close()
        second = self.connect(master)
        second.send("/large")
        second.socket.close()
        self.assertEqual(self.connect(master).ask()[1], b"hello")
        self.assertNotIn("Traceback", master.stderr())

    def test_that_are_counted_and_reported_one_by_one(self):
        master = self.start(maxRequests=3)
        connection = self.connect(master)
        for _ in range(2):
            connection.ask()
        # The thread says that it is free a moment before it has put all away.
        while True:
            master.send({"type": "report"})
            report = master.expect("report")
            if report["inFlight"] == 0:
                break
        self.assertEqual(report["requests"], 2)
        connection.ask()
        self.assertIn("served 3 requests", master.expect("replace")["reason"])
        # It serves on until it is told to drain.
        self.assertEqual(connection.ask()[1], b"hello")

    def test_while_it_waits_for_one_it_holds_none(self):
        master = self.start()
        connection = self.connect(master)
        name = os.path.join(master.folder, "go")
        connection.send(f"/hold?{name}")
        until(lambda: os.path.exists(f"{name}.begun"))
        master.send({"type": "report"})
        self.assertRegex(master.expect("report")["held"][0], r"^GET /hold\?")
        open(name, "w").close()
        connection.response()
        master.send({"type": "report"})
        while "held" in master.expect("report"):
            master.send({"type": "report"})


class Threads(Kept):
    def test_each_has_a_connection_of_its_own(self):
        master = self.start(threads=2)
        connections = [self.connect(master), self.connect(master)]
        names = [os.path.join(master.folder, name) for name in "ab"]
        for connection, name in zip(connections, names):
            connection.send(f"/hold?{name}")
        for name in names:
            until(lambda name=name: os.path.exists(f"{name}.begun"))
            open(name, "w").close()
        self.assertEqual([connection.response()[1] for connection in connections], [b"hello"] * 2)

    def test_a_connection_is_greeted_when_a_thread_is_free_for_it(self):
        master = self.start()
        first = self.connect(master)
        waiting = in_background(lambda: self.connect(master))
        self.assertEqual(first.ask()[1], b"hello")
        first.socket.close()
        self.assertEqual(waiting.result().ask()[1], b"hello")


class Strangers(Kept):
    def test_on_another_listener_nothing_is_kept(self):
        with Master({"wsgi.py": APP}) as master:
            self.assertEqual(master.get("/").text, "hello")
