"""Reports over the books."""

from __future__ import annotations

from faifo import clock
from faifo.api import reports as api
from faifo.node.http.manage.call import Call
from faifo.node.http.manage.management import Handlers
from faifo.node.http.response import Response
from faifo.node.outward.partners import Partners
from faifo.node.showing.reports import ROWS, accesses, days


class ReportHandlers:
    """Serves the operations."""

    def __init__(self, *, partners: Partners) -> None:
        self._partners = partners

    def handlers(self) -> Handlers:
        return {api.GET_ACCESSES: self._accesses}

    async def _accesses(self, call: Call) -> Response:
        query = call.query
        by = api.read_groups(query.get("by", "partner"))
        when = days(query.get("since"), query.get("until"), clock.now())
        names = {one.did: one.name for one in self._partners.trusted()}
        partner = query.get("partner")
        if partner is not None:
            partner = self._partners.named(partner)
        return await call.read(
            lambda tx: accesses(
                tx,
                by,
                days=when,
                names=names,
                limit=call.number("limit", ROWS),
                partner=partner,
                dataset=query.get("dataset"),
                purpose=query.get("purpose"),
            )
        )
