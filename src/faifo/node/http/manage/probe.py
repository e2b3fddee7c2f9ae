"""How a partner sees this node."""

from __future__ import annotations

from faifo.api.node import ASK_PROBE, Probe
from faifo.node.examining.probe_call import seen_from
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.management import Handlers
from faifo.node.http.response import Response
from faifo.node.outward.partners import Partners


class ProbeHandlers:
    """Asking a partner to look back."""

    def __init__(self, *, did: str, partners: Partners) -> None:
        self._did = did
        self._partners = partners

    def handlers(self) -> Handlers:
        return {ASK_PROBE: self._ask}

    async def _ask(self, call: Call) -> Response:
        partner = await self._partners.find(call.body.node)
        seen = await seen_from(self._partners, partner, did=self._did)
        return json_response(Probe(node=partner.did, offered=seen is not None, report=seen))
