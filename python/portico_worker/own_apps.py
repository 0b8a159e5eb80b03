"""Apps of our own, for where there is none to call."""

from __future__ import annotations

from typing import Any, List

from .error_page import error_page
from .exchange import App


def not_found(environ: Any, start_response: Any) -> List[bytes]:
    """No app is mounted there."""
    start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "10")])
    return [b"Not Found\n"]


def failed_app(error: BaseException, show: bool) -> App:
    """Answers in the place of an app that could not be loaded. `show`: with the reason (dev)."""

    def app(environ: Any, start_response: Any) -> List[bytes]:
        if show:
            kind, text = "text/html", error_page(error, f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        else:
            kind, text = "text/plain", "Internal Server Error\n"
        body = text.encode("utf-8", "backslashreplace")
        start_response(
            "500 Internal Server Error",
            [("Content-Type", f"{kind}; charset=utf-8"), ("Content-Length", str(len(body)))],
        )
        return [body]

    return app


#: Packages of frameworks, and what people call them.
_FRAMEWORKS = {
    "flask": "Flask",
    "django": "Django",
    "bottle": "Bottle",
    "falcon": "Falcon",
    "pyramid": "Pyramid",
    "cherrypy": "CherryPy",
    "werkzeug": "Werkzeug",
}


def kind_of(app: App) -> str:
    """What the app is recognised as, for the log: "WSGI (Flask)", "WSGI"."""
    for base in type(app).__mro__:
        name = _FRAMEWORKS.get(base.__module__.partition(".")[0])
        if name is not None:
            return f"WSGI ({name})"
    return "WSGI"
