"""WSGI without a framework, where the servers themselves are to be seen."""

import json


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/environ":
        shown = {name: value for name, value in environ.items() if isinstance(value, (str, bool, int, tuple))}
        environ["wsgi.input"].read()
        body = json.dumps({**shown, "(others)": sorted(set(environ) - set(shown))}).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]
    if path == "/read":
        pieces = [environ["wsgi.input"].read(3), environ["wsgi.input"].readline(), *environ["wsgi.input"].readlines()]
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [repr([*pieces, environ["wsgi.input"].read()]).encode()]
    if path == "/write":
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(b"written ")
        return [b"", b"returned"]
    if path == "/again":
        start_response("200 OK", [("Content-Type", "text/plain"), ("X-First", "1")])
        try:
            raise ValueError("on second thoughts")
        except ValueError:
            import sys

            start_response("503 Service Unavailable", [("Content-Type", "text/plain")], sys.exc_info())
        return [b"second"]
    if path == "/raise":
        raise RuntimeError("this app fails")
    if path == "/none":
        start_response("200 OK", [])
        return []
    if path == "/too-much":
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
        return [b"four and more"]
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [b"nothing here"]
