import random
import unittest

from portico_worker.errors import BadRequest
from portico_worker.packet import PacketReader, packet_end

from .master import packet

BASE = {"wsgi.input": 1, "wsgi.url_scheme": "http"}
#: As Debian's NGINX sends it.
USUAL = [
    ("QUERY_STRING", "a=1"),
    ("REQUEST_METHOD", "GET"),
    ("CONTENT_TYPE", ""),
    ("CONTENT_LENGTH", ""),
    ("REQUEST_URI", "/b?a=1"),
    ("PATH_INFO", "/b"),
    ("DOCUMENT_ROOT", "/usr/share/nginx/html"),
    ("SERVER_PROTOCOL", "HTTP/1.1"),
    ("REQUEST_SCHEME", "http"),
    ("REMOTE_ADDR", "192.0.2.7"),
    ("REMOTE_PORT", "40532"),
    ("SERVER_PORT", "80"),
    ("SERVER_NAME", "hello.example"),
    ("HTTP_HOST", "hello.example"),
    ("HTTP_ACCEPT", "*/*"),
]


def read(reader, data):
    """The environ, or why there is none."""
    try:
        return reader.read(data, packet_end(data, 65535))
    except BadRequest as error:
        return str(error)


def with_lead(pairs=USUAL):
    """A reader that knows how packets like this begin."""
    reader = PacketReader(BASE)
    for _ in range(3):
        read(reader, packet(pairs))
    return reader


def changed(**values):
    return packet([(name, values.get(name, value)) for name, value in USUAL])


class Leads(unittest.TestCase):
    def assertSame(self, reader, data):
        """As somebody reads it who has learned nothing."""
        self.assertEqual(read(reader, data), read(PacketReader(BASE), data))

    def test_a_site_is_learned_and_read_the_same(self):
        reader = with_lead()
        self.assertEqual(len(reader._leads), 1)
        self.assertIsNotNone(reader._leads[0].read(packet(USUAL), packet(USUAL).decode("latin-1")))
        self.assertEqual(read(reader, packet(USUAL)), {**dict(USUAL), **BASE})
        for data in (
            changed(PATH_INFO="/caf\xc3\xa9", QUERY_STRING="", REMOTE_PORT="1"),
            changed(REQUEST_URI="/" + "x" * 3000, PATH_INFO="/" + "x" * 3000),
            changed(REQUEST_METHOD="POST", CONTENT_LENGTH="3", CONTENT_TYPE="text/plain"),
            changed(SERVER_NAME="other.example"),
            packet(USUAL[:13]),
            packet(USUAL[:12]),
            packet([*USUAL, ("HTTP_X", "1"), ("HTTP_X", "2")]),
            packet([*USUAL, ("REQUEST_METHOD", "POST"), ("PATH_INFO", "/c")]),
            packet([*USUAL, ("CONTENT_LENGTH", "3")]),
            packet([*USUAL, ("wsgi.input", "x")]),
        ):
            self.assertSame(reader, data)

    def test_environs_share_nothing(self):
        reader = with_lead()
        read(reader, packet(USUAL))["SERVER_NAME"] = "changed by the app"
        self.assertEqual(read(reader, packet(USUAL)), {**dict(USUAL), **BASE})

    def test_a_value_that_looks_like_what_follows_it(self):
        reader = with_lead()
        fake = packet([("\0", ""), *USUAL[1:], ("HTTP_X", "evil")])[9:].decode("latin-1")
        for name in ("QUERY_STRING", "REQUEST_URI", "PATH_INFO", "REMOTE_ADDR"):
            for value in (fake, "\x0e\0REQUEST_METHOD\3\0GET", "\x0e", "\0", "a\x0b\0b"):
                data = changed(**{name: value})
                self.assertEqual(read(reader, data)[name], value)
                self.assertSame(reader, data)

    def test_broken_packets_are_broken_all_the_same(self):
        reader = with_lead()
        whole = packet(USUAL)
        chance = random.Random(3)
        for _ in range(3000):
            data = bytearray(whole)
            for _ in range(chance.randint(1, 3)):
                data[chance.randrange(4, len(data))] = chance.choice((0, 1, 2, 3, 11, 14, 65, 255))
            if chance.random() < 0.3:
                del data[chance.randrange(5, len(data)) :]
                data[1:3] = (len(data) - 4).to_bytes(2, "little")
            self.assertSame(reader, bytes(data))

    def test_only_so_much_is_learned(self):
        reader = PacketReader(BASE)
        for number in range(100):
            pairs = [(name, f"{number}.example" if name == "SERVER_NAME" else value) for name, value in USUAL]
            for _ in range(2):
                self.assertEqual(read(reader, packet(pairs)), {**dict(pairs), **BASE})
        self.assertEqual(len(reader._leads), 8)

    def test_made_up_sites_do_not_keep_a_real_one_out_for_good(self):
        reader = PacketReader(BASE)
        for number in range(50):
            read(reader, changed(SERVER_NAME=f"{number}.example"))
        self.assertIsNone(reader._leads[0].read(packet(USUAL), packet(USUAL).decode("latin-1")))
        for _ in range(1000):
            read(reader, packet(USUAL))
        self.assertEqual(len(reader._leads), 1)
        self.assertIsNotNone(reader._leads[0].read(packet(USUAL), packet(USUAL).decode("latin-1")))
        self.assertSame(reader, packet(USUAL))

    def test_what_is_no_lead(self):
        for pairs in (
            [("HTTP_HOST", "a"), ("REQUEST_METHOD", "GET")],
            [("REQUEST_METHOD", "GET"), ("REQUEST_METHOD", "GET")],
            [("PATH_INFO", "/"), ("X_MINE", "1"), ("REQUEST_METHOD", "GET")],
        ):
            reader = with_lead(pairs)
            self.assertEqual(reader._leads, [])
            self.assertSame(reader, packet(pairs))


if __name__ == "__main__":
    unittest.main()
