"""Workers that go while the router keeps connections to them."""

import os
from typing import List, Tuple

from .kept_worker import END, LAST, Connection, Kept
from .master import in_background, request, until


class Draining(Kept):
    def test_an_idle_connection_is_told_and_ends_when_the_router_closes(self):
        master = self.start(threads=3)
        connections: List[Connection] = [self.connect(master) for _ in range(2)]
        status = in_background(master.drain)
        for connection in connections:
            self.assertEqual(connection.frame(), (LAST, b"", b""))
            connection.socket.close()
        self.assertEqual(status.result(), 0)

    def test_a_request_that_was_on_its_way_is_answered(self):
        master = self.start()
        connection = self.connect(master)
        status = in_background(master.drain)
        self.assertEqual(connection.frame(), (LAST, b"", b""))
        # The router has not read that yet.
        body = b"a" * 100_000
        connection.socket.sendall(request("/echo", CONTENT_LENGTH="100000") + body[:1000])
        connection.socket.sendall(body[1000:])
        self.assertEqual(connection.response(), ("200 OK", body, END | LAST))
        self.assertEqual(status.result(), 0)

    def test_the_response_under_way_is_the_last(self):
        master = self.start()
        connection = self.connect(master)
        name = os.path.join(master.folder, "go")
        connection.send(f"/hold?{name}")
        until(lambda: os.path.exists(f"{name}.begun"))
        listener = f"/proc/{master.process.pid}/fd/3"
        before = os.readlink(listener)
        status = in_background(master.drain)
        # It gives its listener up once it has heard the master.
        until(lambda: os.readlink(listener) != before)
        open(name, "w").close()
        self.assertEqual(connection.response()[:2], ("200 OK", b"hello"))
        connection.socket.close()
        self.assertEqual(status.result(), 0)

    def test_what_waits_in_the_backlog_is_the_next_workers(self):
        master = self.start()
        connection = self.connect(master)
        waiting = in_background(lambda: self.connect(master))
        status = in_background(master.drain)
        self.assertEqual(connection.frame()[0], LAST)
        connection.socket.close()
        self.assertEqual(status.result(), 0)
        master.channel.close()
        master.spawn()
        master.expect("ready")
        self.assertEqual(waiting.result().ask()[1], b"hello")

    def test_under_load_no_request_is_lost(self):
        """Worker after worker drains while a router sends as fast as it can, on one connection at a time."""
        master = self.start()
        answered, lasts, over = 0, 0, False

        def router() -> None:
            nonlocal answered, lasts
            while not over:
                with Connection(master).socket as sock:
                    connection = Connection.__new__(Connection)
                    connection.socket, connection.at = sock, b""
                    while not over:
                        status, body, flags = self.through(connection)
                        assert (status, body) == ("200 OK", b"hello"), (status, body, flags)
                        answered += 1
                        if flags & LAST:
                            lasts += 1
                            break

        running = in_background(router)
        for _ in range(8):
            before = answered
            until(lambda before=before: answered > before + 50)
            self.assertEqual(master.drain(), 0)
            master.channel.close()
            master.spawn()
            master.expect("ready")
        before = answered
        until(lambda: answered > before)
        over = True
        running.result()
        self.assertGreaterEqual(lasts, 8)

    def through(self, connection: Connection) -> Tuple[str, bytes, int]:
        """A request, even if the word that none is to come is on its way already."""
        connection.send()
        status, body, flags = connection.response()
        if status == "" and flags == LAST:
            status, body, flags = connection.response()
        return status, body, flags
