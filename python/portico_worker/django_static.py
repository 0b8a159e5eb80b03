"""`python3 django_static.py '{"chdir": …, "pythonpath": […]}'`: what the project's settings say of static files.

Run by src/nginx/found/django.ts, as the app's workers are run. It reads the settings that
DJANGO_SETTINGS_MODULE names and loads no app. Prints one line, a JSON object, `error` in it where it could not.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Dict, Optional


def ask() -> Dict[str, Any]:
    """
    :returns: `staticUrl`, `staticRoot`, `mediaUrl`, `mediaRoot` (null: not said; paths absolute), `isUsed`
        (whether django.contrib.staticfiles collects into STATIC_ROOT), `isHashed`, and `sources`: where the
        settings are, files or directories that nobody may get.
    """
    from django.conf import settings
    from django.urls import set_script_prefix

    # What django.setup() does; without it STATIC_URL = "static/" has no slash in front.
    set_script_prefix(settings.FORCE_SCRIPT_NAME or "/")
    storage = _storage(settings)
    module = sys.modules.get(os.environ["DJANGO_SETTINGS_MODULE"])
    base = getattr(settings, "BASE_DIR", None)
    return {
        "staticUrl": _text(settings, "STATIC_URL"),
        "staticRoot": _path(_text(settings, "STATIC_ROOT")),
        "mediaUrl": _text(settings, "MEDIA_URL"),
        "mediaRoot": _path(_text(settings, "MEDIA_ROOT")),
        "isUsed": storage is not None,
        "isHashed": storage == "hashed",
        "sources": [_path(str(place)) for place in (getattr(module, "__file__", None), base) if place],
    }


def _text(settings: Any, name: str) -> Optional[str]:
    try:
        value = getattr(settings, name)
    # Django makes a URL of None.
    except AttributeError:
        return None
    return str(value) if value else None


def _path(path: Optional[str]) -> Optional[str]:
    return os.path.abspath(path) if path else None


def _storage(settings: Any) -> Optional[str]:
    """"plain" or "hashed"; None: collectstatic, if there is one, does not write into STATIC_ROOT."""
    if "django.contrib.staticfiles" not in settings.INSTALLED_APPS:
        return None
    from django.contrib.staticfiles import storage
    from django.utils.module_loading import import_string

    backends = getattr(settings, "STORAGES", None) or {}
    name = (backends.get("staticfiles") or {}).get("BACKEND") or settings.STATICFILES_STORAGE
    made = import_string(name)
    # The class alone: an instance would read its manifest, or talk to a bucket.
    if not issubclass(made, storage.StaticFilesStorage):
        return None
    return "hashed" if issubclass(made, storage.HashedFilesMixin) else "plain"


def _main() -> None:
    # What settings print is not the answer, nor do programs that they start hold it open.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        from portico_worker.config import Config
        from portico_worker.import_path import prepare

        del sys.path[0]
        prepare(Config(json.loads(sys.argv[1])))
        told = ask()
    except BaseException as error:
        words = str(error).strip().splitlines()
        told = {"error": f"{type(error).__name__}: {words[0] if words else ''}"}
    answer.write(json.dumps(told) + "\n")
    answer.flush()
    # Threads that the settings started do not keep us.
    os._exit(0)


if __name__ == "__main__":
    # In the place of this directory, where our modules would stand before the project's, the one above.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    _main()
