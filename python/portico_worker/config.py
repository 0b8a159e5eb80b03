"""What the worker is to do, as the master's `start` says it. python/README.md has the table."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Tuple


class ConfigError(Exception):
    """A setting that cannot be used; the text names it, its value and what was wanted."""

    code = "CONFIG"


class Config:
    """Attributes are the JSON names in snake_case. What the master leaves out, or null, has its default."""

    chdir: str
    module: Optional[str]
    wsgi_file: Optional[str]
    callable: Optional[str]
    pythonpath: List[str]
    virtualenv: Optional[str]
    pyargv: List[str]
    mounts: List[Tuple[str, str]]
    manage_script_name: bool
    need_app: bool
    processes: int
    threads: int
    max_requests: int
    max_requests_delta: int
    max_worker_lifetime: float
    reload_on_rss: int
    harakiri: float
    catch_exceptions: bool
    post_buffering: int
    file_wrapper: bool
    dev: bool
    watch_files: bool
    log_requests: bool
    buffer_size: int
    limit_post: int
    trusted_peers: List[str]
    static_map: List[Tuple[str, str]]
    static_map2: List[Tuple[str, str]]
    check_static: List[str]
    static_index: List[str]
    static_safe: List[str]
    static_skip_ext: List[str]

    def __init__(self, raw: Dict[str, Any]) -> None:
        for name, (check, default) in _FIELDS.items():
            value = raw.get(name)
            setattr(self, _snake(name), check(name, value) if value is not None else _fresh(default))


Check = Callable[[str, Any], Any]


def _refuse(name: str, value: Any, wanted: str) -> ConfigError:
    return ConfigError(f"Cannot use config.{name}: expected {wanted}: got {value!r}")


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _refuse(name, value, "a string")
    return value


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _refuse(name, value, "true or false")
    return value


def _texts(name: str, value: Any) -> List[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _refuse(name, value, "a list of strings")
    return value


def _whole(least: int) -> Check:
    def check(name: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise _refuse(name, value, f"a whole number, {least} or more")
        return value

    return check


def _seconds(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e9:
        raise _refuse(name, value, "seconds, 0 or more")
    return float(value)


def _pairs(second: str) -> Check:
    def check(name: str, value: Any) -> List[Tuple[str, str]]:
        if not isinstance(value, list):
            raise _refuse(name, value, f"a list of [prefix, {second}]")
        for pair in value:
            texts = isinstance(pair, list) and all(isinstance(item, str) for item in pair)
            if not texts or len(pair) != 2:
                raise _refuse(name, pair, f"[prefix, {second}], both strings")
        return [(prefix, other) for prefix, other in value]

    return check


_FIELDS: Dict[str, Tuple[Check, Any]] = {
    "chdir": (_text, "."),
    "module": (_text, None),
    "wsgiFile": (_text, None),
    "callable": (_text, None),
    "pythonpath": (_texts, []),
    "virtualenv": (_text, None),
    "pyargv": (_texts, []),
    "mounts": (_pairs("module"), []),
    "manageScriptName": (_flag, False),
    "needApp": (_flag, True),
    "processes": (_whole(1), 1),
    "threads": (_whole(1), 1),
    "maxRequests": (_whole(0), 0),
    "maxRequestsDelta": (_whole(0), 0),
    "maxWorkerLifetime": (_seconds, 0.0),
    "reloadOnRss": (_whole(0), 0),
    "harakiri": (_seconds, 0.0),
    "catchExceptions": (_flag, False),
    "postBuffering": (_whole(0), 0),
    "fileWrapper": (_flag, True),
    "dev": (_flag, False),
    "watchFiles": (_flag, False),
    "logRequests": (_flag, True),
    "bufferSize": (_whole(1), 32768),
    "limitPost": (_whole(0), 0),
    "trustedPeers": (_texts, []),
    "staticMap": (_pairs("directory or file"), []),
    "staticMap2": (_pairs("directory"), []),
    "checkStatic": (_texts, []),
    "staticIndex": (_texts, []),
    "staticSafe": (_texts, []),
    "staticSkipExt": (_texts, []),
}


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def _fresh(default: Any) -> Any:
    return list(default) if isinstance(default, list) else default
