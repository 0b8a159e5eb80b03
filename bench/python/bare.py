"""WSGI with nothing in between."""

import time

LOADED = str(int(time.time() * 1000)).encode()


def application(environ, start_response):
    body = LOADED if environ["PATH_INFO"] == "/loaded" else b"Hello, World!"
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
