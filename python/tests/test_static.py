"""`static-map` in the worker, for hand-written sites: what test/app/static-files.test.ts asks of node."""

import os
import unittest

from .master import Master

APP = """
from wsgiref.validate import validator
def application(environ, start_response):
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [b"the app: " + environ["PATH_INFO"].encode("latin-1")]
application = validator(application)
"""
FILES = {
    "wsgi.py": APP,
    "static/a.css": "body {}",
    "static/page.html": "<p>",
    "static/sub/deep.js": "1",
    "static/data.unknown": "?",
    "static/with space \u00e9.txt": "named",
    "static/.secret": "secret",
    "static/.git/config": "secret",
    "static/empty.txt": "",
    "static/app/x.txt": "in the second",
    "favicon.ico": "icon",
    "outside.txt": "outside",
    "static-other/x.txt": "neighbour",
}
MODIFIED = 1767323045_678_000_000
DATE = "Fri, 02 Jan 2026 03:04:05 GMT"
TAG = f'"7-{MODIFIED // 1_000:x}"'


class Static(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # Where the folder will be is known only once it is made: relative to the worker's chdir.
        mappings = {
            "/static": "static",
            "/favicon.ico": "favicon.ico",
            "/static/": "nowhere/at/all",
            "/app": "static/sub",
            "/app/": "static/app/",
        }
        cls.master = Master(FILES, staticMap=[list(pair) for pair in mappings.items()])
        cls.root = cls.master.folder
        os.utime(cls.path("static/a.css"), ns=(MODIFIED, MODIFIED))

    @classmethod
    def tearDownClass(cls):
        cls.master.__exit__()

    @classmethod
    def path(cls, name):
        return os.path.join(cls.root, name)

    def get(self, target, body=b"", **variables):
        # The worker takes the target, and the path only where there is no target.
        return self.master.get(target, body, **{"PATH_INFO": "/of-nginx", **variables})

    def test_type_length_time_and_tag(self):
        answer = self.get("/static/a.css?v=1")
        self.assertEqual((answer.status, answer.text), (200, "body {}"))
        self.assertEqual(
            answer.headers,
            [
                ("Last-Modified", DATE),
                ("ETag", TAG),
                ("Content-Type", "text/css; charset=utf-8"),
                ("Content-Length", "7"),
            ],
        )

    def test_found(self):
        for target, text, kind in (
            ("/static/sub/deep.js", "1", "text/javascript; charset=utf-8"),
            ("/static/page.html", "<p>", "text/html; charset=utf-8"),
            ("/static/data.unknown", "?", "application/octet-stream"),
            ("/static/with%20space%20%C3%A9.txt", "named", "text/plain; charset=utf-8"),
            ("/%73tatic/a%2Ecss", "body {}", "text/css; charset=utf-8"),
            ("/favicon.ico", "icon", "image/vnd.microsoft.icon"),
            ("/static/empty.txt", "", "text/plain; charset=utf-8"),
            ("/app/x.txt", "in the second", "text/plain; charset=utf-8"),
        ):
            with self.subTest(target):
                answer = self.get(target)
                self.assertEqual((answer.status, answer.text), (200, text))
                self.assertEqual(answer.header("Content-Type"), kind)

    def test_by_the_path_where_there_is_no_target(self):
        path = "/static/with space \u00e9.txt".encode().decode("latin-1")
        self.assertEqual(self.get("", REQUEST_URI="-", PATH_INFO=path).text, "named")
        self.assertEqual(self.get("", REQUEST_URI="-", PATH_INFO="/static/../outside.txt").status, 404)
        self.assertEqual(self.get("", REQUEST_URI="-", PATH_INFO="/static/sub/../a.css").status, 404)

    def test_head(self):
        answer = self.get("/static/a.css", REQUEST_METHOD="HEAD")
        self.assertEqual((answer.status, answer.header("Content-Length"), answer.body), (200, "7", b""))

    def test_left_to_the_app(self):
        for target in (
            "/",
            "/static",
            "/static/",
            "/static/sub",
            "/static/nothing.txt",
            "/static/a.css/",
            "/static/a.css/x",
            "/favicon.ico/x",
            "/static-other/x.txt",
            "/staticx",
            "/static/../outside.txt",
            "/static/%2e%2e/outside.txt",
            "/static/..%2foutside.txt",
            "/static/%2e%2e%2foutside.txt",
            "/static/sub%2fdeep.js",
            "/static/sub%5cdeep.js",
            "/static/sub/./deep.js",
            "/static//a.css",
            "/static/a.css%00",
            "/static/a.css%00.html",
            "/static/.secret",
            "/static/.git/config",
            "/static/%2egit/config",
            "/static/%zz",
            "/static/%ff",
            f"/static/{'a' * 300}",
            "*",
            "http://hello.test/static/a.css",
        ):
            with self.subTest(target):
                self.assertEqual(self.get(target).text, "the app: /of-nginx")

    def test_other_methods(self):
        for method in "POST", "PUT", "DELETE", "OPTIONS", "get":
            self.assertEqual(self.get("/static/a.css", REQUEST_METHOD=method).status, 404, method)
        self.assertEqual(self.get("/static/a.css", b"a body", REQUEST_METHOD="GET").text, "body {}")

    def test_links(self):
        os.symlink("../outside.txt", self.path("static/out.txt"))
        os.symlink("..", self.path("static/up"))
        os.symlink("/etc/hostname", self.path("static/absolute"))
        os.symlink("circle", self.path("static/circle"))
        for target in "/static/out.txt", "/static/up/outside.txt", "/static/absolute", "/static/circle":
            self.assertEqual(self.get(target).status, 404, target)
        os.symlink("a.css", self.path("static/link.css"))
        self.assertEqual(self.get("/static/link.css").text, "body {}")

    def test_what_is_no_file(self):
        os.mkfifo(self.path("static/pipe"))
        self.assertEqual(self.get("/static/pipe").status, 404)

    def test_unchanged(self):
        for variables, status in (
            ({"HTTP_IF_NONE_MATCH": TAG}, 304),
            ({"HTTP_IF_NONE_MATCH": f'"x", W/{TAG}'}, 304),
            ({"HTTP_IF_NONE_MATCH": "*"}, 304),
            ({"HTTP_IF_NONE_MATCH": '"x"', "HTTP_IF_MODIFIED_SINCE": DATE}, 200),
            ({"HTTP_IF_MODIFIED_SINCE": DATE}, 304),
            ({"HTTP_IF_MODIFIED_SINCE": "Friday, 02-Jan-26 03:04:06 GMT"}, 304),
            ({"HTTP_IF_MODIFIED_SINCE": "Fri Jan  2 03:04:05 2026"}, 304),
            ({"HTTP_IF_MODIFIED_SINCE": "Fri, 02 Jan 2026 03:04:04 GMT"}, 200),
            ({"HTTP_IF_MODIFIED_SINCE": "yesterday"}, 200),
            ({"HTTP_IF_MODIFIED_SINCE": "99 99 99999999999999999999 9:9:9"}, 200),
        ):
            with self.subTest(variables):
                answer = self.get("/static/a.css", **variables)
                self.assertEqual((answer.status, answer.header("ETag")), (status, TAG))
                if status == 304:
                    self.assertEqual((answer.body, answer.header("Content-Length")), (b"", None))

    def test_a_large_file_whole(self):
        data = os.urandom(3_000_000)
        with open(self.path("static/large.bin"), "wb") as file:
            file.write(data)
        self.assertEqual(self.get("/static/large.bin").body, data)

    @unittest.skipUnless(os.path.isdir("/proc/self/fd"), "needs /proc")
    def test_no_descriptor_is_left(self):
        def opened():
            return len(os.listdir(f"/proc/{self.master.process.pid}/fd"))

        self.get("/static/a.css")
        before = opened()
        for _ in range(5):
            self.get("/static/a.css")
            self.get("/static/a.css", REQUEST_METHOD="HEAD")
            self.get("/static/a.css", HTTP_IF_NONE_MATCH="*")
            self.get("/static/sub")
        self.assertEqual(opened(), before)


class Beside(unittest.TestCase):
    def test_apps_that_are_mounted(self):
        files = {"api.py": APP, "static/a.css": "body {}"}
        config = {"module": None, "mounts": [["/api", "api.py"]], "manageScriptName": True}
        with Master(files, staticMap=[["/api/static", "static"], ["/", "static"]], **config) as master:
            self.assertEqual(master.get("/api/static/a.css").text, "body {}")
            self.assertEqual(master.get("/a.css").text, "body {}")
            self.assertEqual(master.get("/api/x").text, "the app: /x")
            self.assertEqual(master.get("/x").text, "Not Found\n")

    def test_every_path_in_a_directory_and_its_index(self):
        public = {"public/a.css": "body {}", "public/sub/index.html": "<p>", "public/x.php": "code"}
        files = {"wsgi.py": APP, **public}
        config = {"staticIndex": ["none.html", "index.html"], "staticSkipExt": [".php"]}
        with Master(files, checkStatic=["public"], **config) as master:
            self.assertEqual(master.get("/a.css").text, "body {}")
            for target in "/sub", "/sub/", "/sub/index.html":
                self.assertEqual(master.get(target).text, "<p>", target)
            for target in "/", "/a.css/", "/x.php", "/sub//", "/sub/index.html/":
                self.assertEqual(master.get(target).text, f"the app: {target}")

    def test_the_prefix_in_the_directory_too(self):
        files = {"wsgi.py": APP, "public/static/a.css": "body {}", "public/b.css": ""}
        with Master(files, staticMap2=[["/static", "public"]]) as master:
            self.assertEqual(master.get("/static/a.css").text, "body {}")
            for target in "/static/b.css", "/b.css", "/static":
                self.assertEqual(master.get(target).text, f"the app: {target}")

    def test_links_into_a_safe_directory(self):
        files = {"wsgi.py": APP, "public/a.css": "", "shared/b.css": "shared", "shared-not/c.css": "secret"}
        config = {"staticMap": [["/", "public"]], "staticSafe": ["shared"], "staticIndex": ["index.html"]}
        with Master(files, **config) as master:
            links = {"b.css": "../shared/b.css", "c.css": "../shared-not/c.css", "index.html": "../wsgi.py"}
            for name, to in links.items():
                os.symlink(to, os.path.join(master.folder, "public", name))
            self.assertEqual(master.get("/b.css").text, "shared")
            for target in "/c.css", "/":
                self.assertEqual(master.get(target).text, f"the app: {target}")

    def test_no_static_map_loads_nothing(self):
        app = """
        import sys
        def application(environ, start_response):
            start_response("200 OK", [])
            return [repr([name for name in sys.modules if "static" in name]).encode()]
        """
        with Master({"wsgi.py": app}) as master:
            self.assertEqual(master.get("/").text, "[]")
