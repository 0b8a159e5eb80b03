import unittest

from portico_worker.errors import BadRequest
from portico_worker.request import complete, content_length, distrust
from portico_worker.trust import Trust, TrustError, plain_address


class Trusting(unittest.TestCase):
    def test_loopback_and_what_is_listed(self):
        trust = Trust(["10.0.0.0/8", "192.168.1.4", "2001:db8::/32"])
        for address in (
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "::ffff:127.0.0.1",
            "10.255.0.1",
            "192.168.1.4",
            "2001:db8::5",
        ):
            for _ in range(2):
                self.assertTrue(trust.address(address), address)
        for address in (
            "128.0.0.1",
            "11.0.0.1",
            "192.168.1.5",
            "2001:db9::1",
            "::2",
            "::ffff:8.8.8.8",
            "",
            "localhost",
        ):
            for _ in range(2):
                self.assertFalse(trust.address(address), address)

    def test_everything(self):
        self.assertTrue(Trust(["0.0.0.0/0"]).address("8.8.8.8"))

    def test_what_cannot_be_read(self):
        for text in "example.org", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/-1", "":
            with self.assertRaisesRegex(TrustError, "Cannot use trusted-peers"):
                Trust([text])

    def test_an_address_as_people_write_it(self):
        self.assertEqual(plain_address("::ffff:192.0.2.1"), "192.0.2.1")
        self.assertEqual(plain_address("::1"), "::1")


class Strangers(unittest.TestCase):
    def test_say_nothing_of_who_the_client_is(self):
        environ = {
            "wsgi.version": (1, 0),
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/",
            "REMOTE_ADDR": "10.0.0.1",
            "REMOTE_USER": "root",
            "HTTPS": "on",
            "REQUEST_SCHEME": "https",
            "UWSGI_SCHEME": "https",
            "SERVER_ADDR": "10.0.0.2",
            "HTTP_X": "1",
            "werkzeug.request": "x",
        }
        distrust(environ, "::ffff:198.51.100.7", 4000)
        complete(environ)
        self.assertEqual(
            environ,
            {
                "wsgi.version": (1, 0),
                "wsgi.url_scheme": "http",
                "REQUEST_METHOD": "GET",
                "SCRIPT_NAME": "",
                "PATH_INFO": "/",
                "QUERY_STRING": "",
                "SERVER_NAME": "localhost",
                "SERVER_PORT": "80",
                "SERVER_PROTOCOL": "HTTP/1.1",
                "REMOTE_ADDR": "198.51.100.7",
                "REMOTE_PORT": "4000",
                "HTTP_X": "1",
            },
        )

    def test_break_no_header(self):
        for name, value in (("HTTP_X", "a\r\nb"), ("HTTP_X", "a\0"), ("HTTP_x-y", "a")):
            with self.assertRaises(BadRequest):
                distrust({name: value}, "198.51.100.7", 1)


class Completing(unittest.TestCase):
    def test_what_is_missing(self):
        environ = {
            "REQUEST_METHOD": "GET",
            "REQUEST_URI": "/a%20b?c=d",
            "HTTP_HOST": "example.org:81",
            "HTTPS": "on",
        }
        complete(environ)
        self.assertEqual(
            {**environ},
            {
                **environ,
                "PATH_INFO": "/a b",
                "QUERY_STRING": "c=d",
                "SCRIPT_NAME": "",
                "SERVER_NAME": "example.org",
                "SERVER_PORT": "443",
                "SERVER_PROTOCOL": "HTTP/1.1",
                "wsgi.url_scheme": "https",
            },
        )

    def test_the_scheme(self):
        rest = {"REQUEST_METHOD": "GET", "PATH_INFO": "/"}
        for told, scheme in (
            ({"REQUEST_SCHEME": "https"}, "https"),
            ({"REQUEST_SCHEME": "http", "HTTPS": "on"}, "https"),
            ({"UWSGI_SCHEME": "https"}, "https"),
            ({"REQUEST_SCHEME": "http", "HTTPS": "off"}, "http"),
            ({"REQUEST_SCHEME": "http", "HTTPS": ""}, "http"),
            ({}, "http"),
        ):
            environ = {**rest, **told}
            complete(environ)
            self.assertEqual(environ.get("wsgi.url_scheme", "http"), scheme, told)

    def test_methods(self):
        for method in "", "G ET", "GET\r\n", "G\u00e9T":
            with self.assertRaisesRegex(BadRequest, "REQUEST_METHOD"):
                complete({"REQUEST_METHOD": method, "PATH_INFO": "/"})
        with self.assertRaisesRegex(BadRequest, "REQUEST_METHOD"):
            complete({"PATH_INFO": "/"})
        self.assertTrue(complete({"REQUEST_METHOD": "HEAD", "PATH_INFO": "/"}))
        self.assertFalse(complete({"REQUEST_METHOD": "PROPFIND", "PATH_INFO": "/"}))

    def test_lengths(self):
        self.assertEqual(content_length("012", 0), 12)
        for text, status in (
            ("-1", 400),
            ("1 ", 400),
            ("\xb2", 400),
            ("1_0", 400),
            ("11", 413),
            ("9" * 40, 413),
        ):
            with self.assertRaises(BadRequest) as caught:
                content_length(text, 10)
            self.assertEqual(caught.exception.status, status, text)
