"""Several apps in one worker, each below a path of its own (`mount`, `manage-script-name`)."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from .exchange import App, Chooser


def normal_prefix(prefix: str) -> str:
    """`/api/` and `api` → `/api`; "" is the app for all that is mounted nowhere."""
    stripped = prefix.strip("/")
    return f"/{stripped}" if stripped else ""


def chooser(mounts: List[Tuple[str, App]], default: App, manage_script_name: bool) -> Chooser:
    """
    :param mounts: prefixes as `normal_prefix` makes them.
    :param manage_script_name: whether the path says which app, and SCRIPT_NAME and PATH_INFO are made of it
        (PEP 3333, "environ Variables"); otherwise SCRIPT_NAME says it, as the web server sent it.
    """
    by_prefix = dict(mounts)
    longest_first = sorted(by_prefix, key=len, reverse=True)

    def by_path(environ: Dict[str, Any]) -> App:
        path = environ["PATH_INFO"]
        for prefix in longest_first:
            if path == prefix or path.startswith(f"{prefix}/"):
                environ["SCRIPT_NAME"] = prefix
                environ["PATH_INFO"] = path[len(prefix) :]
                return by_prefix[prefix]
        return default

    def by_script_name(environ: Dict[str, Any]) -> App:
        return by_prefix.get(environ["SCRIPT_NAME"], default)

    return by_path if manage_script_name else by_script_name
