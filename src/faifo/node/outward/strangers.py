"""How much a caller whom nobody here has met may make this node ask others.

Anybody can write a DID and an address of his choosing into a token. So what is asked for on his
behalf is bounded: in a minute, in a minute at one host, and at one time; beyond that he is told to
come later. Whom this node has met is not counted, and a flood of strangers does not lock him out:
a partner of the trust file, the other side of a process or agreement, a member, an issuer.
"""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from faifo import clock
from faifo.bounded import Bounded
from faifo.dataplane.names import of_a_stranger
from faifo.errors import BusyError, FaifoError, StorageError, UnreachableError
from faifo.node.custody.trust_file import TrustFile
from faifo.node.outward.remembered import Failures
from faifo.node.outward.resolver import WebResolver
from faifo.phrases import Phrase
from faifo.store.contract import Store, Transaction
from faifo.store.records import Standing
from faifo.trust.did import DidDocument, did_web_url

log = logging.getLogger("faifo.callers")

MINUTE = 60.0
HOSTS = 10_000
MET = 10_000


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for strangers at most: in a minute, of those at one host, and at one time."""

    per_minute: int
    per_host: int
    at_once: int


class Bucket:
    """Gives `size` places, and a new one every `size`-th of a minute."""

    __slots__ = ("_left", "_seen", "_size")

    def __init__(self, size: int) -> None:
        self._size = size
        self._left = float(size)
        self._seen = clock.monotonic()

    def wait(self) -> float:
        """Return how many seconds there is no place; 0 if there is one."""
        now = clock.monotonic()
        gained = (now - self._seen) * self._size / MINUTE
        self._left, self._seen = min(self._left + gained, float(self._size)), now
        return 0.0 if self._left >= 1 else (1 - self._left) * MINUTE / self._size

    def take(self) -> None:
        self._left -= 1


class Strangers:
    """The places for strangers of one node. `known` tells whether a DID is of one it has met."""

    def __init__(self, limits: Limits, *, known: Callable[[str], Awaitable[bool]]) -> None:
        self._limits = limits
        self._known = known
        self._met = Bounded[str, None](MET)
        self._all = Bucket(limits.per_minute)
        self._hosts = Bounded[str, Bucket](HOSTS)
        self._now = 0

    def met(self, did: str) -> None:
        """Count `did` no more: it has proven what this node asks for."""
        self._met[did] = None

    async def told(self, did: str, error: FaifoError) -> FaifoError:
        """Return what a caller in the name of `did` hears of what could not be fetched.

        Who has not been met hears the same whatever it was, else he could look through this node's
        eyes: where a name leads to, which port is open, what stands there. The log has the rest.
        """
        if isinstance(error, (BusyError, StorageError)) or await self._has_met(did):
            return error
        log.info("what a caller named cannot be had: %s", error)
        return not_had()

    async def _has_met(self, did: str) -> bool:
        if did not in self._met and await self._known(did):
            self.met(did)
        return did in self._met

    @contextlib.asynccontextmanager
    async def asking(self, did: str, url: str) -> AsyncIterator[None]:
        """Hold a place while `url` is asked because of a call in the name of `did`.

        Raises:
            BusyError: there is none; nobody is asked.
        """
        if await self._has_met(did):
            yield
        else:
            self._take(urlsplit(url).hostname or "")
            self._now += 1
            token = of_a_stranger.set(True)
            try:
                yield
            finally:
                of_a_stranger.reset(token)
                self._now -= 1

    def _take(self, host: str) -> None:
        limits = self._limits
        if self._now >= limits.at_once:
            raise BusyError(what=Phrase("errors.told.strangers", callers=limits.at_once), seconds=1)
        bucket = self._hosts.get(host)
        if bucket is None:
            bucket = self._hosts[host] = Bucket(limits.per_host)
        for each, size, where in (
            (bucket, limits.per_host, "of-host"),
            (self._all, limits.per_minute, "a-minute"),
        ):
            wait = each.wait()
            if wait:
                what = Phrase(f"errors.told.callers.{where}", callers=size, host=host)
                raise BusyError(what=what, seconds=math.ceil(wait))
        bucket.take()
        self._all.take()


class CallersResolver:
    """The resolver for callers who are not proven yet: bounded, and with a memory of failures."""

    def __init__(
        self, resolver: WebResolver, strangers: Strangers, *, allow_http: bool, pause: timedelta
    ) -> None:
        self._resolver = resolver
        self._strangers = strangers
        self._allow_http = allow_http
        self._failures = Failures(pause)

    async def resolve(
        self, did: str, *, fresh: bool = False, since: datetime | None = None
    ) -> DidDocument:
        """Return the document of `did`; see `Resolver`.

        Raises:
            BusyError: too many strangers call.
        """
        try:
            return await self._resolve(did, fresh=fresh, since=since)
        except FaifoError as error:
            raise await self._strangers.told(did, error) from None

    async def _resolve(self, did: str, *, fresh: bool, since: datetime | None) -> DidDocument:
        if self._resolver.at_hand(did, fresh=fresh):
            return await self._resolver.resolve(did, fresh=fresh, since=since)
        self._failures.recall(did)
        url = did_web_url(did, allow_http=self._allow_http)
        async with self._strangers.asking(did, url):
            try:
                return await self._resolver.resolve(did, fresh=fresh, since=since)
            except FaifoError as error:
                self._failures.keep(did, error)
                raise


def not_had() -> UnreachableError:
    """Return what a caller hears of whatever cannot be had of what it named."""
    return UnreachableError(
        who=Phrase("errors.told.callers.what-was-named"),
        reason=Phrase("errors.told.callers.in-the-log"),
    )


def books(store: Store, trust: TrustFile) -> Callable[[str], Awaitable[bool]]:
    """Return what tells from this node's files and books whether it has met a DID."""

    async def known(did: str) -> bool:
        if trust.get(did) or any(issuer.did == did for issuer in trust.issuers()):
            return True

        async def look(tx: Transaction) -> bool:
            member = await tx.members.get(did)
            if member and member.status not in (Standing.APPLIED, Standing.REFUSED):
                return True
            return bool(
                await tx.negotiations.first(peer=did)
                or await tx.agreements.first(provider=did)
                or await tx.agreements.first(consumer=did)
                or await tx.credentials.first(issuer=did)
            )

        return await store.read(look)

    return known
