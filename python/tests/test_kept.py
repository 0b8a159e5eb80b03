"""Requests out of a router's queue (portico_worker/kept.py, request_queue.py), answered in frames."""

import os
import signal
import socket
import tempfile

from .kept_worker import APP, CANCEL, CUT, END, LEAVE, MOST, Kept
from .master import Master, in_background, request, until


class Responses(Kept):
    def test_one_after_the_other_each_in_one_frame(self):
        connection = self.connect()
        for _ in range(3):
            number = connection.router.put(request("/"))
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n"
            self.assertEqual(connection.frame(), (END, number, head, b"hello"))

    def test_kinds_of_responses_and_the_next_request_after_each(self):
        connection = self.connect()
        for path, variables, expected in [
            ("/", {"REQUEST_METHOD": "HEAD"}, ("200 OK", b"", END)),
            ("/nothing", {}, ("204 No Content", b"", END)),
            ("/unchanged", {}, ("304 Not Modified", b"", END)),
            ("/stream", {}, ("200 OK", b"onetwo", END)),
            ("/large", {}, ("200 OK", b"a" * 3000000, END)),
            ("/fails", {}, ("500 Internal Server Error", b"Internal Server Error\n", END)),
            ("/fails_late", {}, ("200 OK", b"begun", CUT)),
            ("/too_short", {}, ("200 OK", b"short", CUT)),
        ]:
            with self.subTest(path):
                self.assertEqual(connection.ask(path, **variables), expected)
                self.assertEqual(connection.ask(), ("200 OK", b"hello", END))

    def test_a_file_by_sendfile(self):
        connection = self.connect()
        with tempfile.NamedTemporaryFile() as file:
            content = os.urandom(1_000_000)
            file.write(content)
            file.flush()
            self.assertEqual(connection.ask(f"/file?{file.name}"), ("200 OK", content, END))
        self.assertEqual(connection.ask()[1], b"hello")

    def test_that_it_is_whole_is_said_before_the_apps_close_and_the_next_is_taken_after_it(self):
        connection = self.connect()
        name = os.path.join(connection.router.master.folder, "go")
        first = connection.router.put(request(f"/closes_late?{name}"))
        self.assertEqual(connection.response(first), ("200 OK", b"early", END))
        second = connection.router.put(request("/"))
        self.assertEqual(connection.router.take_back(), [second])
        third = connection.router.put(request("/"))
        open(name, "w").close()
        self.assertEqual(connection.response(third)[1], b"hello")

    def test_one_that_nobody_waits_for_any_more_is_ended_at_its_next_chunk(self):
        connection = self.connect()
        number = connection.router.put(request("/endless"))
        self.assertEqual(connection.frame()[2:], (b"HTTP/1.1 200 OK\r\n\r\n", b"again "))
        # Of another request there is nothing to be ended.
        connection.order(CANCEL, number + 1)
        self.assertEqual(connection.frame()[3], b"again ")
        connection.order(CANCEL, number)
        self.assertEqual(connection.response(number)[2], CUT)
        self.assertEqual(connection.ask(), ("200 OK", b"hello", END))
        claimed = connection.router.put(b"")
        connection.send_claimed(claimed, request("/endless", b"a" * 100_000))
        self.assertEqual(connection.frame()[3], b"again ")
        connection.order(CANCEL, claimed)
        self.assertEqual(connection.response(claimed)[2], CUT)
        self.assertEqual(connection.ask(), ("200 OK", b"hello", END))
        self.assertNotIn("Traceback", connection.router.master.stderr())


class Requests(Kept):
    def test_bodies_that_came_with_the_packet_and_such_that_were_claimed(self):
        connection = self.connect()
        room = MOST - len(request("/echo", CONTENT_LENGTH="4000"))
        for body in (b"a", b"b" * room, b"c" * (room + 1), b"d" * 100_000, b"e"):
            self.assertEqual(connection.ask("/echo", body), ("200 OK", body, END))

    def test_a_body_that_came_with_the_packet_need_not_be_read(self):
        connection = self.connect()
        self.assertEqual(connection.ask("/ignore", b"abc"), ("200 OK", b"ignored", END))
        self.assertEqual(connection.ask()[1], b"hello")

    def test_one_that_was_claimed_and_is_not_read_ends_the_connection_after_the_response(self):
        connection = self.connect()
        number = connection.router.put(b"")
        connection.send_claimed(number, request("/ignore", CONTENT_LENGTH="100000") + b"a" * 50_000)
        self.assertEqual(connection.response(number), ("200 OK", b"ignored", END))
        # It hears the rest, so that what it said is not lost.
        connection.socket.sendall(b"a" * 50_000)
        self.assertTrue(connection.ended())
        self.assertEqual(connection.router.connect().ask()[1], b"hello")

    def test_a_body_without_length_ends_with_the_senders_half_and_the_connection_with_it(self):
        connection = self.connect()
        number = connection.router.put(b"")
        connection.send_claimed(number, request("/echo", CONTENT_LENGTH="to-end") + b"abc")
        connection.socket.shutdown(socket.SHUT_WR)
        self.assertEqual(connection.response(number), ("200 OK", b"abc", END))
        self.assertTrue(connection.ended())

    def test_a_packet_that_comes_in_pieces(self):
        connection = self.connect()
        packet = request("/echo", b"hello", HTTP_COOKIE="a" * 20_000)
        number = connection.router.put(b"")
        connection.send_claimed(number, packet[:1])
        for at in range(1, len(packet), 3_000):
            connection.socket.sendall(packet[at : at + 3_000])
        self.assertEqual(connection.response(number)[:2], ("200 OK", b"hello"))

    def test_orders_before_a_packet_are_no_part_of_it(self):
        connection = self.connect()
        connection.order(CANCEL, 1)
        number = connection.router.put(b"")
        connection.send_claimed(number, request("/"))
        self.assertEqual(connection.response(number)[1], b"hello")

    def test_what_is_no_packet_is_answered(self):
        connection = self.connect()
        number = connection.router.put(b"GET / HTTP/1.1\r\n\r\n")
        self.assertEqual(connection.response(number), ("400 Bad Request", b"Bad Request\n", END))
        self.assertEqual(connection.ask()[1], b"hello")
        number = connection.router.put(b"")
        connection.send_claimed(number, b"GET / HTTP/1.1\r\n\r\n")
        self.assertEqual(connection.response(number), ("400 Bad Request", b"Bad Request\n", END))
        self.assertTrue(connection.ended())

    def test_a_claim_that_the_router_does_not_answer_is_forgotten(self):
        connection = self.connect()
        connection.router.put(b"")
        connection.frame()
        connection.socket.close()
        self.assertEqual(connection.router.connect().ask()[1], b"hello")
        self.assertNotIn("Traceback", connection.router.master.stderr())

    def test_a_record_without_a_number_is_nobodys(self):
        connection = self.connect()
        connection.router.record(0, b"")
        self.assertEqual(connection.ask()[1], b"hello")

    def test_a_router_that_goes_is_followed_by_another(self):
        master = self.start()
        first = self.route(master).connect()
        first.ask()
        first.router.put(request("/large"))
        first.socket.close()
        self.assertEqual(self.route(master).connect().ask()[1], b"hello")
        self.assertNotIn("Traceback", master.stderr())

    def test_that_are_counted_and_reported_one_by_one(self):
        connection = self.connect(maxRequests=3)
        master = connection.router.master
        for _ in range(2):
            connection.ask()
        # The response is there a moment before the thread has put all away.
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
        connection = self.connect()
        master = connection.router.master
        name = os.path.join(master.folder, "go")
        number = connection.router.put(request(f"/hold?{name}"))
        until(lambda: os.path.exists(f"{name}.begun"))
        master.send({"type": "report"})
        self.assertRegex(master.expect("report")["held"][0], r"^GET /hold\?")
        open(name, "w").close()
        connection.response(number)
        master.send({"type": "report"})
        while "held" in master.expect("report"):
            master.send({"type": "report"})


class Threads(Kept):
    def test_what_one_is_at_work_on_keeps_nothing_from_the_others(self):
        router = self.route(self.start(threads=2))
        connections = [router.connect(), router.connect()]
        name = os.path.join(router.master.folder, "go")
        held = router.put(request(f"/hold?{name}"))
        until(lambda: os.path.exists(f"{name}.begun"))
        numbers = [router.put(request("/")) for _ in range(10)]
        # The one that has it says nothing meanwhile.
        reading = [in_background(lambda c=connection: c.frame()) for connection in connections]
        until(lambda: any(one.done() for one in reading))
        idle = [one.done() for one in reading].index(True)
        self.assertEqual(reading[idle].result()[1], numbers[0])
        for number in numbers[1:]:
            self.assertEqual(connections[idle].response(number)[1], b"hello")
        open(name, "w").close()
        self.assertEqual(reading[1 - idle].result()[1], held)

    def test_a_connection_is_joined_when_a_thread_is_free_for_it(self):
        router = self.route(self.start())
        first = router.connect()
        waiting = in_background(router.connect)
        self.assertEqual(first.ask()[1], b"hello")
        first.socket.close()
        self.assertEqual(waiting.result().ask()[1], b"hello")

    def test_serve_a_router_that_is_about_to_go_and_the_one_that_takes_its_place(self):
        master = self.start()
        before, after = self.route(master), self.route(master)
        old = before.connect()
        waiting = in_background(after.connect)
        self.assertEqual(old.ask()[1], b"hello")
        old.order(LEAVE)
        new = waiting.result()
        for _ in range(3):
            self.assertEqual(old.ask()[1], b"hello")
            self.assertEqual(new.ask()[1], b"hello")
        # A third would have to wait for the second to go.
        third = in_background(self.route(master).connect)
        old.socket.close()
        self.assertEqual(new.ask()[1], b"hello")
        new.socket.close()
        self.assertEqual(third.result().ask()[1], b"hello")


class Killed(Kept):
    def test_what_was_taken_is_known_from_the_moment_on_and_the_rest_is_in_the_queue(self):
        with tempfile.TemporaryFile() as file:
            file.write(bytes(2 * (8 + 8 + 8192)))
            file.flush()
            router = self.route(self.start(threads=2, held=file.fileno()))
            router.connect(), router.connect()

            def taken_numbers():
                return sorted(int.from_bytes(os.pread(file.fileno(), 4, 16 + i * 8), "little") for i in range(2))

            self.assertEqual(taken_numbers(), [0, 0])
            name = os.path.join(router.master.folder, "go")
            taken = [router.put(request(f"/hold?{name}{i}")) for i in range(2)]
            for i in range(2):
                until(lambda i=i: os.path.exists(f"{name}{i}.begun"))
            left = [router.put(request("/")) for _ in range(3)]
            os.kill(router.master.process.pid, signal.SIGKILL)
            router.master.process.wait()
            self.assertEqual(taken_numbers(), taken)
            self.assertEqual(router.take_back(), left)


class Strangers(Kept):
    def test_on_another_listener_nothing_is_kept(self):
        with Master({"wsgi.py": APP}) as master:
            self.assertEqual(master.get("/").text, "hello")
