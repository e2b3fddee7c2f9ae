"""Evidence about an agreement, and erasing what leaves stand for."""

from __future__ import annotations

import asyncio

from faifo import clock
from faifo.api import evidence as api
from faifo.node.custody.backups import copies_of
from faifo.node.custody.directory import Directory
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.management import Handlers
from faifo.node.http.response import Response
from faifo.node.proving.erasing import Wanted, erase
from faifo.node.proving.evidence import Evidence
from faifo.store.contract import Store, Transaction


class EvidenceHandlers:
    def __init__(self, evidence: Evidence, store: Store, directory: Directory) -> None:
        self._evidence, self._store, self._directory = evidence, store, directory

    def handlers(self) -> Handlers:
        return {api.MAKE_EVIDENCE: self._make, api.ERASE: self._erase}

    async def _make(self, call: Call) -> Response:
        name, now = call.path("id"), clock.now()

        async def look(tx: Transaction) -> api.Evidence:
            content = await self._evidence.bundle(tx, name, now=now)
            return api.Evidence(agreement=name, content=content)

        return await call.read(look)

    async def _erase(self, call: Call) -> Response:
        order: api.EraseOrder = call.body
        wanted = Wanted(order.agreement, order.reason, order.process, order.place, order.log)
        now = clock.now()
        done = await self._store.run(lambda tx: erase(tx, wanted, now=now))
        clean = await self._store.scrub()
        copies = await asyncio.to_thread(copies_of, self._directory, done.times)
        return json_response(
            api.Erasure(
                agreement=order.agreement,
                peer=done.peer,
                places=tuple(done.places),
                theirs=done.theirs,
                clean=clean,
                copies=tuple(copies),
            )
        )
