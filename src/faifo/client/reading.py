"""Parts of other people's data, read with the whole negotiation behind each.

One `Reader` is the way through one node. Of each thing that is read it keeps one agreement and one
transfer and uses them again; when the provider has closed the transfer or its token is over, a new
one is begun, once for everybody who waits. Every part is checked against its Content-Digest.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TypeVar

import msgspec

from faifo.api.catalog import Catalog
from faifo.api.problems import RENEWABLE, problem_code
from faifo.client.beginning import agreement_of, started
from faifo.client.client import PATIENCE, Client
from faifo.client.digests import mismatch, promised, read_sha256
from faifo.client.finding import Found
from faifo.client.transport import Answer, BrokenOffError
from faifo.errors import (
    ConflictError,
    FaifoError,
    NotProvenError,
    PeerError,
)
from faifo.phrases import Phrase

R = TypeVar("R")

ATTEMPTS_WITHOUT_PROGRESS = 3


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What is read: a dataset of a node, and what follows the endpoint's address, if anything."""

    node: str
    dataset: str
    path: str = ""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider says of the data. `size` is None where it is to be read as a whole."""

    size: int | None
    etag: str | None = None
    sha256: bytes | None = None
    media_type: str = ""
    modified: datetime | None = None


class Lease(msgspec.Struct, frozen=True):
    """A transfer that is open for us, and who serves it."""

    peer: str
    agreement: str
    transfer: str


class Reader:
    """Reads through one node. `find` says where it is; it may have been restarted since."""

    def __init__(
        self,
        find: Callable[[], Found],
        *,
        purpose: str | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._find = find
        self._purpose = purpose
        self._patience = patience
        self._found: Found | None = None
        self._client: Client | None = None
        self._leases: dict[tuple[str, str], Lease] = {}
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}
        self._begun: set[str] = set()

    async def catalog(self, node: str) -> Catalog:
        return await (await self._connected()).catalog(node)

    async def facts(self, place: Place) -> Facts:
        """Return what is known before anything is read."""
        return await self._leased(place, lambda lease: self._head(place, lease))

    async def part(self, place: Place, start: int, end: int, *, etag: str | None = None) -> bytes:
        """Return the bytes from `start` to before `end`.

        Raises:
            ConflictError: the data are others than those of `etag`.
            NotProvenError: the bytes are not what their digest promises.
        """
        got = bytearray()
        idle = 0

        async def go_on(lease: Lease) -> bytes:
            return await self._range(place, lease, start + len(got), end, etag)

        while len(got) < end - start:
            try:
                content = await self._leased(place, go_on)
            except BrokenOffError:
                idle += 1
                if idle >= ATTEMPTS_WITHOUT_PROGRESS:
                    raise
                continue
            if not content:
                raise BrokenOffError(who=place.node, reason=Phrase("errors.told.download.shorter"))
            got += content
            idle = 0
        return bytes(got)

    async def whole(self, place: Place) -> bytes:
        """Return all of it, proven by the digest that the provider promised, if any."""
        return await self._leased(place, lambda lease: self._all(place, lease))

    async def close(self) -> None:
        """Say of the transfers that were begun here that they are done, and close."""
        client, self._client = self._client, None
        if client is None:
            return
        for transfer in self._begun:
            with contextlib.suppress(FaifoError):
                await client.complete(transfer)
        self._begun.clear()
        self._leases.clear()
        await client.close()

    # ── one agreement and one transfer for all ───────────────────────────────────────────────

    async def _connected(self) -> Client:
        found = self._find()
        if self._client is None or found != self._found:
            if self._client is not None:
                await self._client.close()
            self._found, self._client = found, Client(found.url, found.key)
        return self._client

    async def _leased(self, place: Place, work: Callable[[Lease], Awaitable[R]]) -> R:
        """Return what `work` gives under a transfer that is open; a closed one is replaced."""
        lease = await self._lease(place, instead_of=None)
        for _ in range(2):
            try:
                return await work(lease)
            except (BrokenOffError, ChangedError):
                raise
            except FaifoError as error:
                if problem_code(error) not in {*RENEWABLE, "conflict"}:
                    raise
                lease = await self._lease(place, instead_of=lease)
        return await work(lease)

    async def _lease(self, place: Place, *, instead_of: Lease | None) -> Lease:
        key = (place.node, place.dataset)
        async with self._locks.setdefault(key, asyncio.Lock()):
            known = self._leases.get(key)
            if known is not None and known != instead_of:
                return known
            client = await self._connected()
            negotiate = partial(
                client.negotiate,
                place.node,
                place.dataset,
                purpose=self._purpose,
                patience=self._patience,
            )
            negotiation = await negotiate()
            agreement = agreement_of(negotiation)
            transfer = None
            if instead_of is None:
                transfer = await open_transfer(client, agreement)
            if transfer is None:
                start = partial(client.start_transfer, patience=self._patience)
                begun = await started(agreement, negotiate, start)
                transfer, agreement = begun.pid, begun.agreement or agreement
                self._begun.add(transfer)
            lease = Lease(negotiation.peer, agreement, transfer)
            self._leases[key] = lease
            return lease

    # ── requests ─────────────────────────────────────────────────────────────────────────────

    async def _head(self, place: Place, lease: Lease) -> Facts:
        client = await self._connected()
        async with client.call(lease.transfer, "HEAD", place.path) as answer:
            status = answer.status
            ranges = answer.headers.get("Accept-Ranges", "").lower() == "bytes"
            etag = _strong(answer)
            if status == 200:
                return Facts(
                    # Without a strong tag nobody can tell that two parts are of the same content.
                    size=answer.length if ranges and etag else None,
                    etag=etag,
                    sha256=promised(answer.headers, whole=True),
                    media_type=answer.headers.get("Content-Type", ""),
                    modified=_modified(answer),
                )
        if status in {405, 501}:
            return Facts(size=None)
        # A HEAD has no body that could say why; a GET has.
        async with client.call(lease.transfer, "GET", place.path) as answer:
            if answer.status == 200:
                return Facts(size=None)
            raise await answer.problem(lease.peer)

    async def _range(
        self, place: Place, lease: Lease, start: int, end: int, etag: str | None
    ) -> bytes:
        client = await self._connected()
        headers = {"Range": f"bytes={start}-{end - 1}"}
        async with client.call(lease.transfer, "GET", place.path, headers=headers) as answer:
            if answer.status in {200, 206} and etag and answer.headers.get("ETag", etag) != etag:
                raise ChangedError(dataset=place.dataset, peer=lease.peer)
            if answer.status == 206:
                span = answer.headers.get("Content-Range", "")
                if not span.startswith(f"bytes {start}-"):
                    asked = f"bytes={start}-{end - 1}"
                    reason = Phrase("errors.told.download.range", asked=asked, got=span or "-")
                    raise PeerError(who=lease.peer, status=206, reasons=(reason,))
                return _proven(await _content(answer, lease), answer.headers)
            if answer.status == 200:
                # It does not serve ranges, so the part is cut out here.
                content = _proven(await _content(answer, lease), answer.headers)
                return content[start:end]
            raise await answer.problem(lease.peer)

    async def _all(self, place: Place, lease: Lease) -> bytes:
        client = await self._connected()
        async with client.call(lease.transfer, "GET", place.path) as answer:
            if answer.status != 200:
                raise await answer.problem(lease.peer)
            content = await _content(answer, lease)
            check_sha256(promised(answer.headers, whole=True), hashlib.sha256(content).digest())
            return content


class ChangedError(ConflictError):
    """The data became others while they were read."""

    def __init__(self, *, dataset: str, peer: str) -> None:
        super().__init__(
            what=Phrase("errors.told.data.changed-meanwhile", dataset=dataset, peer=peer),
            advice=Phrase("errors.told.data.open-again"),
        )


async def open_transfer(client: Client, agreement: str) -> str | None:
    """Return a transfer of ours under `agreement` that is STARTED, if there is one."""
    narrowed = {"agreement": agreement, "role": "consumer", "state": "STARTED", "limit": "1"}
    async for known in client.transfers(**narrowed):
        return known.pid
    return None


def check_sha256(expected: bytes | None, digest: bytes) -> None:
    """Return if `digest` is the promised one, or nothing was promised.

    Raises:
        NotProvenError: it is another.
    """
    if why := mismatch(expected, digest):
        raise NotProvenError(step="SHA-256", reason=why)


def _proven(content: bytes, headers: Mapping[str, str]) -> bytes:
    expected = read_sha256(headers.get("Content-Digest"))
    if expected is not None:
        check_sha256(expected, hashlib.sha256(content).digest())
    return content


async def _content(answer: Answer, lease: Lease) -> bytes:
    content = await answer.read()
    if answer.length is not None and len(content) < answer.length:
        raise BrokenOffError(
            who=lease.peer,
            reason=Phrase("errors.told.download.part", size=len(content), total=answer.length),
        )
    return content


def _modified(answer: Answer) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers.get("Last-Modified", "")).astimezone(UTC)
    except ValueError:
        return None


def _strong(answer: Answer) -> str | None:
    etag = answer.headers.get("ETag", "")
    return etag if etag.startswith('"') else None
