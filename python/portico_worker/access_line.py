"""One line for a request: the Combined Log Format of Apache and NGINX, and the milliseconds at the end."""

from __future__ import annotations

import time
from typing import Any, Dict

from .printable import printable

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: Seconds since the epoch → their text; one entry, exchanged as a whole, for threads share it.
_last = (-1, "")


def access_line(environ: Dict[str, Any], status: int, sent: int, seconds: float, cut: bool) -> str:
    """`sent` is bytes of body. A response that never began has status 499, as NGINX writes it."""
    get = environ.get
    address = get("REMOTE_ADDR", "")
    if not address or address == "unix:":
        address = "-"
    request = f"{get('REQUEST_METHOD', '')} {_target(environ)}"
    referer = get("HTTP_REFERER", "-")
    agent = get("HTTP_USER_AGENT", "-")
    foreign = f"{address}{request}{referer}{agent}"
    if not foreign.isprintable() or '"' in foreign or "\\" in foreign:
        address, request, referer, agent = map(printable, (address, request, referer, agent))
    version = _version(get("SERVER_PROTOCOL", ""))
    return (
        f'{address} - - [{_clf_date()}] "{request} HTTP/{version}" {status or 499} {sent}'
        f' "{referer}" "{agent}"'
        f" {seconds * 1000:.1f}ms{' cut' if cut and status else ''}\n"
    )


def _target(environ: Dict[str, Any]) -> str:
    target: str = environ.get("REQUEST_URI") or environ.get("PATH_INFO") or "/"
    if target.isascii():
        return target
    return "".join(c if c.isascii() else f"%{ord(c):02X}" for c in target)


def _version(protocol: str) -> str:
    if protocol == "HTTP/1.1":
        return "1.1"
    version = protocol[5:]
    if protocol[:5] == "HTTP/" and version.replace(".", "", 1).isdecimal() and len(version) <= 3:
        return version if "." in version else f"{version}.0"
    return "1.1"


def _clf_date() -> str:
    """`22/Nov/2026:10:49:36 +0000`, made once a second."""
    global _last
    now = int(time.time())
    second, text = _last
    if second == now:
        return text
    t = time.gmtime(now)
    text = f"{t[2]:02}/{_MONTHS[t[1] - 1]}/{t[0]}:{t[3]:02}:{t[4]:02}:{t[5]:02} +0000"
    _last = (now, text)
    return text
