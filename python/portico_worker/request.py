"""From a packet's variables to the environ that PEP 3333 promises ("environ Variables")."""

from __future__ import annotations

import re
from typing import Any, Dict

from .errors import BadRequest
from .trust import plain_address

Environ = Dict[str, Any]

#: A method and a header's name (RFC 9110, section 5.6.2).
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

#: What only a trusted web server may say: who the client is, and what it vouches for.
_TOLD_BY_SERVER = (
    "REMOTE_ADDR",
    "REMOTE_PORT",
    "REMOTE_USER",
    "REMOTE_IDENT",
    "REMOTE_HOST",
    "AUTH_TYPE",
    "HTTPS",
    "REQUEST_SCHEME",
    "UWSGI_SCHEME",
    "SERVER_ADDR",
)
#: CONTENT_LENGTH where a body has no length and ends with the sender's half of the connection, as our own
#: router says it. No client can: a Content-Length that is not digits never gets through a web server.
TO_END_TEXT = "to-end"
_PLAIN_NAME = re.compile(r"[A-Z0-9_]+")
_UNSAFE = re.compile(r"[\0\r\n]")


def complete(environ: Environ) -> bool:
    """Adds what the packet left out and what follows from it: defaults, `wsgi.url_scheme`.

    :returns: whether the response has no body (HEAD)
    :raises BadRequest: where the variables make no request.
    """
    # NGINX's own uwsgi_params does not have it.
    if "SCRIPT_NAME" not in environ:
        environ["SCRIPT_NAME"] = ""
    try:
        # What the PEP requires to be there, and a web server may leave out. "SERVER_NAME … can never be empty
        # strings"; NGINX's is where a site has no server_name.
        environ["PATH_INFO"], environ["SERVER_PORT"], environ["SERVER_PROTOCOL"]
        method, name, scheme = environ["REQUEST_METHOD"], environ["SERVER_NAME"], environ["REQUEST_SCHEME"]
    except KeyError:
        name = scheme = ""
    if not name:
        _add_missing(environ)
        method = environ["REQUEST_METHOD"]
    if scheme != "http" or "HTTPS" in environ or "UWSGI_SCHEME" in environ:
        environ["wsgi.url_scheme"] = _scheme(environ)
    if method == "GET":
        return False
    if not TOKEN.fullmatch(method):
        raise BadRequest(400, f"REQUEST_METHOD: expected a method: got {method[:40]!r}")
    return bool(method == "HEAD")


def distrust(environ: Environ, address: str, port: int) -> None:
    """Leaves what a peer may say that nobody vouches for: the request itself. Who sent it is the peer.

    :raises BadRequest: where a name or a value could be taken for something else further on.
    """
    for name, value in list(environ.items()):
        if name.startswith("wsgi."):
            continue
        if not _PLAIN_NAME.fullmatch(name):
            if name.startswith("HTTP_"):
                raise BadRequest(400, f"Cannot make a header field of {name[:100]!r}")
            del environ[name]
        elif name.startswith("HTTP_") and _UNSAFE.search(value):
            raise BadRequest(400, f"{name}: expected no NUL, CR or LF")
    for name in _TOLD_BY_SERVER:
        environ.pop(name, None)
    environ["REMOTE_ADDR"] = plain_address(address)
    environ["REMOTE_PORT"] = str(port)


def content_length(text: str, limit: int) -> int:
    """CONTENT_LENGTH in bytes (RFC 3875, section 4.1.2); `limit` 0: any.

    :raises BadRequest: where it is no number, or above the limit.
    """
    # isdecimal of latin1 text is true of 0 to 9 alone.
    if not text.isdecimal():
        raise BadRequest(400, f"CONTENT_LENGTH: expected digits: got {text[:40]!r}")
    length = int(text) if len(text) < 19 else 1 << 63
    if length >= 1 << 53 or 0 < limit < length:
        raise BadRequest(413, f"CONTENT_LENGTH: got {text[:40]} bytes")
    return length


def _add_missing(environ: Environ) -> None:
    environ.setdefault("REQUEST_METHOD", "")
    environ.setdefault("SERVER_PROTOCOL", "HTTP/1.1")
    path, _, query = environ.get("REQUEST_URI", "/").partition("?")
    environ.setdefault("PATH_INFO", _unquoted(path))
    environ.setdefault("QUERY_STRING", query)
    if not environ.get("SERVER_NAME"):
        environ["SERVER_NAME"] = re.sub(r":[0-9]*$", "", environ.get("HTTP_HOST", "")) or "localhost"
    if not environ.get("SERVER_PORT"):
        environ["SERVER_PORT"] = "443" if _scheme(environ) == "https" else "80"


def _unquoted(path: str) -> str:
    return re.sub("%([0-9A-Fa-f]{2})", lambda match: chr(int(match.group(1), 16)), path)


def _scheme(environ: Environ) -> str:
    """Any of the three says so: behind TLS proxies sites set HTTPS by hand and keep `REQUEST_SCHEME`."""
    secure = (
        environ.get("REQUEST_SCHEME", "").lower() == "https"
        or environ.get("HTTPS", "").lower() in ("on", "1")
        or environ.get("UWSGI_SCHEME", "").lower() == "https"
    )
    return "https" if secure else "http"
