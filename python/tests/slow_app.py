"""An app whose requests last as long as a test wants, and the way to hold one."""

import os

from .master import in_background, until

SLOW = """
import threading, time, os, signal, sys, atexit
from wsgiref.validate import validator
print("loaded", os.getpid(), flush=True)
atexit.register(lambda: print("atexit", flush=True))
hog = bytearray()
def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/hold":
        # Until the test makes the file.
        name = environ["QUERY_STRING"]
        open(name + ".begun", "w").close()
        while not os.path.exists(name): time.sleep(0.005)
    if path == "/spin":
        deep()
    if path == "/grow": hog.extend(b"x" * (64 << 20))
    if path == "/upload": environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [("%d %s" % (os.getpid(), threading.current_thread().name)).encode()]
def deep():
    while True: pass  # the line that spins
application = validator(application)
"""


def hold(master, name):
    """A request that is in flight until `release`."""
    path = os.path.join(master.folder, name)
    answer = in_background(lambda: master.get(f"/hold?{name}"))
    until(lambda: os.path.exists(f"{path}.begun"))
    return answer, lambda: open(path, "w").close()
