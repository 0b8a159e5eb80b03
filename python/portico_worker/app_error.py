"""What kept an app from being loaded, and errors as text for people."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Optional

#: Where our own frames are.
HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep


class AppError(Exception):
    """The message is for people and says what to do.

    `code` is that of the node side's loader: APP_NOT_FOUND (the module, or one that it imports, is not
    there), APP_NO_EXPORT (it has no such callable), APP_NOT_CALLABLE, APP_THREW, APP_SYNTAX.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def error_text(error: BaseException) -> str:
    """As Python prints it, without our own frames in front of the app's."""
    # An app that never fails need not carry it.
    import traceback

    first = app_frames(error.__traceback__)
    if first is None and not isinstance(error, SyntaxError):
        # Without a frame of the app's, ours are all there is to see.
        first = error.__traceback__
    return "".join(traceback.format_exception(type(error), error, first)).rstrip()


def app_frames(frames: Optional[TracebackType]) -> Optional[TracebackType]:
    """The traceback from the first frame that is not ours."""
    while frames is not None and frames.tb_frame.f_code.co_filename.startswith(HERE):
        frames = frames.tb_next
    return frames
