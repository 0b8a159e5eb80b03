import unittest

from portico_worker import rests as rests_module
from portico_worker.packet import PacketReader

from .master import packet
from .test_lead import BASE, USUAL, read, with_lead

#: How many variables of USUAL are in its lead.
LEAD = 13


def with_rest(*fields):
    return packet([*USUAL[:LEAD], *fields])


class Rest(unittest.TestCase):
    """What follows the lead in a packet."""

    def assertSame(self, reader, data):
        """As somebody reads it who has learned nothing. :returns: the environ"""
        environ = read(reader, data)
        self.assertEqual(environ, read(PacketReader(BASE), data))
        return environ

    def kept(self, reader):
        return reader._leads[0].rests._kept

    def test_what_was_met_twice_is_kept_and_read_the_same(self):
        reader = with_lead()
        self.assertEqual(list(self.kept(reader).values()), [{"HTTP_HOST": "hello.example", "HTTP_ACCEPT": "*/*"}])
        for data in (
            packet(USUAL),
            packet(USUAL) + b"a body",
            packet([("QUERY_STRING", "b=2"), *USUAL[1:]]),
            with_rest(("HTTP_HOST", "hello.example"), ("HTTP_ACCEPT", "text/html")),
            with_rest(*USUAL[LEAD:], ("HTTP_ACCEPT", "text/html")),
            with_rest(USUAL[LEAD]),
            with_rest(),
        ):
            environ = reader.read(data, 4 + data[1] + (data[2] << 8))
            self.assertEqual(environ, PacketReader(BASE).read(data, 4 + data[1] + (data[2] << 8)))

    def test_environs_share_nothing(self):
        reader = with_lead()
        read(reader, packet(USUAL))["HTTP_HOST"] = "changed by the app"
        self.assertEqual(read(reader, packet(USUAL)), {**dict(USUAL), **BASE})

    def test_what_came_once_is_not_kept(self):
        reader = with_lead()
        for number in range(1000):
            self.assertSame(reader, with_rest(("HTTP_X", str(number))))
        self.assertEqual(len(self.kept(reader)), 1)

    def test_only_so_much_is_kept(self):
        reader = with_lead()
        for number in range(200):
            for _ in range(3):
                self.assertSame(reader, with_rest(("HTTP_X", str(number))))
            self.assertLessEqual(len(self.kept(reader)), rests_module._MOST)
        for _ in range(3):
            self.assertSame(reader, with_rest(("HTTP_X", "x" * rests_module._LONGEST)))
        self.assertLess(max(map(len, self.kept(reader))), rests_module._LONGEST)

    def test_secrets_are_not_kept(self):
        reader = with_lead()
        for name in ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_PROXY_AUTHORIZATION"):
            for _ in range(3):
                self.assertSame(reader, with_rest((name, "secret"), ("HTTP_HOST", "a")))
        self.assertNotIn("secret", repr(self.kept(reader)))

    def test_a_rest_that_says_again_what_the_lead_says(self):
        for again in (("PATH_INFO", "/c"), ("CONTENT_LENGTH", "3"), ("wsgi.input", "x"), ("SERVER_NAME", "b")):
            reader = with_lead()
            for _ in range(4):
                self.assertSame(reader, with_rest(("HTTP_HOST", "a"), again))

    def test_a_rest_of_one_site_is_not_anothers(self):
        """What follows the lead of one is in the lead of the other."""
        reader = with_lead([("REQUEST_METHOD", "GET"), ("SERVER_PROTOCOL", "HTTP/1.1"), ("HTTP_HOST", "a")])
        other = [("REQUEST_METHOD", "GET"), ("CONTENT_LENGTH", ""), ("HTTP_X", "1"), ("CONTENT_LENGTH", "3")]
        one = [("REQUEST_METHOD", "GET"), ("SERVER_PROTOCOL", "HTTP/1.1"), ("HTTP_X", "1"), ("CONTENT_LENGTH", "3")]
        for _ in range(4):
            self.assertSame(reader, packet(one))
            self.assertSame(reader, packet(other))


if __name__ == "__main__":
    unittest.main()
