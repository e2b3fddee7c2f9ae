"""What trust rests on and others keep: DID documents, wallets, status lists and the like.

All of it is asked for through here, so that what cannot be had now is told apart from what is
wrong: the first delays and is an `UnreachableError`, whoever is in the way. What could not be had
is remembered, bounded, until it can be had again, for `faifo show` and `faifo doctor`.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Mapping
from datetime import datetime, timedelta

from faifo import clock
from faifo.api.node import Lacking, What
from faifo.bounded import Bounded
from faifo.errors import UnreachableError
from faifo.node.delivery.peer_answer import PeerAnswer
from faifo.node.outward.outgoing import Outgoing
from faifo.phrases import Phrase

log = logging.getLogger("faifo.trust")

LIMIT = 200
# Nobody has asked for it since: whether it can be had is not known any more.
FORGOTTEN = timedelta(days=1)
# What a server or proxy answers that cannot just now; RFC 9110 §15.5.9 and §15.6, RFC 6585 §4.
BUSY = frozenset({408, 425, 429})


# How large each may be: whoever is asked, a caller whom nobody has met has named it.
LARGEST = {
    What.DOCUMENT: 64 * 1024,
    What.WALLET: 512 * 1024,
    What.STATUS: 4 * 1024 * 1024,
    What.RECOGNITION: 512 * 1024,
    What.SCHEMA: 64 * 1024,
}

# An authority may give out its lists unsigned to who does not ask for a JWT. What it calls one with
# an embedded proof differs, and some answer 406 where their name for it is not among those asked.
ACCEPT = {What.STATUS: {"Accept": "application/jwt, application/vc+jwt, */*;q=0.5"}}


class Sources:
    """The calls, and what came of them."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing
        self._lacking: dict[tuple[What, str], Lacking] = {}
        self._fine = Bounded[tuple[What, str], datetime](LIMIT * 5)

    async def get(self, what: What, url: str, *, who: str, named: str | None = None) -> PeerAnswer:
        """GET what `who` answers for; `named` is what errors call it.

        Raises:
            UnreachableError: it cannot be had now.
            RefusedError, PeerError: it must not be asked for, or is too large.
        """
        named = named or who
        call = self._outgoing.get(url, who=named, headers=ACCEPT.get(what), limit=LARGEST[what])
        return await self._noted(what, url, who, named, call)

    async def post(
        self,
        what: What,
        url: str,
        body: bytes,
        *,
        who: str,
        named: str,
        headers: Mapping[str, str],
    ) -> PeerAnswer:
        """POST JSON; raises as `get`."""
        call = self._outgoing.post(url, body, who=named, headers=headers, limit=LARGEST[what])
        return await self._noted(what, url, who, named, call)

    def lacking(self) -> tuple[Lacking, ...]:
        """Return what could not be had when it was last asked for, the longest first."""
        now = clock.now()
        recent = [one for one in self._lacking.values() if now - one.last < FORGOTTEN]
        return tuple(sorted(recent, key=lambda one: one.since))

    async def _noted(
        self, what: What, url: str, who: str, named: str, call: Awaitable[PeerAnswer]
    ) -> PeerAnswer:
        try:
            answer = _had(await call, url, named)
        except UnreachableError as error:
            self._failed(what, url, who, str(error.reason))
            raise
        self._worked(what, url, who)
        return answer

    def _worked(self, what: What, url: str, who: str) -> None:
        key, now = (what, url), clock.now()
        known = self._lacking.pop(key, None)
        if known:
            log.info("the %s of %s can be had again, after %s", what, who, now - known.since)
        self._fine[key] = now

    def _failed(self, what: What, url: str, who: str, why: str) -> None:
        key, now = (what, url), clock.now()
        known = self._lacking.get(key)
        if known is None:
            log.warning("the %s of %s at %s cannot be had now: %s", what, who, url, why)
            if len(self._lacking) >= LIMIT:
                self._make_room()
        self._lacking[key] = Lacking(
            what=what,
            who=who,
            address=url[:1000],
            since=known.since if known else now,
            last=now,
            attempts=known.attempts + 1 if known else 1,
            why=why[:500],
            fine=self._fine.get(key),
        )

    def _make_room(self) -> None:
        """Forget one: what never could be had before what could; strangers make up the first."""
        never = (key for key, one in self._lacking.items() if one.fine is None)
        del self._lacking[next(never, next(iter(self._lacking)))]


def _had(answer: PeerAnswer, url: str, named: str) -> PeerAnswer:
    if answer.status >= 500 or answer.status in BUSY:
        it = Phrase("errors.told.it") if url in named else url
        raise UnreachableError(
            who=named, reason=Phrase("errors.told.answered.status", url=it, status=answer.status)
        )
    return answer
