"""Requests that last too long."""

import unittest

from .master import Master, in_background
from .slow_app import SLOW, hold


class Harakiri(unittest.TestCase):
    def test_it_prints_the_request_and_the_stacks_and_dies(self):
        for threads in 1, 2:
            with Master({"wsgi.py": SLOW}, harakiri=0.3, threads=threads) as master:
                self.assertEqual(master.get("/").status, 200)
                self.assertEqual(master.get("/spin?x=%22").raw, b"")
                self.assertEqual(master.process.wait(20), 124)
                stderr = master.stderr()
                self.assertRegex(
                    stderr, r"error: harakiri: GET /spin\?x=%22 from 192.0.2.7, \d\.\d s: the limit is 0.3 s"
                )
                self.assertRegex(stderr, r"serving GET /spin.*\(most recent call last\)")
                self.assertRegex(stderr, r"in deep\n    while True: pass  # the line that spins")
                self.assertNotIn("portico_worker", stderr)

    def test_a_request_within_the_limit_lives(self):
        with Master({"wsgi.py": SLOW}, harakiri=30) as master:
            answer, release = hold(master, "a")
            master.expect("report")
            release()
            self.assertEqual(answer.result().status, 200)

    def test_c_code_that_never_lets_python_run(self):
        # A pattern that backtracks for ever, in one call that keeps the interpreter's lock.
        app = "import re\ndef application(e, s):\n    re.match('(a+)+b', 'a' * 60)\n"
        with Master({"wsgi.py": app}, harakiri=0.5) as master:
            answer = in_background(lambda: master.get("/"))
            self.assertEqual(answer.result().raw, b"")
            self.assertEqual(master.process.wait(20), 1)
            self.assertIn("in application", master.stderr())
