"""From an app specifier to the app: `wsgi`, `project.wsgi:application`, `wsgi.py`, `wsgi:create_app()`."""

from __future__ import annotations

import os
import re
import sys
from types import ModuleType
from typing import Any, Optional, Tuple

from .app_error import AppError, error_text

USUAL_CALLABLES = ("application", "app")
_SPECIFIER = re.compile(r"(.+?)(?::([A-Za-z_][\w.]*(?:\(\))?))?", re.DOTALL)
_SHOWN = 10
_CO_COROUTINE = 0x80 | 0x200


def load_app(specifier: str, callable_name: Optional[str]) -> Any:
    """
    :param callable_name: for a specifier that names none; None: `application`, else `app`, as Flask's are.
    :raises AppError: saying what is wrong and what would be right.
    """
    match = _SPECIFIER.fullmatch(specifier)
    if match is None:
        raise AppError("APP_NOT_FOUND", "Cannot load the app: its module has no name")
    module = load_module(match.group(1))
    wanted = match.group(2) or callable_name or _usual_callable(module)
    return _find(module, match.group(1), wanted)


def _usual_callable(module: ModuleType) -> str:
    return next((name for name in USUAL_CALLABLES if hasattr(module, name)), USUAL_CALLABLES[0])


def load_module(name: str) -> ModuleType:
    """A module by its dotted name, or by the path of its file. :raises AppError:"""
    try:
        return _load_file(name) if name.endswith(".py") or os.sep in name else _import(name)
    except AppError:
        raise
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(error.name + ".")):
            raise AppError("APP_NOT_FOUND", _no_module(name, error.name)) from error
        raise AppError("APP_NOT_FOUND", _failed(name, error)) from error
    except SyntaxError as error:
        raise AppError("APP_SYNTAX", _failed(name, error)) from error
    # An app that exits while it is imported must not take the worker with it unheard.
    except BaseException as error:
        raise AppError("APP_THREW", _failed(name, error)) from error


def _import(name: str) -> ModuleType:
    # Not importlib.import_module: Python leaves the frames of an import statement alone out of tracebacks.
    __import__(name)
    return sys.modules[name]


def _load_file(file: str) -> ModuleType:
    path = os.path.abspath(file)
    if not os.path.isfile(path):
        raise AppError("APP_NOT_FOUND", f"Cannot load {file}: there is no such file in {os.getcwd()}")
    name, name_found = _module_name(path)
    if name_found:
        return _import(name)
    from importlib.machinery import SourceFileLoader
    from importlib.util import module_from_spec, spec_from_loader

    spec = spec_from_loader(name, SourceFileLoader(name, path))
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _module_name(path: str) -> Tuple[str, bool]:
    """The name to load a file under, and whether an import of that name finds this very file.

    Then it is imported, so that a module which imports it back does not load it twice.
    """
    from importlib.machinery import PathFinder

    stem = os.path.splitext(os.path.basename(path))[0]
    if stem.isidentifier() and stem not in sys.modules:
        spec = PathFinder.find_spec(stem)
        if (
            spec is not None
            and spec.origin is not None
            and os.path.realpath(spec.origin) == os.path.realpath(path)
        ):
            return stem, True
    return "wsgi_file_" + re.sub(r"\W", "_", stem), False


def _find(module: ModuleType, name: str, wanted: str) -> Any:
    call = wanted.endswith("()")
    found: Any = module
    for part in wanted.rstrip("()").split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise AppError("APP_NO_EXPORT", _no_callable(module, name, wanted)) from None
    if call:
        try:
            found = found()
        except BaseException as error:
            raise AppError("APP_THREW", f"{name}:{wanted} failed:\n{error_text(error)}") from error
    if not callable(found):
        raise AppError(
            "APP_NOT_CALLABLE",
            f'Cannot use "{wanted}" of {name}: expected a WSGI app, which can be called:'
            f" got {type(found).__name__}",
        )
    if _is_coroutine(found):
        raise AppError(
            "APP_NOT_CALLABLE",
            f'Cannot use "{wanted}" of {name}: it is an ASGI app (async), expected a WSGI app',
        )
    return found


def _is_coroutine(app: Any) -> bool:
    function = app if hasattr(app, "__code__") else getattr(type(app), "__call__", None)
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return code is not None and bool(code.co_flags & _CO_COROUTINE)


def _no_callable(module: ModuleType, name: str, wanted: str) -> str:
    text = f'Cannot use "{wanted}" of {name}: it has no such name'
    values = {
        key: value
        for key, value in vars(module).items()
        if not key.startswith("_") and callable(value) and not isinstance(value, type)
    }
    own = {k: v for k, v in values.items() if getattr(v, "__module__", module.__name__) == module.__name__}
    # What is neither function nor class is an app more likely than not.
    objects = {k: v for k, v in values.items() if not hasattr(v, "__code__") and not hasattr(v, "__self__")}
    shown = {**objects, **own}
    if not shown:
        return f"{text}, and nothing that can be called"
    listed = ", ".join(f"{key} ({type(value).__name__})" for key, value in list(shown.items())[:_SHOWN])
    only = (
        next(iter(objects if len(objects) == 1 else own), "") if len(objects) == 1 or len(shown) == 1 else ""
    )
    return f"{text}. It has: {listed}" + (f"\nSay: callable = {only}" if only else "")


def _no_module(name: str, missing: str) -> str:
    places = "\n".join(f"  {place or os.getcwd()}" for place in sys.path)
    what = f"there is no module {missing!r}" if missing != name else "there is no such module"
    return f"Cannot load the module {name!r}: {what} in\n{places}"


def _failed(name: str, error: BaseException) -> str:
    return f"Cannot load {name!r}:\n{error_text(error)}"
