"""An uploaded table of answers: measured here, and made into an AI passport."""

from __future__ import annotations

import asyncio

from faifo.api import assessments as api
from faifo.node.evidence.assessing import Assessing
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.management import Handlers
from faifo.node.http.response import Response


class AssessmentHandlers:
    """Serves the operations."""

    def __init__(self, assessing: Assessing) -> None:
        self._assessing = assessing

    def handlers(self) -> Handlers:
        return {
            api.BEGIN_ASSESSMENT: self._begin,
            api.GET_ASSESSMENT: self._find,
            api.MAKE_PASSPORT: self._passport,
        }

    async def _begin(self, call: Call) -> Response:
        return json_response(self._assessing.begin(call.path("id"), call.body), status=201)

    async def _find(self, call: Call) -> Response:
        return json_response(self._assessing.find(call.path("id"), call.lang))

    async def _passport(self, call: Call) -> Response:
        made = await asyncio.to_thread(self._assessing.passport, call.path("id"), call.body)
        return json_response(made)
