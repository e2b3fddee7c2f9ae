"""How a partner sees this node."""

from __future__ import annotations

from starlette.responses import Response

from faifo.node.examining.probe_call import seen_from
from faifo.node.http.manage import bodies, shapes
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.lists import PEER_PROBLEMS
from faifo.node.http.manage.operations import Operation
from faifo.node.outward.partners import Partners


class ProbeOperations:
    """Asking a partner to look back."""

    def __init__(self, *, did: str, partners: Partners) -> None:
        self._did = did
        self._partners = partners

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "askProbe",
                ("POST",),
                "/probe",
                self._ask,
                "ask another Faifo node how it sees this one",
                answers=shapes.Probe,
                takes=bodies.ProbeOrder,
                problems=(403, 404, 413, *PEER_PROBLEMS),
            )
        ]

    async def _ask(self, call: Call) -> Response:
        partner = await self._partners.find(call.body.node)
        seen = await seen_from(self._partners, partner, did=self._did)
        return json_response({"node": partner.did, "offered": seen is not None, "report": seen})
