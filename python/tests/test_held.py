"""What the worker leaves behind for the master to read, in the memory that they share."""

import os
import signal
import socket
import struct
import tempfile
import unittest

from portico_worker.config import Config
from portico_worker.exchange import Exchanges
from portico_worker.held import HELD_SIZE, MARK_SIZE, STRANGER, held_memory, share
from portico_worker.slot import Slot

from .master import Master, request, until
from .test_process import SLOW, hold


class Shared(unittest.TestCase):
    def make_file(self, threads):
        self.file = tempfile.TemporaryFile()
        self.addCleanup(self.file.close)
        self.threads = threads
        self.file.write(bytes(threads * (8 + MARK_SIZE + HELD_SIZE)))
        self.file.flush()

    def start(self, threads):
        self.make_file(threads)
        master = Master({"wsgi.py": SLOW}, threads=threads, held=self.file.fileno())
        self.addCleanup(master.__exit__)
        return master

    def held(self):
        self.file.seek(0)
        since = struct.unpack(f"{self.threads}d", self.file.read(8 * self.threads))
        self.file.read(MARK_SIZE * self.threads)
        packets = [self.file.read(HELD_SIZE) for _ in since]
        return [(at, packet) for at, packet in zip(since, packets) if at]

    def test_the_packet_as_it_came_while_it_is_served(self):
        master = self.start(1)
        master.get("/before", HTTP_X="x" * 100)
        self.assertEqual(self.held(), [])
        answer, release = hold(master, "a")
        [(since, packet)] = self.held()
        self.assertGreater(since, 0)
        sent = request("/hold?a")
        self.assertEqual(packet[: len(sent)], sent)
        release()
        self.assertEqual(answer.result().status, 200)
        self.assertEqual(self.held(), [])

    def test_a_kill_leaves_all_that_the_threads_had(self):
        master = self.start(3)
        for name in ("a", "b"):
            hold(master, name)
        os.kill(master.process.pid, signal.SIGKILL)
        master.process.wait()
        uris = sorted(packet[: len(request("/hold?a"))] for _, packet in self.held())
        self.assertEqual(uris, [request("/hold?a"), request("/hold?b")])

    def test_who_a_stranger_says_that_it_is_does_not_count(self):
        seen = []

        def app(environ, start_response):
            seen.extend(packet for _, packet in self.held())
            start_response("204 No Content", [])
            return []

        self.make_file(1)
        slot = Slot()
        share([slot], held_memory(1, os.dup(self.file.fileno())))
        exchanges = Exchanges(Config({"logRequests": False}), app, None, {"wsgi.input": None}, None)
        for stranger in None, ("198.51.100.1", 1):
            theirs, ours = socket.socketpair()
            with theirs:
                theirs.sendall(request("/"))
                exchanges.handle(slot, ours.detach(), stranger)
        self.assertEqual([packet[3] for packet in seen], [0, STRANGER])
        self.assertEqual(self.held(), [])

    def test_of_a_large_packet_the_beginning_and_nothing_of_its_neighbours(self):
        master = self.start(2)
        for body in b"", b"x" * 30_000:
            for _ in range(4):
                self.assertEqual(master.get("/", body, HTTP_X="x" * 20_000).status, 200)
        answer, release = hold(master, "a")
        # Another thread may wait still for the end of a body that nobody read.
        until(lambda: len(self.held()) == 1)
        [(_, packet)] = self.held()
        self.assertTrue(packet.startswith(request("/hold?a")))
        release()
        answer.result()
