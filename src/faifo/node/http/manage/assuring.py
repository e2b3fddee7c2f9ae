"""Of an authority: its word about a member's AI passport."""

from __future__ import annotations

from faifo.api.authority import ASSURE_PASSPORT, Assurance, AssuranceOrder
from faifo.errors import NotFoundError
from faifo.node.evidence.assuring import Assuring
from faifo.node.evidence.judging import Opinion
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.management import Handlers
from faifo.node.http.manage.passports import chosen_pack, judged_answer
from faifo.node.http.response import Response
from faifo.phrases import Phrase


class AssuranceHandlers:
    """Serves the operation; `assuring` is None where the node is no authority."""

    def __init__(self, *, did: str, assuring: Assuring | None) -> None:
        self._did = did
        self._assuring = assuring

    def handlers(self) -> Handlers:
        return {ASSURE_PASSPORT: self._assure}

    async def _assure(self, call: Call) -> Response:
        if self._assuring is None:
            raise NotFoundError(what=Phrase("errors.told.thing.authority"), name=self._did)
        order: AssuranceOrder = call.body
        said = order.opinion
        opinion = None
        if said:
            opinion = Opinion(said.person, said.outcome, said.reason, said.passphrase)
        assured = await self._assuring.assure(
            order.did,
            order.passport,
            chosen_pack(order),
            opinion,
            framework=order.framework,
            key=call.holder,
        )
        return json_response(Assurance(judged=judged_answer(assured.found), claims=assured.claims))
