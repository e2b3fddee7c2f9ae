"""From a DID to its document, over the network, with a short memory.

The DID decides the URL; redirects are not followed; the document must be the DID's own. Ten askers
at once make one fetch.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from faifo.api.node import What
from faifo.errors import NotProvenError
from faifo.node.outward.remembered import Remembered
from faifo.node.outward.sources import Sources
from faifo.phrases import Phrase
from faifo.trust.did import DidDocument, did_web_url, read_did_document

RESOLUTION = "DID resolution"
FRESH = timedelta(seconds=5)


class Resolver(Protocol):
    """Finds DID documents."""

    async def resolve(
        self, did: str, *, fresh: bool = False, since: datetime | None = None
    ) -> DidDocument:
        """Return the document of `did`; `fresh` asks for one younger than a few seconds.

        `since` asks for one that was fetched after that moment: only for what our own people ask.

        Raises:
            NotProvenError: there is none, or it is not this DID's.
            UnreachableError: its host does not answer; try later.
        """


class WebResolver:
    """Resolves did:web."""

    def __init__(self, sources: Sources, *, allow_http: bool, memory: timedelta) -> None:
        self._sources = sources
        self._allow_http = allow_http
        self._documents = Remembered(self._fetch, memory=memory)

    def at_hand(self, did: str, *, fresh: bool = False) -> bool:
        """Tell whether `resolve` makes no call of its own."""
        return self._young(did, fresh=fresh) is not None or self._documents.fetches(did)

    async def resolve(
        self, did: str, *, fresh: bool = False, since: datetime | None = None
    ) -> DidDocument:
        known = self._young(did, fresh=fresh, since=since)
        return known if known is not None else await self._documents.fetched(did)

    def _young(self, did: str, *, fresh: bool, since: datetime | None = None) -> DidDocument | None:
        # A forged token must not make this node fetch again and again.
        return self._documents.known(did, within=FRESH if fresh else None, since=since)

    async def _fetch(self, did: str) -> DidDocument:
        url = did_web_url(did, allow_http=self._allow_http)
        answer = await self._sources.get(What.DOCUMENT, url, who=did)
        if answer.status != 200:
            raise NotProvenError(
                step=RESOLUTION,
                reason=Phrase("errors.told.answered.not-200", url=url, status=answer.status),
            )
        return read_did_document(answer.body, did=did)
