"""What follows a site's lead in a packet: the header fields. A client sends the same ones again and again, so
what was met before is not read anew.
"""

from __future__ import annotations

from itertools import islice
from typing import Any, Callable, Dict, Optional

#: Rests kept; then all are forgotten, and those in use are soon met again.
_MOST = 32
#: Characters; a longer one is likely to be of one request alone.
_LONGEST = 1024
#: How many that were met once can be told apart.
_PLACES = 256
#: Kept for nobody longer than his request.
_SECRETS = frozenset(("HTTP_AUTHORIZATION", "HTTP_COOKIE", "HTTP_PROXY_AUTHORIZATION"))


class Rests:
    """Of one lead. Threads share it without a lock: what is kept never changes."""

    def __init__(self) -> None:
        self._kept: Dict[str, Dict[str, str]] = {}
        #: Hashes, each at the place that it names itself: one size, however many are met.
        self._met = [0] * _PLACES
        #: A rest's variables, where they are kept.
        self.find: Callable[[str], Optional[Dict[str, str]]] = self._kept.get

    def meet(self, rest: str, environ: Dict[str, Any], before: int) -> None:
        """Keeps it, where it came before: what somebody made up for one request is not kept.

        :param before: how many entries of `environ` came before the rest's.
        """
        mark = hash(rest)
        place = mark % _PLACES
        if self._met[place] != mark:
            self._met[place] = mark
            return
        if len(rest) > _LONGEST or not environ.keys().isdisjoint(_SECRETS):
            return
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[rest] = dict(islice(environ.items(), before, None))
