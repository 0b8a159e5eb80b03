"""Workers that go while they take requests out of a router's queue."""

import os

from .kept_worker import END, Kept, Router
from .master import in_background, request, until


class Draining(Kept):
    def test_a_thread_that_waits_goes_at_once(self):
        router = self.route(self.start(threads=3))
        connections = [router.connect() for _ in range(2)]
        status = in_background(router.master.drain)
        for connection in connections:
            self.assertTrue(connection.ended())
        self.assertEqual(status.result(), 0)

    def test_the_response_under_way_is_the_last_and_what_is_queued_stays_there(self):
        router = self.route(self.start())
        connection = router.connect()
        name = os.path.join(router.master.folder, "go")
        number = router.put(request(f"/hold?{name}"))
        until(lambda: os.path.exists(f"{name}.begun"))
        queued = router.put(request("/"))
        listener = f"/proc/{router.master.process.pid}/fd/3"
        before = os.readlink(listener)
        status = in_background(router.master.drain)
        # It gives its listener up once it has heard the master.
        until(lambda: os.readlink(listener) != before)
        open(name, "w").close()
        self.assertEqual(connection.response(number), ("200 OK", b"hello", END))
        self.assertTrue(connection.ended())
        self.assertEqual(status.result(), 0)
        self.assertEqual(router.take_back(), [queued])

    def test_a_body_that_was_claimed_is_read_to_its_end(self):
        router = self.route(self.start())
        connection = router.connect()
        body = b"a" * 100_000
        number = router.put(b"")
        connection.send_claimed(number, request("/echo", CONTENT_LENGTH="100000") + body[:1000])
        status = in_background(router.master.drain)
        connection.socket.sendall(body[1000:])
        self.assertEqual(connection.response(number), ("200 OK", body, END))
        self.assertEqual(status.result(), 0)

    def test_what_waits_in_the_backlog_is_the_next_workers(self):
        master = self.start()
        router = self.route(master)
        router.connect()
        waiting = in_background(router.connect)
        self.assertEqual(master.drain(), 0)
        master.channel.close()
        master.spawn()
        master.expect("ready")
        self.assertEqual(waiting.result().ask()[1], b"hello")

    def test_under_load_no_request_is_lost(self):
        """Worker after worker drains while a router keeps its queue filled."""
        master = self.start()
        router = self.route(master)
        answered, over = 0, False

        def run(router: Router) -> None:
            nonlocal answered
            # In the order in which they are to be answered, by one thread at a time.
            queued = [router.put(request("/")) for _ in range(8)]
            while not over:
                connection = router.connect()
                try:
                    while not over:
                        assert connection.response(queued[0]) == ("200 OK", b"hello", END)
                        answered += 1
                        queued = [*queued[1:], router.put(request("/"))]
                except EOFError:
                    connection.socket.close()

        running = in_background(lambda: run(router))
        for _ in range(8):
            before = answered
            until(lambda before=before: answered > before + 50 or running.done())
            self.assertEqual(master.drain(), 0)
            master.channel.close()
            master.spawn()
            master.expect("ready")
        over = True
        running.result()
