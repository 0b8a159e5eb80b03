import gzip
import io
import os
import socket
import tempfile
import threading
import unittest
from unittest import mock

from portico_worker import file_wrapper
from portico_worker.file_wrapper import FileWrapper

from .master import Master

APP = """
import gzip, io
class Counting(io.BytesIO):
    def close(self):
        print("closed", flush=True)
        super().close()
class File(io.FileIO):
    def close(self):
        if not self.closed: print("file closed", flush=True)
        super().close()
def application(environ, start_response):
    wrap = environ["wsgi.file_wrapper"]
    kind, _, length = environ["PATH_INFO"][1:].partition("/")
    start_response("200 OK", [("Content-Length", length)] if length else [])
    if kind == "plain": return wrap(open("data", "rb"))
    if kind == "unbuffered": return wrap(open("data", "rb", buffering=0), 100)
    if kind == "from":
        file = open("data", "rb"); file.read(1000)
        return wrap(file)
    if kind == "written":
        file = open("scratch", "w+b"); file.write(b"abc" * 10); file.seek(3)
        return wrap(file)
    if kind == "gzip": return wrap(gzip.open("data.gz"))
    if kind == "memory": return wrap(Counting(b"m" * 10000), 7)
    if kind == "own": return wrap(File("data"))
    if kind == "empty": return wrap(open("empty", "rb"))
from wsgiref.validate import validator
valid = validator(application)
"""


class FileResponses(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.data = os.urandom(3_000_000)
        cls.master = Master({"wsgi.py": APP, "empty": ""})
        with open(os.path.join(cls.master.folder, "data"), "wb") as file:
            file.write(cls.data)
        with gzip.open(os.path.join(cls.master.folder, "data.gz"), "wb", 1) as file:
            file.write(cls.data)

    @classmethod
    def tearDownClass(cls):
        cls.master.__exit__()

    def test_files(self):
        for path, expected in (
            ("/plain", self.data),
            ("/unbuffered", self.data),
            ("/from", self.data[1000:]),
            ("/plain/1234567", self.data[:1234567]),
            ("/gzip", self.data),
            ("/memory", b"m" * 10000),
            ("/own", self.data),
            ("/written", b"abc" * 9),
            ("/empty", b""),
        ):
            response = self.master.get(path)
            self.assertEqual(len(response.body), len(expected), path)
            self.assertEqual(response.body, expected, path)
        self.assertEqual(self.master.get("/plain", REQUEST_METHOD="HEAD").body, b"")
        self.assertIn("closed\nfile closed\n", self.master.stdout())

    def test_a_file_shorter_than_its_length_is_cut_off(self):
        self.assertEqual(self.master.get("/plain/3000001").body, self.data)
        self.assertIn("the app sent 3000000 bytes of its Content-Length of 3000001", self.master.stderr())

    def test_it_can_be_turned_off(self):
        app = """
        def application(environ, start_response):
            start_response("200 OK", [])
            return [str("wsgi.file_wrapper" in environ).encode()]
        """
        with Master({"wsgi.py": app}, fileWrapper=False) as master:
            self.assertEqual(master.get("/").text, "False")


class PlainFiles(unittest.TestCase):
    def test_what_sendfile_is_for(self):
        with tempfile.TemporaryFile() as file:
            file.write(b"0123456789")
            file.seek(4)
            self.assertEqual(FileWrapper(file).plain(), (file.fileno(), 4, 6))

    def test_what_it_is_not_for(self):
        reader, writer = os.pipe()
        os.close(writer)
        with open(reader, "rb") as pipe, tempfile.NamedTemporaryFile() as named, open(named.name) as text:
            for file in pipe, io.BytesIO(b"x"), gzip.open(named.name), text:
                self.assertIsNone(FileWrapper(file).plain())

    @unittest.skipUnless(hasattr(os, "sendfile"), "needs sendfile")
    def test_sendfile_sends_it(self):
        from portico_worker.response import new_response
        from portico_worker.slot import Slot

        theirs, ours = socket.socketpair()
        with theirs, ours, tempfile.TemporaryFile() as file:
            file.write(b"x" * 1_000_000)
            file.seek(0)
            slot = Slot()
            slot.fd = ours.fileno()
            response = new_response(slot, False)
            response.start_response("200 OK", [("Content-Length", "1000000")])
            got = []
            reader = threading.Thread(
                target=lambda: got.append(sum(iter(lambda: len(theirs.recv(65536)), 0)))
            )
            reader.start()
            with mock.patch.object(file_wrapper.os, "sendfile", wraps=os.sendfile) as sendfile:
                response.send_body(FileWrapper(file))
            self.assertGreater(sendfile.call_count, 0)
            ours.shutdown(socket.SHUT_WR)
            reader.join()
            self.assertEqual(got[0], 1_000_000 + len(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"))
            self.assertTrue(response.complete)
