"""The worker's life, by what the master sees of it: real processes, signals and sockets."""

import os
import signal
import socket
import unittest

from .master import Master, read_response, request, until
from .slow_app import SLOW, hold


class Life(unittest.TestCase):
    def test_reports(self):
        with Master({"wsgi.py": SLOW}) as master:
            self.assertEqual(master.messages[-1], {"type": "ready", "app": "WSGI"})
            master.get("/")
            answer, release = hold(master, "a")
            # The two requests from above are in some report; they come by themselves.
            while True:
                report = master.expect("report")
                if report["requests"] == 2:
                    break
            self.assertEqual((report["inFlight"], report["connections"]), (1, 1))
            self.assertGreater(report["rss"], 1 << 20)
            self.assertRegex(report["held"][0], r"^GET /hold\?a from 192.0.2.7, \d+\.\d s$")
            release()
            answer.result()
            for _ in range(2):
                master.send({"type": "report"})
            self.assertEqual(master.expect("report")["type"], "report")

    def test_what_node_says_to_itself_is_passed_over(self):
        with Master({"wsgi.py": SLOW}) as master:
            master.channel.sendall(
                b'{"cmd":"NODE_HANDLE","type":"drain"}\nnonsense\n[1]\n{"type":"unknown"}\n'
            )
            self.assertEqual(master.get("/").status, 200)

    def test_drain_finishes_what_is_in_flight(self):
        with Master({"wsgi.py": SLOW}) as master:
            answer, release = hold(master, "a")
            master.send({"type": "drain", "mercy": 20_000})
            # It accepts no more: this one waits for a successor.
            master.send({"type": "report"})
            release()
            self.assertEqual(answer.result().status, 200)
            self.assertEqual(master.process.wait(20), 0)
            self.assertIn("atexit", master.stdout())

    def test_an_idle_worker_drains_at_once(self):
        for listeners in 1, 2:
            with Master({"wsgi.py": SLOW}, listeners=listeners) as master:
                self.assertEqual(master.drain(), 0)

    def test_the_time_to_drain_is_limited(self):
        with Master({"wsgi.py": SLOW}) as master:
            answer, _ = hold(master, "a")
            self.assertEqual(master.drain(mercy=0.2), 0)
            self.assertEqual(answer.result().raw, b"")
            self.assertRegex(
                master.stderr(), r"warning: cut off, the time to drain is over: GET /hold\?a from 192"
            )

    def test_threads_that_the_app_left_do_not_outlast_the_time_to_drain(self):
        app = (
            "import threading, time\nthreading.Thread(target=lambda: time.sleep(1e6)).start()\n"
            + "\n"
            + ("def application(e, s):\n    s('200 OK', [])\n    return []\n")
        )
        with Master({"wsgi.py": app}) as master:
            self.assertEqual(master.drain(mercy=0.2), 0)

    def test_a_worker_whose_master_died_finishes_and_goes(self):
        with Master({"wsgi.py": SLOW}) as master:
            answer, release = hold(master, "a")
            master.channel.shutdown(socket.SHUT_RDWR)
            release()
            self.assertEqual(answer.result().status, 200)
            self.assertEqual(master.process.wait(20), 0)

    def test_signals(self):
        with Master({"wsgi.py": SLOW}) as master:
            for number in signal.SIGINT, signal.SIGHUP, signal.SIGUSR2:
                master.process.send_signal(number)
            self.assertEqual(master.get("/").status, 200)
            answer, release = hold(master, "a")
            master.process.send_signal(signal.SIGUSR1)
            until(lambda: "in application" in master.stderr())
            master.process.send_signal(signal.SIGTERM)
            release()
            self.assertEqual(answer.result().status, 200)
            self.assertEqual(master.process.wait(20), 0)

    def test_nothing_of_ours_reaches_the_apps_children(self):
        app = """
        import os, subprocess, sys
        def application(environ, start_response):
            start_response("200 OK", [])
            code = ("import os, signal; print(sorted(map(int, os.listdir('/proc/self/fd')))[:5],"
                    "'NODE_CHANNEL_FD' in os.environ, signal.getsignal(signal.SIGHUP) is signal.SIG_DFL)")
            return [subprocess.check_output([sys.executable, "-c", code], close_fds=False)]
        """
        if os.path.isdir("/proc/self/fd"):
            with Master({"wsgi.py": app}) as master:
                # 3 is the directory that is listed.
                self.assertEqual(master.get("/").text, "[0, 1, 2, 3] False True\n")

    def test_the_environment_and_the_path_are_the_apps(self):
        app = """
        import os, sys, threading
        def application(environ, start_response):
            start_response("200 OK", [])
            import portico_log_is_not_ours as own
            import log
            return [repr([sys.argv, sys.path[:2], os.environ.get("NODE_CHANNEL_FD"), own.name, log.name,
                          threading.current_thread() is threading.main_thread()]).encode()]
        """
        files = {"wsgi.py": app, "log.py": "name = 'log'", "lib/portico_log_is_not_ours.py": "name = 'own'"}
        with Master(files, pythonpath=["lib"], pyargv=["-x", "a b"]) as master:
            here = os.path.realpath(master.folder)
            self.assertEqual(
                eval(master.get("/").text),
                [["portico", "-x", "a b"], [os.path.join(here, "lib"), here], None, "own", "log", True],
            )


class Threads(unittest.TestCase):
    def test_requests_side_by_side(self):
        for listeners in 1, 2:
            with Master({"wsgi.py": SLOW}, threads=3, listeners=listeners) as master:
                held = [hold(master, name) for name in ("a", "b")]
                # The third thread is free.
                self.assertEqual(master.get("/", listener=listeners - 1).status, 200)
                master.send({"type": "report"})
                while master.expect("report")["inFlight"] != 2:
                    master.send({"type": "report"})
                master.send({"type": "drain", "mercy": 20_000})
                for answer, release in held:
                    release()
                    self.assertEqual(answer.result().status, 200)
                self.assertEqual(master.process.wait(20), 0)

    def test_what_the_app_is_told(self):
        app = """
        def application(environ, start_response):
            start_response("200 OK", [])
            return [repr((environ["wsgi.multithread"], environ["wsgi.multiprocess"])).encode()]
        """
        for threads, processes in ((1, 1), (2, 1), (1, 4), (2, 4)):
            with Master({"wsgi.py": app}, threads=threads, processes=processes) as master:
                self.assertEqual(master.get("/").text, repr((threads > 1, processes > 1)))


class Listeners(unittest.TestCase):
    def test_tcp_and_several(self):
        with Master({"wsgi.py": SLOW}, family=socket.AF_INET, listeners=2) as master:
            for listener in 0, 1, 1, 0:
                self.assertEqual(master.get("/", listener=listener).status, 200)

    def test_only_uwsgi(self):
        with Master({"wsgi.py": SLOW}, wait=False) as master:
            master.expect("ready")
        with self.assertRaisesRegex(
            AssertionError, "Cannot use config.threads: expected a whole number, 1 or more: got 0"
        ):
            Master({"wsgi.py": SLOW}, threads=0)

    def test_many_connections_at_once(self):
        with Master({"wsgi.py": SLOW}) as master:
            socks = [master.connect() for _ in range(50)]
            for sock in socks:
                sock.sendall(request("/"))
            for sock in socks:
                self.assertEqual(read_response(sock).status, 200)
                sock.close()
