import unittest

from portico_worker import headers as headers_module
from portico_worker.headers import encode_head


class Heads(unittest.TestCase):
    def refused(self, status, headers, text):
        with self.assertRaisesRegex((TypeError, ValueError), text):
            encode_head(status, headers)

    def test_a_head(self):
        for _ in range(2):
            self.assertEqual(
                encode_head(
                    "200 OK",
                    [
                        ("Content-Type", "text/plain"),
                        ("Content-Length", "13"),
                        ("X-\xe9"[:2] + "Y", "\xe9\t"),
                    ],
                ),
                (
                    200,
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                    b"Content-Length: 13\r\nX-Y: \xe9\t\r\n\r\n",
                    13,
                ),
            )

    def test_no_header_breaks_its_line(self):
        for bad in "\r", "\n", "\0", "\x1f", "\x7f", "a\r\nSet-Cookie: b=1":
            for _ in range(2):
                self.refused(
                    "200 OK", [("X-Name", bad)], "Cannot send header 'X-Name': expected no control characters"
                )
                self.refused("200 OK", [(f"X{bad}", "a")], "expected a token")
                self.refused(f"200 OK{bad}", [], "Cannot send status")

    def test_only_latin1(self):
        self.refused("200 OK", [("X", "\u0436")], r"U\+0436 at 0")
        self.refused("200 \u0436", [], "Cannot send status")

    def test_a_value_is_not_told(self):
        with self.assertRaises(ValueError) as caught:
            encode_head("200 OK", [("Set-Cookie", "secret=hunter2\n")])
        self.assertNotIn("hunter2", str(caught.exception))

    def test_only_strings(self):
        self.refused("200 OK", [(b"X", "a")], "token")
        self.refused("200 OK", [("X", b"a")], "expected a string: got bytes")
        self.refused("200 OK", [("X", 1)], "expected a string: got int")
        self.refused("200 OK", [("X", None)], "expected a string: got NoneType")
        self.refused(200, [], "Cannot send status 200")
        self.refused(b"200 OK", [], "Cannot send status")
        self.refused("200 OK", (("X", "a"),), "expected a list")
        self.refused("200 OK", [["X", "a"]], r"expected a tuple \(name, value\): got list")
        self.refused("200 OK", [("X", "a", "b")], r"expected a tuple \(name, value\)")
        self.refused("200 OK", [(["X"], "a")], r"Cannot send header \['X'\]: expected a token")
        self.refused("200 OK", [("X", ["a"])], "Cannot send header 'X': expected a string: got list")
        self.refused(["200 OK"], [], r"Cannot send status \['200 OK'\]: expected a string")

    def test_a_string_that_says_something_else_when_it_is_formatted(self):
        class Sly(str):
            def __format__(self, spec):
                return "a\r\nX-Evil: 1"

            __str__ = __repr__ = __format__

        self.assertEqual(encode_head("200 OK", [("X", Sly("a"))])[1], b"HTTP/1.1 200 OK\r\nX: a\r\n\r\n")

    def test_statuses(self):
        for bad in "", "OK", "20 OK", "2000 OK", "100 Continue", "99 No", " 200 OK":
            self.refused(bad, [], "Cannot send status")
        self.assertEqual(encode_head("299", [])[0], 299)

    def test_hop_by_hop(self):
        for name in "Connection", "keep-alive", "Transfer-Encoding", "TE", "Upgrade", "Trailer":
            self.refused("200 OK", [(name, "close")], "hop-by-hop")

    def test_content_length(self):
        for bad in "", "-1", "1.0", "+1", "1 ", "0x1", "\xb2", "1" * 30:
            self.refused("200 OK", [("Content-Length", bad)], "Cannot send")
        self.refused(
            "200 OK",
            [("Content-Length", "1"), ("content-length", "2")],
            "two Content-Length headers: 1 and 2",
        )
        self.assertEqual(
            encode_head("200 OK", [("Content-Length", "1"), ("Content-Length", "1")]),
            (200, b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", 1),
        )

    def test_a_204_has_no_length(self):
        self.assertEqual(
            encode_head("204 No Content", [("Content-Length", "0")])[1], b"HTTP/1.1 204 No Content\r\n\r\n"
        )

    def test_what_is_of_one_response_is_not_kept(self):
        encode_head("200 OK", [("Set-Cookie", "a=1"), ("X-Long", "a" * 1000)])
        kept = [name for name, _ in headers_module._fields]
        self.assertNotIn("Set-Cookie", kept)
        self.assertNotIn("X-Long", kept)

    def test_made_up_values_do_not_fill_the_memory(self):
        for number in range(2000):
            encode_head(f"200 OK {number}", [("X-Request", str(number))])
        self.assertLessEqual(len(headers_module._fields), headers_module._REMEMBERED)
        self.assertLessEqual(len(headers_module._statuses), headers_module._REMEMBERED)
