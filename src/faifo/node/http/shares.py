"""Fair shares: what one partner wants never keeps another waiting for more than its turn.

Requests of partners are worked on `places` at a time. When all are taken, partners wait in turn,
each with his own line, and who has nothing under way is served before those who have: a partner's
one flow beside sixty busy ones goes on. How many may wait, and come in a second, is bounded for
each; beyond that the answer is 429 with a time to come again.
"""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import partial
from typing import Any, Final

from faifo import clock
from faifo.dataplane.gate import AccessDenied, AccessRequest, Gate, Grant
from faifo.errors import BusyError
from faifo.node.membership.authentication import Authenticator, Participant
from faifo.node.settings.model import SharesSettings
from faifo.phrases import Phrase

App = Callable[[Any, Any, Any], Awaitable[None]]

REMEMBERED: Final = 10_000
_WITHOUT_BODY: Final = frozenset({"GET", "HEAD"})


class _UnderWay:
    """A request under way: whether its body has come, and what is given back at its end."""

    def __init__(self, *, complete: bool) -> None:
        self.complete = complete
        self.enter: Callable[[], Awaitable[None]] | None = None
        self.leaving: list[Callable[[], None]] = []


_under_way: ContextVar[_UnderWay | None] = ContextVar("faifo-under-way", default=None)
"""None: what this node does by itself, as it pushes; that has no share."""


class Rates:
    """How much each may do in a second; twice that at once after a pause."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, who: str) -> float:
        """Take one of `who`; return how many seconds there is none, 0 if it was there."""
        now, most = clock.monotonic(), 2.0 * self._per_second
        left, seen = self._left.pop(who, (most, now))
        left = min(most, left + (now - seen) * self._per_second)
        wait = 0.0 if left >= 1 else (1 - left) / self._per_second
        self._left[who] = (left if wait else left - 1, now)
        if len(self._left) > REMEMBERED:
            self._left.popitem(last=False)
        return wait


class Turns:
    """`places` for all, taken in turn; no more than `waiting` of one wait."""

    def __init__(self, *, places: int, waiting: int) -> None:
        self._free = places
        self._waiting = waiting
        self._lines: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._working: dict[str, int] = {}

    async def enter(self, who: str) -> None:
        """Wait for a place.

        Raises:
            BusyError: too many of `who` wait.
        """
        if self._free > 0:
            self._free -= 1
        else:
            await self._in_line(who)
        self._working[who] = self._working.get(who, 0) + 1

    def leave(self, who: str) -> None:
        """Give back the place of `who`, to whose turn it is."""
        left = self._working.pop(who) - 1
        if left:
            self._working[who] = left
        self._give()

    async def _in_line(self, who: str) -> None:
        line = self._lines.get(who)
        if line is None:
            line = self._lines[who] = deque()
            if who not in self._working:
                self._lines.move_to_end(who, last=False)
        elif len(line) >= self._waiting:
            raise _busy("requests", self._waiting, 1)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            # Who has gone gives his turn on, and his place if he had it already.
            if turn.done() and not turn.cancelled():
                self._give()
            raise

    def _give(self) -> None:
        while self._lines:
            who, line = self._lines.popitem(last=False)
            turn = line.popleft()
            if line:
                self._lines[who] = line
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class Shares:
    """The shares of one node: of requests by the protocol, and of accesses to data."""

    def __init__(self, settings: SharesSettings) -> None:
        self._settings = settings
        self._rates = Rates(settings.requests_per_second)
        self._turns = Turns(places=settings.places, waiting=settings.waiting)
        self._accesses: dict[str, int] = {}

    def around(self, app: App) -> App:
        """Return `app`; what a request of it has taken is given back when it has ended."""

        async def shared(scope: Any, receive: Any, send: Any) -> None:
            one = _UnderWay(complete=scope.get("method") in _WITHOUT_BODY)

            async def whole() -> Any:
                message = await receive()
                one.complete = one.complete or not message.get("more_body")
                if one.complete and one.enter:
                    enter, one.enter = one.enter, None
                    await enter()
                return message

            token = _under_way.set(one)
            try:
                await app(scope, receive if one.complete else whole, send)
            finally:
                _under_way.reset(token)
                for leave in one.leaving:
                    leave()

        return shared

    async def request(self, did: str) -> None:
        """Take a place for the request that is under way, once its body has come.

        Raises:
            BusyError: `did` has had its share.
        """
        one = _under_way.get()
        if one is None:
            return
        wait = self._rates.take(did)
        if wait:
            raise _busy("in-a-second", self._settings.requests_per_second, math.ceil(wait))

        async def enter() -> None:
            await self._turns.enter(did)
            one.leaving.append(partial(self._turns.leave, did))

        if one.complete:
            await enter()
        else:
            # Who sends slowly keeps no place meanwhile.
            one.enter = enter

    def access(self, did: str) -> None:
        """Count an access that is under way; raises BusyError as `request`."""
        one = _under_way.get()
        if one is None:
            return
        count, limit = self._accesses.get(did, 0), self._settings.accesses
        if count >= limit:
            raise _busy("accesses", limit, 1)
        self._accesses[did] = count + 1
        one.leaving.append(partial(self._left, did))

    def _left(self, did: str) -> None:
        count = self._accesses.pop(did) - 1
        if count:
            self._accesses[did] = count


class SharingAuthenticator:
    """An authenticator that lets a proven caller wait for his turn."""

    def __init__(self, inner: Authenticator, shares: Shares) -> None:
        self._inner = inner
        self._shares = shares

    async def authenticate(self, authorization: str | None) -> Participant:
        participant = await self._inner.authenticate(authorization)
        await self._shares.request(participant.did)
        return participant


class SharingGate:
    """A gate that admits no more accesses of one partner at a time than its share."""

    def __init__(self, inner: Gate, shares: Shares) -> None:
        self._inner = inner
        self._shares = shares

    async def admit(self, request: AccessRequest) -> Grant:
        grant = await self._inner.admit(request)
        try:
            self._shares.access(grant.consumer)
        except BusyError as busy:
            told = Phrase("errors.busy", what=busy.what, seconds=busy.seconds)
            raise AccessDenied(
                status=429, code=busy.code, reasons=(told,), again=busy.seconds
            ) from None
        return grant


def _busy(what: str, limit: int, seconds: int) -> BusyError:
    return BusyError(what=Phrase(f"errors.told.shares.{what}", limit=limit), seconds=seconds)
