"""The Python worker process of Portico: it accepts uwsgi connections and answers them with a WSGI app.

Standard library only, Python 3.8 or newer. `python3 .../portico_worker` runs it; the master
is on the other end of the channel that the environment names (see python/README.md).
"""
