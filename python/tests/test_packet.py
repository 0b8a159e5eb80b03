import unittest

from portico_worker import packet as packet_module
from portico_worker.errors import BadRequest
from portico_worker.packet import PacketReader, packet_end

from .master import packet


def read(data, base=None):
    return PacketReader(base or {}).read(data, packet_end(data, 65535))


class Packets(unittest.TestCase):
    def test_names_and_values_are_latin1(self):
        data = packet([("PATH_INFO", "/caf\xc3\xa9"), ("QUERY_STRING", ""), ("HTTP_X", "\xff")])
        for _ in range(2):
            # The second time the names are known.
            self.assertEqual(read(data), {"PATH_INFO": "/caf\xc3\xa9", "QUERY_STRING": "", "HTTP_X": "\xff"})

    def test_what_follows_the_packet_is_not_of_it(self):
        data = packet([("A", "1"), ("B", "2")])
        end = len(data)
        for _ in range(2):
            self.assertEqual(PacketReader({}).read(data + packet([("C", "3")]), end), {"A": "1", "B": "2"})

    def test_lengths_of_256_and_more(self):
        name, value = "N" * 300, "v" * 40_000
        data = packet([("A", "1"), (name, value), ("B", "x" * 256)])
        for _ in range(2):
            self.assertEqual(read(data), {"A": "1", name: value, "B": "x" * 256})

    def test_a_name_whose_length_has_a_high_byte_is_not_taken_for_a_known_one(self):
        read(packet([("AB", "1")]))
        with self.assertRaises(BadRequest):
            # "AB" with length 0x0102.
            read(b"\0\7\0\0" + b"\2\1AB\1\0x")

    def test_a_repeated_header_is_one_field(self):
        data = packet([("HTTP_X", "a"), ("HTTP_COOKIE", "a=1"), ("HTTP_X", "b"), ("HTTP_COOKIE", "b=2")])
        for _ in range(2):
            self.assertEqual(read(data), {"HTTP_X": "a, b", "HTTP_COOKIE": "a=1; b=2"})

    def test_a_header_that_is_repeated_thousands_of_times(self):
        data = packet([("HTTP_A", str(number)) for number in range(4000)])
        for _ in range(2):
            self.assertEqual(read(data), {"HTTP_A": ", ".join(map(str, range(4000)))})

    def test_a_repeated_header_without_a_value(self):
        data = packet([("HTTP_X", ""), ("HTTP_X", "b"), ("HTTP_X", "")])
        for _ in range(2):
            self.assertEqual(read(data), {"HTTP_X": ", b, "})

    def test_of_other_repeats_the_later_counts(self):
        data = packet([("PATH_INFO", "/a"), ("HTTP_HOST", "a"), ("PATH_INFO", "/b"), ("HTTP_HOST", "b")])
        for _ in range(2):
            self.assertEqual(read(data), {"PATH_INFO": "/b", "HTTP_HOST": "b"})

    def test_two_lengths_that_differ_are_refused(self):
        for _ in range(2):
            with self.assertRaisesRegex(BadRequest, "given twice and differs: got 1 and 2"):
                read(packet([("CONTENT_LENGTH", "1"), ("CONTENT_LENGTH", "2")]))
        self.assertEqual(read(packet([("CONTENT_LENGTH", "1")] * 2)), {"CONTENT_LENGTH": "1"})

    def test_a_peer_cannot_say_what_the_server_says(self):
        base = {"wsgi.input": 1, "wsgi.url_scheme": "http"}
        for _ in range(2):
            environ = read(packet([("A", "1"), ("wsgi.input", "x"), ("wsgi.url_scheme", "https")]), base)
            self.assertEqual(environ, {"A": "1", **base})

    def test_lengths_that_lead_past_the_end(self):
        good = packet([("AB", "cd"), ("EF", "gh")])
        read(good)
        for cut in range(1, len(good) - 4):
            size = len(good) - 4 - cut
            data = good[:1] + size.to_bytes(2, "little") + good[3:]
            whole = 4 + size in (4 + 8,)
            with self.subTest(cut=cut):
                if whole:
                    self.assertEqual(read(data), {"AB": "cd"})
                    continue
                # Whether the bytes behind the packet are there (a body) or not.
                for bytes_ in (data, data[: 4 + size]):
                    with self.assertRaisesRegex(BadRequest, "past the end"):
                        read(bytes_)

    def test_an_empty_name(self):
        with self.assertRaisesRegex(BadRequest, "empty name"):
            read(packet([("A", "1"), ("", "2")]))

    def test_other_kinds_and_sizes(self):
        for data, status, text in (
            (b"GET / HTTP/1.1", 400, "modifier1: expected 0: got 71"),
            (b"\5\1\0\0", 400, "modifier1"),
            (b"\0\0\0\0", 400, "empty"),
            (b"\0\x65\0\0", 431, "101 bytes: expected 100 or fewer"),
        ):
            with self.assertRaisesRegex(BadRequest, text) as caught:
                packet_end(data, 100)
            self.assertEqual(caught.exception.status, status)

    def test_made_up_names_do_not_fill_the_memory(self):
        for number in range(0, 3000, 10):
            pairs = [(f"HTTP_X_{number + i}", str(i)) for i in range(10)]
            self.assertEqual(read(packet(pairs)), dict(pairs))
        self.assertLessEqual(len(packet_module._names), packet_module._MOST_NAMES)
