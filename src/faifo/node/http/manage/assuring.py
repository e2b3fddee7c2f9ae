"""Of an authority: its word about a member's AI passport."""

from __future__ import annotations

from starlette.responses import Response

from faifo.errors import NotFoundError
from faifo.node.evidence.assuring import Assuring
from faifo.node.evidence.judging import Opinion
from faifo.node.http.manage import bodies, shapes
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.operations import Operation
from faifo.node.http.manage.passports import chosen_pack, judged_view


class AssuranceOperations:
    """The operation; `assuring` is None where the node is no authority."""

    def __init__(self, *, did: str, assuring: Assuring | None) -> None:
        self._did = did
        self._assuring = assuring

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "assurePassport",
                ("POST",),
                "/authority/assurances",
                self._assure,
                "of an authority: judge a member's AI passport, and vouch for it if it passes",
                answers=shapes.Assurance,
                takes=bodies.Assurance,
                problems=(403, 404, 409, 413, 504),
            ),
        ]

    async def _assure(self, call: Call) -> Response:
        if self._assuring is None:
            raise NotFoundError(what="authority", name=self._did)
        order: bodies.Assurance = call.body
        said = order.opinion
        opinion = Opinion(said.person, said.outcome, said.reason) if said else None
        assured = await self._assuring.assure(
            order.did,
            order.passport,
            chosen_pack(order),
            opinion,
            framework=order.framework,
            key=call.holder,
        )
        return json_response({"judged": judged_view(assured.found), "claims": assured.claims})
