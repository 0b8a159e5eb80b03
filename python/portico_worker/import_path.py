"""Where the app's modules are found: chdir, pythonpath, a virtual environment."""

from __future__ import annotations

import os
import sys

from .config import Config, ConfigError


def prepare(config: Config) -> None:
    """Makes the process the app's: working directory, sys.path, sys.argv.

    :raises ConfigError: where a directory is not there.
    """
    try:
        os.chdir(config.chdir)
    except OSError as error:
        raise ConfigError(f"Cannot use chdir {config.chdir!r}: {error.strerror}") from None
    if config.virtualenv is not None:
        _enter(config.virtualenv)
    # The working directory first, as for `python hello.py` there; pythonpath before it, as in uWSGI.
    for directory in (os.getcwd(), *reversed(config.pythonpath)):
        sys.path.insert(0, os.path.abspath(directory))
    sys.argv = ["portico", *config.pyargv]


def _enter(home: str) -> None:
    """Uses the packages of a virtual environment; where its own interpreter runs, they are here."""
    home = os.path.abspath(home)
    if os.path.realpath(sys.prefix) == os.path.realpath(home):
        return
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    packages = os.path.join(home, "lib", version, "site-packages")
    if not os.path.isdir(packages):
        raise ConfigError(
            f"Cannot use the virtual environment {home}: it has no lib/{version}/site-packages"
            f" for the {version} that runs ({sys.executable})"
        )
    import site

    before = list(sys.path)
    site.addsitedir(packages)
    # Its packages come before the system's, and the standard library before both.
    added = [place for place in sys.path if place not in before]
    at = next((i for i, place in enumerate(before) if place.endswith("-packages")), len(before))
    sys.path[:] = [*before[:at], *added, *before[at:]]
    sys.prefix = sys.exec_prefix = home
    os.environ["VIRTUAL_ENV"] = home
