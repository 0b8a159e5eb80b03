"""What the client of a failed request sees: little, or in `dev` and with `catch-exceptions` all."""

from __future__ import annotations

from typing import Dict

from .app_error import error_text
from .response import Response

_PHRASES: Dict[int, str] = {
    400: "Bad Request",
    413: "Content Too Large",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
}


def answer(response: Response, status: int) -> None:
    """Answers in the app's place: the bare status.

    :raises PeerGone: the peer hung up.
    """
    phrase = _PHRASES[status]
    _send(response, f"{status} {phrase}", "text/plain", f"{phrase}\n")


def answer_with_error(response: Response, error: BaseException, request: str) -> None:
    """Answers with the traceback, for a developer's browser. `request`: "GET /path"."""
    _send(response, "500 Internal Server Error", "text/html", error_page(error, request))


def error_page(error: BaseException, request: str) -> str:
    text = error_text(error)
    title = text.rsplit("\n", 1)[-1]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{_escaped(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<p class="request">{_escaped(request)}</p>\n<h1>{_escaped(title)}</h1>\n'
        f'<pre class="stack">{_escaped(text)}</pre>\n</body>\n</html>\n'
    )


def _send(response: Response, status: str, kind: str, text: str) -> None:
    body = text.encode("utf-8", "backslashreplace")
    # What the app said before it failed was not sent.
    response.head = None
    response.start_response(
        status, [("Content-Type", f"{kind}; charset=utf-8"), ("Content-Length", str(len(body)))]
    )
    response.send_body([body])


def _escaped(text: str) -> str:
    for plain, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        text = text.replace(plain, entity)
    return text


_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; overflow-wrap: anywhere; color: light-dark(#b00020, #ff8a80); }
pre { overflow-x: auto; padding: 1rem; border-radius: .4rem; background: light-dark(#f4f4f5, #1e1e20); }
.request, pre { font-family: ui-monospace, monospace; font-size: .9rem; }
"""
