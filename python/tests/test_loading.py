import os
import subprocess
import sys
import unittest

from .master import Gone, Master

HELLO = """
def application(environ, start_response):
    start_response("200 OK", [])
    return [__name__.encode()]
app = application
class Factory:
    made = app
def create():
    return app
"""


class Specifiers(unittest.TestCase):
    def served(self, files, expected, **config):
        with Master(files, **config) as master:
            self.assertEqual(master.get("/").text, expected)

    def test_modules(self):
        self.served({"wsgi.py": HELLO}, "wsgi")
        self.served({"wsgi.py": HELLO}, "wsgi", module="wsgi:app")
        self.served({"wsgi.py": HELLO}, "wsgi", callable="app")
        self.served({"wsgi.py": HELLO}, "wsgi", module="wsgi:Factory.made")
        self.served({"wsgi.py": HELLO}, "wsgi", module="wsgi:create()")
        self.served(
            {"project/__init__.py": "", "project/wsgi.py": HELLO}, "project.wsgi", module="project.wsgi:app"
        )
        self.served({"sub/wsgi.py": HELLO}, "wsgi", pythonpath=["sub"])

    def test_files(self):
        self.served({"wsgi.py": HELLO}, "wsgi", module="wsgi.py")
        self.served({"wsgi.py": HELLO}, "wsgi", module=None, wsgiFile="wsgi.py", callable="app")
        self.served({"my-app.py": HELLO}, "wsgi_file_my_app", wsgiFile="./my-app.py:app")
        # Not the standard library's module of that name.
        self.served({"code.py": HELLO}, "code", wsgiFile="code.py")
        self.served({"json.py": HELLO}, "wsgi_file_json", wsgiFile="json.py")

    def test_a_file_is_loaded_once_though_others_import_it(self):
        files = {
            "wsgi.py": "count = 0\nimport other\n" + HELLO,
            "other.py": "import wsgi\nwsgi.count += 1\nprint(wsgi.count)",
        }
        with Master(files, wsgiFile="wsgi.py") as master:
            self.assertEqual(master.stdout(), "1\n")

    def test_a_virtual_environment(self):
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        app = "import only_there\ndef application(e, s):\n    s('200 OK', [])\n    return [only_there.text]\n"
        files = {"wsgi.py": app, f"venv/lib/{version}/site-packages/only_there.py": "text = b'there'"}
        with Master(files, virtualenv="venv") as master:
            self.assertEqual(master.get("/").text, "there")


class Kinds(unittest.TestCase):
    def test_frameworks_are_recognised(self):
        flask = "class Flask:\n    def __call__(self, e, s):\n        s('200 OK', [])\n        return []\n"
        with Master(
            {
                "flask/__init__.py": flask,
                "wsgi.py": "from flask import Flask\nclass Mine(Flask): pass\napplication = Mine()",
            }
        ) as master:
            self.assertEqual(master.messages[-1]["app"], "WSGI (Flask)")


class Failures(unittest.TestCase):
    def failed(self, files, code, *texts, **config):
        with Master({"other.py": "", **files}, wait=False, **config) as master:
            message = master.expect("failed")
            with self.assertRaises(Gone):
                master.expect("ready")
            self.assertEqual(master.process.wait(20), 1)
            for text in texts:
                self.assertIn(text, message["message"])
            self.assertNotIn("portico_worker", message["message"])
            self.assertEqual(message["code"], code)
            return message["message"]

    def test_no_such_module(self):
        self.failed({}, "APP_NOT_FOUND", "Cannot load the module 'wsgi': there is no such module in\n")
        self.failed({}, "APP_NOT_FOUND", "there is no module 'no'", module="no.such:app")
        self.failed(
            {}, "APP_NOT_FOUND", "Cannot load app/no.py: there is no such file in /", module="app/no.py"
        )
        self.failed({}, "APP_NOT_FOUND", "neither module nor wsgi-file is set", module=None)

    def test_the_import_error_is_the_apps_own_traceback(self):
        message = self.failed({"wsgi.py": "import other\nimport no_such_package\n"}, "APP_NOT_FOUND")
        lines = message.split("\n")
        self.assertEqual(lines[:2], ["Cannot load 'wsgi':", "Traceback (most recent call last):"])
        self.assertRegex(lines[2], r'  File ".*/wsgi.py", line 2, in <module>')
        self.assertEqual(lines[3], "    import no_such_package")
        self.assertEqual(lines[-1], "ModuleNotFoundError: No module named 'no_such_package'")
        message = self.failed(
            {"wsgi.py": "def f():\n    1 / 0\nf()\n"}, "APP_THREW", "ZeroDivisionError: division by zero"
        )
        self.assertNotIn("importlib", message)
        for wsgi_file in "wsgi.py", "my-app.py":
            message = self.failed({wsgi_file: "1 / 0"}, "APP_THREW", "ZeroDivisionError", wsgiFile=wsgi_file)

    def test_other_failures(self):
        self.failed({"wsgi.py": "def f(:\n"}, "APP_SYNTAX", "SyntaxError", "wsgi.py", "def f(:")
        self.failed(
            {"wsgi.py": "import sys\nsys.exit('no settings')"}, "APP_THREW", "SystemExit: no settings"
        )
        self.failed(
            {"wsgi.py": "def create(): 1 / 0"}, "APP_THREW", "wsgi:create() failed", module="wsgi:create()"
        )

    def test_a_missing_callable_names_what_is_there(self):
        source = """
        import os
        class Flask:
            def __call__(self): pass
        site = Flask()
        def create_app(): pass
        _hidden = site
        """
        message = self.failed(
            {"wsgi.py": source}, "APP_NO_EXPORT", 'Cannot use "application" of wsgi: it has no such name'
        )
        self.assertIn("It has: site (Flask), create_app (function)\nSay: callable = site", message)
        self.failed({"wsgi.py": "x = 1"}, "APP_NO_EXPORT", "and nothing that can be called")
        self.failed({"wsgi.py": "application = 5"}, "APP_NOT_CALLABLE", "got int")
        self.failed(
            {"wsgi.py": "async def application(s, r, t): pass"}, "APP_NOT_CALLABLE", "it is an ASGI app"
        )

    def test_settings(self):
        self.failed({}, "CONFIG", "Cannot use chdir '/no/such': No such file or directory", chdir="/no/such")
        self.failed({}, "CONFIG", "it has no lib/python", virtualenv="venv")
        self.failed({}, "CONFIG", "Cannot use trusted-peers", trustedPeers=["x"])
        self.failed(
            {}, "CONFIG", "Cannot use config.mounts: expected [prefix, module], both strings", mounts=[["/a"]]
        )
        self.failed({}, "CONFIG", "Cannot use config.dev: expected true or false: got 'yes'", dev="yes")

    def test_without_a_master(self):
        program = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "portico_worker")
        done = subprocess.run([sys.executable, program], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("is started by portico", done.stderr)

    def test_an_app_that_is_not_needed(self):
        with Master({}, needApp=False) as master:
            self.assertEqual(master.get("/").text, "Internal Server Error\n")
            self.assertIn("there is no such module", master.stderr())


class Dev(unittest.TestCase):
    def test_an_app_that_cannot_be_loaded_answers_with_the_reason(self):
        with Master({"wsgi.py": "import helper", "helper.py": "x = <1>"}, dev=True) as master:
            self.assertEqual(master.messages[0]["code"], "APP_SYNTAX")
            self.assertEqual(master.messages[-1]["app"], "error page")
            response = master.get("/")
            self.assertEqual(response.status, 500)
            self.assertIn("SyntaxError", response.text)
            self.assertIn("x = &lt;1&gt;", response.text)
            files = master.expect("watch")["files"]
            self.assertEqual({os.path.basename(file) for file in files}, {"wsgi.py", "helper.py"})

    def test_an_error_is_shown_with_its_traceback(self):
        app = "def application(e, s):\n    raise ValueError('<b>' + e['QUERY_STRING'])\n"
        for config in {"dev": True}, {"catchExceptions": True}:
            with Master({"wsgi.py": app}, **config) as master:
                response = master.get("/?<script>")
                self.assertEqual(
                    (response.status, response.header("Content-Type")), (500, "text/html; charset=utf-8")
                )
                self.assertEqual(int(response.header("Content-Length")), len(response.body))
                self.assertIn("<h1>ValueError: &lt;b&gt;&lt;script&gt;</h1>", response.text)
                self.assertIn("GET /?&lt;script&gt;", response.text)
                self.assertIn("in application", response.text)
                self.assertNotIn("portico_worker", response.text)
                self.assertIn("ValueError: <b><script>", master.stderr())

    def test_the_files_that_are_loaded_are_told(self):
        app = """
        import one, json
        def application(environ, start_response):
            import two
            start_response("200 OK", [])
            return []
        """
        with Master({"wsgi.py": app, "one.py": "", "two.py": ""}, watchFiles=True) as master:
            first = {os.path.basename(file) for file in master.expect("watch")["files"]}
            self.assertEqual(first, {"wsgi.py", "one.py"})
            master.get("/")
            self.assertEqual([os.path.basename(file) for file in master.expect("watch")["files"]], ["two.py"])

    def test_it_is_not_replaced(self):
        with Master({"wsgi.py": HELLO}, dev=True, maxRequests=1, maxWorkerLifetime=0.01) as master:
            master.get("/")
            master.expect("report")
            master.expect("report")
            self.assertNotIn("replace", [message["type"] for message in master.messages])


class Mounts(unittest.TestCase):
    APP = """
    def application(environ, start_response):
        start_response("200 OK", [])
        return [f"{__name__} {environ['SCRIPT_NAME']} {environ['PATH_INFO']}".encode()]
    """

    def test_by_the_path(self):
        files = {name: self.APP for name in ("root.py", "api.py", "deep.py")}
        with Master(
            files, module="root", mounts=[["/api", "api.py"], ["/api/deep/", "deep"]], manageScriptName=True
        ) as master:
            for path, answer in (
                ("/", "root  /"),
                ("/api", "api /api "),
                ("/api/", "api /api /"),
                ("/api/x", "api /api /x"),
                ("/apis", "root  /apis"),
                ("/api/deep/x", "deep /api/deep /x"),
            ):
                self.assertEqual(master.get(path).text, answer)

    def test_by_what_the_web_server_says(self):
        with Master({"api.py": self.APP}, module=None, mounts=[["/api", "api"]]) as master:
            self.assertEqual(master.get("/x", SCRIPT_NAME="/api").text, "api /api /x")
            self.assertEqual(master.get("/x").status, 404)

    def test_a_mount_at_the_root(self):
        with Master({"api.py": self.APP}, module=None, mounts=[["/", "api"]]) as master:
            self.assertEqual(master.get("/x").text, "api  /x")
