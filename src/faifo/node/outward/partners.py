"""Other people's nodes: where they are, what they offer, and signed messages to them.

A node is named by its DID or by the URL of its root. What a URL leads to must agree with the DID
that its own document names, else somebody stands in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote, urljoin, urlsplit

import msgspec

from faifo import clock, ids
from faifo.api.processes import why_ended
from faifo.errors import (
    FaifoError,
    MalformedMessageError,
    NotAdmittedError,
    NotFoundError,
    NotProvenError,
    PeerError,
    RefusedError,
    UnreachableError,
)
from faifo.folding import composed
from faifo.messages.agreement_notice import EXTENSION
from faifo.messages.dsp_2025_1.catalog import CatalogRequestMessage, Dataset
from faifo.messages.dsp_2025_1.codec import write
from faifo.messages.dsp_2025_1.foreign_catalog import (
    ForeignCatalog,
    LeftOut,
    read_catalog,
    read_dataset,
)
from faifo.messages.dsp_2025_1.query import Query, write_query
from faifo.messages.dsp_2025_1.terms import listed, text
from faifo.messages.dsp_2025_1.wire import VERSION
from faifo.messages.strict_json import parse_object
from faifo.node.custody.keyring import Keyring
from faifo.node.custody.trust_file import TrustedParticipant, TrustFile
from faifo.node.delivery.outbox import read_reasons
from faifo.node.delivery.peer_answer import PeerAnswer
from faifo.node.outward.links import links
from faifo.node.outward.outgoing import ANSWER_LIMIT, CATALOG_LIMIT, Outgoing
from faifo.node.outward.resolver import Resolver
from faifo.node.outward.service_addresses import VERSION_PATH, place, version_url
from faifo.node.outward.whole_catalog import PAGES, CatalogBounds, WholeCatalog
from faifo.phrases import Phrase
from faifo.store.records import GUEST
from faifo.trust import self_issued
from faifo.trust.did import did_of_node_url
from faifo.trust.keys import KeyPurpose

R = TypeVar("R")

LARGE = 65_536
"""Bytes of an answer that is read in a thread: nobody else waits for it."""
MEMORY = timedelta(minutes=5)
SMALL = 16_384
"""Bytes of a dataset that is not read anew while it says the same."""
EVERYTHING = Query()

_read_again = lru_cache(maxsize=32)(read_dataset)


class Partner(msgspec.Struct, frozen=True):
    """A node that can be talked to: its DID, its root, and the base of DSP 2025-1 there.

    `extensions` are those that it announces.
    """

    did: str
    root: str
    base: str
    extensions: tuple[str, ...] = ()


class Partners:
    """Finds partners, reads their catalogs, signs messages to them.

    `access` gives the access token that a receiver may ask our credentials with; where there is
    none, partners are those of the trust file.
    """

    def __init__(
        self,
        *,
        did: str,
        keyring: Keyring,
        outgoing: Outgoing,
        resolver: Resolver,
        trust: TrustFile,
        access: Callable[[str], str] | None = None,
        bounds: CatalogBounds | None = None,
    ) -> None:
        self._bounds = bounds or CatalogBounds()
        self._did = did
        self._keyring = keyring
        self._outgoing = outgoing
        self._resolver = resolver
        self._trust = trust
        self._access = access
        self._known: dict[str, tuple[datetime, Partner]] = {}

    async def send(
        self,
        url: str,
        body: bytes,
        *,
        audience: str,
        headers: Mapping[str, str] | None = None,
        limit: int = ANSWER_LIMIT,
    ) -> PeerAnswer:
        """POST a message with a fresh token; see `outbox.Sender`."""
        url = await place(url, audience=audience, resolver=self._resolver)
        headers = {**(headers or {}), **self._proof(audience)}
        return await self._outgoing.post(url, body, who=audience, headers=headers, limit=limit)

    async def tell(
        self, path: str, body: bytes, *, audience: str, extension: str = EXTENSION
    ) -> PeerAnswer:
        """POST a notice about an agreement to wherever the partner takes them now."""
        try:
            partner = await self._partner(audience)
        except PeerError as error:  # not its word about the notice: it is tried again
            raise UnreachableError(who=audience, reason=error.said()) from None
        if extension not in partner.extensions:
            raise RefusedError(
                what=Phrase("errors.told.partner.the-notice"),
                reasons=(Phrase("errors.told.partner.no-notices", did=audience),),
            )
        return await self.send(partner.base + path, body, audience=audience)

    async def find(self, node: str) -> Partner:
        """Return the partner that `node` names: a DID, a root URL, or a name of the trust file.

        Raises:
            NotFoundError: not a DID or URL, and no such name in the trust file.
            NotProvenError: the DID is not trusted here, or the URL leads to another DID.
            UnreachableError, PeerError: it does not answer, or not as it should.
        """
        did = self.named(node)
        # Who must present credentials may be a stranger until then.
        if self._access is None and self._trust.get(did) is None:
            raise NotProvenError(
                step="trust",
                reason=Phrase("errors.told.trust.unknown-add", did=did),
            )
        return await self._partner(did)

    async def _partner(self, did: str) -> Partner:
        known = self._known.get(did)
        if known and clock.recent(known[0], MEMORY):
            return known[1]
        document = await self._resolver.resolve(did)
        endpoint = version_url(document)
        if endpoint is None:
            raise PeerError(
                who=did, status=200, reasons=(Phrase("errors.told.partner.no-service"),)
            )
        root = endpoint.removesuffix(VERSION_PATH)
        path, extensions = await self._path(endpoint, did)
        partner = Partner(did, root, root + path, extensions)
        self._known[did] = (clock.now(), partner)
        return partner

    def trusted(self) -> tuple[TrustedParticipant, ...]:
        """Return the participants of the trust file."""
        return self._trust.all()

    def named(self, node: str) -> str:
        """Return the DID that `node` stands for, without asking anybody; of a guest its address.

        Raises:
            NotFoundError: not a DID or URL, and no such name in the trust file.
        """
        if node.startswith(("did:", GUEST)):
            return node
        if node.startswith(("http://", "https://")):
            try:
                return did_of_node_url(node)
            except MalformedMessageError as error:
                raise NotFoundError(
                    what=Phrase("errors.told.thing.node"), name=f"{node} ({error})"
                ) from None
        for entry in self._trust.all():
            if composed(entry.name) == composed(node):
                return entry.did
        raise NotFoundError(what=Phrase("errors.told.thing.node-named"), name=node)

    async def _path(self, endpoint: str, did: str) -> tuple[str, tuple[str, ...]]:
        answer = await self._outgoing.get(endpoint, who=did)
        if answer.status != 200:
            raise PeerError(
                who=did,
                status=answer.status,
                reasons=(Phrase("errors.told.partner.no-version", endpoint=endpoint),),
            )
        versions = _versions(answer.body)
        if not versions:
            raise PeerError(
                who=did, status=200, reasons=(Phrase("errors.told.partner.version-unreadable"),)
            )
        if VERSION in versions:
            path, extensions = versions[VERSION]
            path = path.rstrip("/")
            return (path if path.startswith("/") or not path else f"/{path}"), extensions
        spoken = ", ".join(versions)
        raise PeerError(
            who=did,
            status=200,
            reasons=(Phrase("errors.told.partner.speaks", spoken=spoken, version=VERSION),),
        )

    async def issuer(self, node: str) -> tuple[str, str]:
        """Return the DID of an issuer and the base of its Issuer Service.

        Raises:
            NotFoundError, UnreachableError: as `find`.
            PeerError: it is no issuer.
        """
        did = self.named(node)
        endpoint = (await self._resolver.resolve(did)).endpoint("IssuerService")
        if endpoint is None:
            raise PeerError(who=did, status=200, reasons=(Phrase("errors.told.partner.no-issuer"),))
        return did, endpoint.rstrip("/")

    async def get(self, url: str, *, audience: str) -> PeerAnswer:
        """GET with a fresh token."""
        return await self._outgoing.get(url, who=audience, headers=self._proof(audience))

    async def catalog(self, partner: Partner, query: Query = EVERYTHING) -> ForeignCatalog:
        """Return every dataset that the partner shows us, page after page, and what is odd.

        A partner that is known to understand `query` is asked for what fits only; what it answers
        may still hold more.
        """
        if query != EVERYTHING and EXTENSION in partner.extensions:
            try:
                return await self._whole(partner, (write_query(query),))
            except PeerError as error:
                if error.status != 400:
                    raise
        return await self._whole(partner, ())

    async def _whole(self, partner: Partner, filters: tuple[dict[str, Any], ...]) -> ForeignCatalog:
        body = write(CatalogRequestMessage(filter=filters))
        whole = WholeCatalog(partner.did, self._bounds)
        more = await self._pages(partner, partner.base, body, whole)
        for linked in whole.follow(partner.base):
            if not more:
                break
            try:
                more = await self._pages(partner, linked.url.rstrip("/"), body, whole)
            except FaifoError as error:
                whole.leave_out(linked.where, linked.url, error.said())
        return whole.read()

    async def _pages(self, partner: Partner, base: str, body: bytes, whole: WholeCatalog) -> bool:
        """Add what the catalog at `base` shows, page after page; tell whether there is room."""
        url: str | None = f"{base}/catalog/request"
        for _ in range(PAGES):
            if url is None:
                return True
            answer = await self.send(url, body, audience=partner.did, limit=CATALOG_LIMIT)
            _expect(answer, partner)
            page = await understood(read_catalog, answer, partner.did)
            url = _next_page(answer, url, partner)
            if not whole.add(page, len(answer.body)):
                return False
        raise PeerError(
            who=partner.did, status=200, reasons=(Phrase("errors.told.partner.pages", pages=PAGES),)
        )

    async def dataset(self, partner: Partner, dataset: str) -> tuple[Dataset, tuple[LeftOut, ...]]:
        """Return one dataset of the partner, by its id, and what of it cannot be read.

        Raises:
            NotFoundError: it shows us no such dataset.
            PeerError: its answer is an error, or cannot be read.
        """
        url = f"{partner.base}/catalog/datasets/{quote(dataset, safe=':@')}"
        answer = await self._outgoing.get(
            url, who=partner.did, headers=self._proof(partner.did), limit=CATALOG_LIMIT
        )
        if answer.status == 404:
            raise NotFoundError(
                what=Phrase("errors.told.thing.dataset-of", did=partner.did), name=dataset
            )
        _expect(answer, partner)
        read = _read_again if len(answer.body) <= SMALL else read_dataset
        return await understood(read, answer, partner.did)

    def _proof(self, audience: str) -> dict[str, str]:
        now = clock.now()
        token = self_issued.issue(
            key=self._keyring.signing(KeyPurpose.TOKEN),
            did=self._did,
            audience=audience,
            jti=ids.new_urn(now),
            now=now,
            access_token=self._access(audience) if self._access else None,
        )
        return {"Authorization": f"Bearer {token}"}


def _versions(body: bytes) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return path and extensions of each version; an odd entry hides none beside it."""
    try:
        document = parse_object(body)
    except MalformedMessageError:
        return {}
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for entry in listed(document.get("protocolVersions")):
        if not isinstance(entry, dict):
            continue
        version, path = text(entry.get("version")), text(entry.get("path"))
        if isinstance(version, str) and isinstance(path, str):
            named = (text(one) for one in listed(entry.get("extensions")))
            extensions = tuple(one for one in named if isinstance(one, str))
            found.setdefault(version, (path, extensions))
    return found


def _expect(answer: PeerAnswer, partner: Partner) -> None:
    if answer.status != 200:
        raise error_of(answer, partner.did)


async def understood(read: Callable[[bytes], R], answer: PeerAnswer, who: str) -> R:
    """Read an answer; what cannot be read is the fault of `who` gave it, not the caller's."""
    try:
        if len(answer.body) < LARGE:
            return read(answer.body)
        return await asyncio.to_thread(read, answer.body)
    except MalformedMessageError as error:
        raise PeerError(
            who=who,
            status=answer.status,
            reasons=(Phrase("errors.told.partner.unreadable", why=error),),
        ) from None


def error_of(answer: PeerAnswer, who: str) -> PeerError:
    """Return the error that an answer of another node stands for."""
    kind = NotAdmittedError if answer.status == 401 else PeerError
    reasons = tuple(map(why_ended, read_reasons(answer)))
    return kind(who=who, status=answer.status, reasons=reasons)


def _next_page(answer: PeerAnswer, url: str, partner: Partner) -> str | None:
    """Return the URL of the next page, which must be at the same place. Spec: DSP 2025-1 §6.2."""
    for target in links(answer.headers.get("link", ""), "next"):
        following = urljoin(url, target)
        if urlsplit(following)[:2] != urlsplit(url)[:2]:
            raise PeerError(
                who=partner.did, status=200, reasons=(Phrase("errors.told.partner.other-host"),)
            )
        return following
    return None
