"""Who may see the console: a link or a passphrase opens it, a cookie keeps it open for a while.

Kept are SHA-256 alone, in memory: a restart closes every session, and so does logging out. The
cookie is made here at each login and signed, so that none can be fixed beforehand; a script cannot
read it, and it is never sent when another site leads here (SameSite=Strict). A browser gives one
host's cookies to all of its ports, so its name has the port: two nodes on one machine do not log
each other out.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeGuard

from faifo import clock, ids
from faifo.bounded import Bounded
from faifo.node.http.manage.keys import Holder

LINK: Final = timedelta(hours=1)
SESSION: Final = timedelta(hours=12)
CHALLENGE: Final = timedelta(minutes=10)
MOST: Final = 100


@dataclass(slots=True)
class Opened:
    """A link or a session: whose, until when, and in which language its pages are read.

    `by`: what of an account has opened it, which is looked up anew each time; None: a management
    key, whose digest `key` is, or who holds the directory.
    """

    holder: Holder
    until: datetime
    by: str | bytes | None = None
    key: bytes | None = None
    lang: str = ""


class Sessions:
    """Links and sessions; of each no more than `MOST`, the oldest go first.

    `digest`: of the key that a holder has now; what another one has opened is over.
    """

    def __init__(self, digest: Callable[[Holder], bytes | None]) -> None:
        self._digest = digest
        self._links = Bounded[bytes, Opened](MOST)
        self._open = Bounded[bytes, Opened](MOST)
        self._answered = Bounded[str, None](10 * MOST)
        self._key = ids.new_bytes(32)

    def link(self, holder: Holder) -> tuple[str, datetime]:
        """Return a token that opens a session once with `holder`'s rights, and until when."""
        token = ids.new_secret()
        opened = Opened(holder, clock.now() + LINK, key=self._digest(holder))
        self._links[_digest(token)] = opened
        return token, opened.until

    def log_in(self, token: str) -> str | None:
        """Return a new session for a token, which is used up by that; None if it is not good."""
        opened = self._links.pop(_digest(token), None)
        if not self._is_good(opened):
            return None
        return self._opened(replace(opened, until=clock.now() + SESSION))

    def open(self, holder: Holder, by: str | bytes) -> str:
        """Return a new session of a person, as it stands in a cookie."""
        return self._opened(Opened(holder, clock.now() + SESSION, by))

    def _opened(self, opened: Opened) -> str:
        secret = ids.new_secret()
        self._open[_digest(secret)] = opened
        return f"{secret}.{self._mark('session', secret)}"

    def find(self, cookie: str) -> Opened | None:
        """Return the session of a cookie, if it is open."""
        secret, _, mark = cookie.partition(".")
        if not hmac.compare_digest(mark.encode(), self._mark("session", secret).encode()):
            return None
        opened = self._open.get(_digest(secret))
        return opened if self._is_good(opened) else None

    def _is_good(self, opened: Opened | None) -> TypeGuard[Opened]:
        if opened is None or clock.now() >= opened.until:
            return False
        return opened.by is not None or opened.key == self._digest(opened.holder)

    def challenge(self) -> str:
        """Return what a passkey has to sign; it holds its own end, and nothing is kept for it."""
        text = f"{(clock.now() + CHALLENGE).timestamp():.0f}.{ids.new_secret()}"
        return f"{text}.{self._mark('challenge', text)}"

    def answers(self, challenge: str) -> bool:
        """Tell whether a challenge is of here, and not over; it is used up by that."""
        text, _, mark = challenge.rpartition(".")
        good = hmac.compare_digest(mark.encode(), self._mark("challenge", text).encode())
        if not good or challenge in self._answered:
            return False
        self._answered[challenge] = None
        return clock.now().timestamp() < int(text.partition(".")[0])

    def form_mark(self, cookie: str) -> str:
        """Return what a form of this session must bring with it."""
        return self._mark("form", cookie)

    def is_own(self, cookie: str, mark: str) -> bool:
        """Tell whether a form comes from a page of this session."""
        return hmac.compare_digest(mark.encode(), self.form_mark(cookie).encode())

    def log_out(self, cookie: str) -> None:
        """Close a session."""
        self._open.pop(_digest(cookie.partition(".")[0]), None)

    def _mark(self, what: str, text: str) -> str:
        message = f"{what}\n{text}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
