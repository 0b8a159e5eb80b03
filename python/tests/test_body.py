import socket
import threading
import unittest

from portico_worker.body import TO_END, Body, NoBody, stored
from portico_worker.errors import PeerGone
from portico_worker.slot import Slot


class Bodies(unittest.TestCase):
    def body(self, sent, length=None, begun=b"", end=False):
        """A body of which `begun` came with the packet and `sent` comes over the connection."""
        theirs, ours = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        slot = Slot()
        slot.fd = ours.fileno()

        def send():
            theirs.sendall(sent)
            if end:
                theirs.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        self.addCleanup(sender.join)
        self.slot = slot
        return Body(slot, begun, len(begun) + len(sent) if length is None else length)

    def test_read(self):
        self.assertEqual(self.body(b"lo world", begun=b"hel").read(), b"hello world")
        self.assertEqual(self.body(b"lo world", begun=b"hel").read(None), b"hello world")
        body = self.body(b"lo world", begun=b"hel")
        self.assertEqual(
            [body.read(2), body.read(0), body.read(5), body.read(100), body.read(1), body.read()],
            [b"he", b"", b"llo w", b"orld", b"", b""],
        )

    def test_read_gives_what_was_asked_for(self):
        sent = bytes(range(256)) * 2000
        body = self.body(sent)
        self.assertEqual(body.read(300_000), sent[:300_000])
        self.assertEqual(body.read(300_000), sent[300_000:])

    def test_never_past_the_body(self):
        body = self.body(b"ab\ncdNEXT", length=7, begun=b"\n\n")
        self.assertEqual(b"".join(body), b"\n\nab\ncd")
        self.assertEqual(body.left, 0)
        body = self.body(b"", length=3, begun=b"abcNEXT")
        self.assertEqual([body.readline(), body.read(), body.readline()], [b"abc", b"", b""])

    def test_readline(self):
        body = self.body(b"c\n\nlast", begun=b"ab")
        self.assertEqual([body.readline() for _ in range(5)], [b"abc\n", b"\n", b"last", b"", b""])
        body = self.body(b"cdef\ng", begun=b"ab")
        self.assertEqual(
            [
                body.readline(1),
                body.readline(3),
                body.readline(0),
                body.readline(2),
                body.readline(-1),
                body.readline(5),
            ],
            [b"a", b"bcd", b"", b"ef", b"\n", b"g"],
        )

    def test_a_long_line(self):
        line = b"x" * 500_000 + b"\n"
        self.assertEqual(list(self.body(line + b"y", begun=b"a\n")), [b"a\n", line, b"y"])

    def test_readlines(self):
        lines = [b"ab\n", b"cd\n", b"ef"]
        self.assertEqual(self.body(b"".join(lines)).readlines(), lines)
        body = self.body(b"".join(lines))
        self.assertEqual([body.readlines(4), body.readlines()], [lines[:2], lines[2:]])

    def test_an_early_end_is_an_error(self):
        body = self.body(b"abc", length=10, end=True)
        self.assertEqual(body.read(3), b"abc")
        with self.assertRaisesRegex(PeerGone, "hung up after 3 of 10 bytes"):
            body.read()
        self.assertIsInstance(PeerGone(""), OSError)

    def test_without_a_length_the_end_is_the_end(self):
        body = self.body(b"ab\ncd", length=TO_END, begun=b"0", end=True)
        self.assertEqual([body.readline(), body.read(), body.read(), body.left], [b"0ab\n", b"cd", b"", 0])

    def test_after_its_request_it_reads_nothing_of_the_next(self):
        body = self.body(b"abc")
        self.slot.requests += 1
        with self.assertRaisesRegex(PeerGone, "after its request was over"):
            body.read()

    def test_no_body(self):
        body = NoBody()
        self.assertEqual(
            [body.read(), body.read(5), body.readline(), body.readlines(), list(body)],
            [b"", b"", b"", [], []],
        )

    def test_stored(self):
        for most in 10, 1000:
            file = stored(self.body(b"b\nc" * 100, begun=b"a"), most)
            self.assertEqual(file.readline(), b"ab\n")
            file.seek(0)
            self.assertEqual(file.read(), b"a" + b"b\nc" * 100)
            file.close()
