"""From a DID to its document, over the network, with a short memory.

The DID decides the URL; redirects are not followed; the document must be the DID's own. Ten askers
at once make one fetch.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Protocol

from faifo import clock
from faifo.errors import NotProvenError
from faifo.node.sources import Sources, What
from faifo.trust.did import DidDocument, did_web_url, read_did_document

CACHE_LIMIT = 1000
FRESH = timedelta(seconds=5)


class Resolver(Protocol):
    """Finds DID documents."""

    async def resolve(self, did: str, *, fresh: bool = False) -> DidDocument:
        """Return the document of `did`; `fresh` asks for one younger than a few seconds.

        Raises:
            NotProvenError: there is none, or it is not this DID's.
            UnreachableError: its host does not answer; try later.
        """


class WebResolver:
    """Resolves did:web."""

    def __init__(self, sources: Sources, *, allow_http: bool, memory: timedelta) -> None:
        self._sources = sources
        self._allow_http = allow_http
        self._memory = memory
        self._known: dict[str, tuple[datetime, DidDocument]] = {}
        self._asking: dict[str, asyncio.Task[DidDocument]] = {}

    def at_hand(self, did: str, *, fresh: bool = False) -> bool:
        """Tell whether `resolve` makes no call of its own."""
        return self._young(did, fresh=fresh) is not None or did in self._asking

    async def resolve(self, did: str, *, fresh: bool = False) -> DidDocument:
        known = self._young(did, fresh=fresh)
        if known is not None:
            return known
        task = self._asking.get(did)
        if task is None:
            task = asyncio.create_task(self._fetch(did))
            self._asking[did] = task
            task.add_done_callback(lambda _: self._asking.pop(did, None))
        return await asyncio.shield(task)

    def _young(self, did: str, *, fresh: bool) -> DidDocument | None:
        known = self._known.get(did)
        # A forged token must not make this node fetch again and again.
        memory = FRESH if fresh else self._memory
        return known[1] if known and clock.now() - known[0] < memory else None

    async def _fetch(self, did: str) -> DidDocument:
        url = did_web_url(did, allow_http=self._allow_http)
        answer = await self._sources.get(What.DOCUMENT, url, who=did)
        if answer.status != 200:
            raise NotProvenError(
                step="DID resolution", reason=f"{url} answered {answer.status}; expected 200"
            )
        document = read_did_document(answer.body, did=did)
        if len(self._known) >= CACHE_LIMIT:
            self._known.pop(next(iter(self._known)))
        self._known[did] = (clock.now(), document)
        return document
