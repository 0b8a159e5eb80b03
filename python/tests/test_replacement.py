"""When a worker asks for its successor, and that none of the requests is lost then."""

import functools
import threading
import unittest

from .master import Gone, Master, in_background, until
from .slow_app import SLOW


class Replacement(unittest.TestCase):
    def test_max_requests(self):
        with Master({"wsgi.py": SLOW}, maxRequests=3) as master:
            for _ in range(5):
                self.assertEqual(master.get("/").status, 200)
            self.assertEqual(master.expect("replace")["reason"], "it has served 3 requests (max-requests)")
            master.get("/")
            master.drain()
            with self.assertRaises(Gone):
                # It asked once.
                master.expect("replace")

    def test_max_requests_with_a_delta(self):
        with Master({"wsgi.py": SLOW}, maxRequests=3, maxRequestsDelta=4, threads=2) as master:
            for _ in range(8):
                master.get("/")
            self.assertRegex(master.expect("replace")["reason"], "it has served [3-7] requests")

    def test_lifetime_and_memory(self):
        with Master({"wsgi.py": SLOW}, maxWorkerLifetime=0.1) as master:
            self.assertEqual(
                master.expect("replace")["reason"], "it has lived for 0.1 s (max-worker-lifetime)"
            )
        with Master({"wsgi.py": SLOW}, reloadOnRss=60) as master:
            master.expect("report")
            master.get("/grow")
            self.assertRegex(
                master.expect("replace")["reason"], r"it has \d+ MB of memory \(reload-on-rss 60\)"
            )

    def test_no_request_is_lost(self):
        self.no_request_is_lost(listeners=1, threads=1)

    def test_no_request_is_lost_with_threads_and_several_listeners(self):
        self.no_request_is_lost(listeners=2, threads=3)

    def no_request_is_lost(self, listeners, threads):
        """One worker after another on the same listeners, under load, each told to drain while it serves."""
        over = threading.Event()
        pids = set()

        def load(listener):
            while not over.is_set():
                response = master.get("/", listener=listener)
                self.assertEqual(response.status, 200)
                pids.add(int(response.text.split()[0]))

        with Master({"wsgi.py": SLOW}, listeners=listeners, threads=threads) as master:
            clients = [in_background(functools.partial(load, n % listeners)) for n in range(4)]
            for _ in range(3):
                process, channel = master.process, master.channel
                until_in(process.pid, pids)
                master.spawn()
                master.expect("ready")
                channel.sendall(b'{"type":"drain","mercy":20000}\n')
                self.assertEqual(process.wait(20), 0)
                channel.close()
            until_in(master.process.pid, pids)
            over.set()
            for client in clients:
                client.result()
            self.assertEqual(len(pids), 4)
            self.assertNotIn("Error", master.stderr())


def until_in(pid, pids):
    until(lambda: pid in pids)
