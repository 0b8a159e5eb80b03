"""The app as workers serve it: with what is mounted and its static files, or what stands in its place."""

from __future__ import annotations

import gc
from typing import Any, Callable, List, Optional, Tuple, Union

from . import import_path
from .app_error import AppError
from .channel import Message
from .config import Config, ConfigError
from .exchange import App, Chooser
from .loader import load_app
from .log import Log
from .mounts import chooser, normal_prefix
from .own_apps import failed_app, kind_of, not_found


class LoadFailed(Exception):
    """There is nothing to serve; the master was told why."""


class Loaded:
    def __init__(self, app: App, choose: Optional[Chooser], kind: str, cause: Optional[BaseException] = None) -> None:
        """
        :param choose: finds the app of a request, where there are several.
        :param kind: for the log, "WSGI (Flask)".
        :param cause: why an error page stands in the app's place.
        """
        self.app = app
        self.choose = choose
        self.kind = kind
        self.cause = cause


def load(config: Config, tell: Callable[[Message], None], log: Log) -> Loaded:
    """Makes the process the app's and loads it.

    :param tell: takes a message for the master.
    :raises LoadFailed:
    """
    try:
        loaded = _load(config)
    except (AppError, ConfigError) as error:
        loaded = _in_its_place(config, error, tell, log)
    if config.static_map or config.static_map2 or config.check_static:
        from .static_files import with_static
        from .static_path import StaticPaths

        app = with_static(StaticPaths(config), loaded.app, loaded.choose)
        loaded = Loaded(app, None, loaded.kind, loaded.cause)
    if config.watch_files:
        # Before anybody forks: what is imported here is imported once.
        from . import project_files as _
    gc.collect()
    # What is loaded stays: the collector need not look at it again.
    gc.freeze()
    return loaded


def _load(config: Config) -> Loaded:
    import_path.prepare(config)
    specifier = config.wsgi_file or config.module
    if specifier is None and not config.mounts:
        raise AppError("APP_NOT_FOUND", "Cannot load the app: neither module nor wsgi-file is set")
    default: Any = load_app(specifier, config.callable) if specifier is not None else not_found
    mounts: List[Tuple[str, App]] = []
    for prefix, mounted in config.mounts:
        app = load_app(mounted, config.callable)
        if normal_prefix(prefix):
            mounts.append((normal_prefix(prefix), app))
        else:
            default = app
    if not mounts:
        return Loaded(default, None, kind_of(default))
    kinds = dict.fromkeys(kind_of(app) for _, app in [("", default), *mounts] if app is not not_found)
    return Loaded(default, chooser(mounts, default, config.manage_script_name), ", ".join(kinds))


def _in_its_place(
    config: Config, error: Union[AppError, ConfigError], tell: Callable[[Message], None], log: Log
) -> Loaded:
    if config.dev or config.need_app:
        tell({"type": "failed", "code": error.code, "message": str(error)})
    else:
        log.error(str(error))
    if config.need_app and not config.dev:
        raise LoadFailed from error
    return Loaded(failed_app(error.__cause__ or error, config.dev), None, "error page", error.__cause__)
