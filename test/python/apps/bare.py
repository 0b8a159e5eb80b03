"""A WSGI app without a framework, between wsgiref's validator and the server: both sides are checked by it."""

import hashlib
import json
import os
import time
from wsgiref.validate import validator

FILES = os.path.dirname(os.path.abspath(__file__))


def respond(start_response, status, body, *headers):
    start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body))), *headers])
    return [body]


def hello(environ, start_response):
    return respond(start_response, "200 OK", b"Hello, World!")


def facts(environ, start_response):
    shown = {name: str(value) for name, value in environ.items() if isinstance(value, (str, bool, tuple))}
    return respond(start_response, "200 OK", json.dumps(shown).encode())


def count(environ, start_response):
    """Reads in pieces, to the end that the server must make."""
    if environ["QUERY_STRING"] == "cut":
        print("counting what may be cut off", file=environ["wsgi.errors"], flush=True)
    digest, size = hashlib.sha256(), 0
    while True:
        part = environ["wsgi.input"].read(10_000)
        if not part:
            break
        digest.update(part)
        size += len(part)
    return respond(start_response, "200 OK", f"{size} {digest.hexdigest()}".encode())


def lines(environ, start_response):
    return respond(start_response, "200 OK", repr([len(line) for line in environ["wsgi.input"]]).encode())


def written(environ, start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"written ")
    return [b"and ", b"returned"]


def failing(environ, start_response):
    raise RuntimeError("this app fails")


def late(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "100")])
    yield b"begun"
    raise RuntimeError("after its first bytes")


def slow(environ, start_response):
    time.sleep(float(environ["QUERY_STRING"]))
    return respond(start_response, "200 OK", b"slow")


def empty(environ, start_response):
    start_response("204 No Content", [])
    return []


def file(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/x-python")])
    return environ["wsgi.file_wrapper"](open(os.path.join(FILES, "bare.py"), "rb"))


def stream(environ, start_response):
    """The second part waits for a file: whoever reads makes it once the first part is there."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Accel-Buffering", "no")])
    yield b"first\n"
    while not os.path.exists(environ["QUERY_STRING"]):
        time.sleep(0.005)
    yield b"last\n"


ROUTES = {
    "/": hello,
    "/facts": facts,
    "/count": count,
    "/lines": lines,
    "/written": written,
    "/fail": failing,
    "/late": late,
    "/slow": slow,
    "/empty": empty,
    "/file": file,
    "/stream": stream,
}


def route(environ, start_response):
    found = ROUTES.get(environ["PATH_INFO"])
    if found is None:
        return respond(start_response, "404 Not Found", b"Not Found")
    return found(environ, start_response)


app = validator(route)
