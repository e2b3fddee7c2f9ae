"""Evidence about an agreement."""

from __future__ import annotations

from starlette.responses import Response

from faifo import clock
from faifo.api import evidence as api
from faifo.node.http.manage.call import Call
from faifo.node.http.manage.management import Handlers
from faifo.node.proving.evidence import Evidence
from faifo.store.contract import Transaction


class EvidenceHandlers:
    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence

    def handlers(self) -> Handlers:
        return {api.MAKE_EVIDENCE: self._make}

    async def _make(self, call: Call) -> Response:
        name = call.path("id")
        now = clock.now()

        async def look(tx: Transaction) -> api.Evidence:
            content = await self._evidence.bundle(tx, name, now=now)
            return api.Evidence(agreement=name, content=content)

        return await call.read(look)
