"""Which files of the project are loaded, for a master that reloads when one changes."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Callable, List, Optional, Set

from .app_error import HERE


def project_files(failure: Optional[BaseException]) -> Callable[[], List[str]]:
    """Each call tells the files that are new: modules outside of Python and its packages.

    :param failure: what kept the app from being loaded; the files it names are told too.
    """
    told: Set[str] = set()

    def fresh() -> List[str]:
        files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
        if failure is not None:
            files |= _named(failure)
        new = sorted({file for file in files if file and _is_of_project(file)} - told)
        told.update(new)
        return new

    return fresh


def _named(error: Optional[BaseException]) -> Set[Optional[str]]:
    files: Set[Optional[str]] = set()
    while error is not None:
        files.update(frame.filename for frame in traceback.extract_tb(error.__traceback__))
        if isinstance(error, SyntaxError):
            files.add(error.filename)
        error = error.__cause__ or error.__context__
    return files


def _is_of_project(file: str) -> bool:
    return (
        file.endswith(".py")
        and os.path.isabs(file)
        and not file.startswith(HERE)
        and not any(
            part in file for part in (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
        )
        and not file.startswith(os.path.dirname(os.__file__) + os.sep)
    )
