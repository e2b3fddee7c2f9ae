"""Who may see the node's page: a link opens it once, a cookie keeps it open for a working day.

Kept are SHA-256 alone, in memory: a restart closes every page. The cookie cannot be read by a
script and is never sent when another site leads here (SameSite=Strict). A browser gives one host's
cookies to all of its ports, so its name has the port: two nodes on one machine do not log each
other out.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final

from faifo import clock, ids
from faifo.bounded import Bounded

LINK: Final = timedelta(hours=1)
SESSION: Final = timedelta(hours=12)
MOST: Final = 100


class Sessions:
    """Links and sessions; of each no more than `MOST`, the oldest go first."""

    def __init__(self) -> None:
        self._links = Bounded[bytes, datetime](MOST)
        self._open = Bounded[bytes, datetime](MOST)

    def link(self) -> tuple[str, datetime]:
        """Return a token that opens a session once, and until when."""
        return _new(self._links, LINK)

    def log_in(self, token: str) -> str | None:
        """Return a new session for a token, which is used up by that; None if it is not good."""
        until = self._links.pop(_digest(token), None)
        if until is None or clock.now() >= until:
            return None
        return _new(self._open, SESSION)[0]

    def knows(self, session: str) -> bool:
        """Tell whether a session is open."""
        until = self._open.get(_digest(session))
        return until is not None and clock.now() < until

    def log_out(self, session: str) -> None:
        """Close a session."""
        self._open.pop(_digest(session), None)


def _new(kept: Bounded[bytes, datetime], span: timedelta) -> tuple[str, datetime]:
    secret, until = ids.new_secret(), clock.now() + span
    kept[_digest(secret)] = until
    return secret, until


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
