"""Notices: sent, passed on, acknowledged, answered, ended, decided about."""

from __future__ import annotations

import asyncio
from typing import Any

from faifo import clock
from faifo.api import notices as api
from faifo.api.operation import Scope
from faifo.errors import MalformedMessageError, NotFoundError
from faifo.kinds.ai_incident import FINAL
from faifo.node.announcing.announcing import Announcing
from faifo.node.announcing.sending import Wanted
from faifo.node.delivery.changes import Changes
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.lists import listing
from faifo.node.http.manage.management import Handlers, allowed
from faifo.node.http.response import Response
from faifo.node.outward.partners import Partners
from faifo.node.showing import notices as shown
from faifo.phrases import Phrase
from faifo.store.contract import Store, Transaction
from faifo.store.records import KeptNotice, NoticeDirection


class NoticeHandlers:
    """Serves the operations."""

    def __init__(
        self, *, announcing: Announcing, store: Store, partners: Partners, changes: Changes
    ) -> None:
        self._announcing, self._store, self._partners = announcing, store, partners
        self._changes = changes

    def handlers(self) -> Handlers:
        return {
            api.SEND_NOTICE: self._send,
            api.LIST_NOTICES: listing("notices", shown.summary),
            api.GET_NOTICE: self._one,
            api.GET_REPORT: self._report,
            api.PASS_ON: self._pass_on,
            api.ACKNOWLEDGE: self._acknowledge,
            api.END_NOTICE: self._end,
            api.ANSWER_NOTICE: self._answer,
        }

    async def _send(self, call: Call) -> Response:
        order: api.NoticeOrder = call.body
        wanted = Wanted(
            kind=order.kind,
            dataset=order.dataset,
            content=order.content,
            tlp=order.tlp,
            to=self._named(order.to),
            exercise=order.exercise,
            within=order.within,
        )
        sent = await self._announcing.sending.send(wanted, confirmed=order.confirmed)
        state = None if order.confirmed else "draft"
        return json_response(
            await self._store.read(
                lambda tx: shown.whole(
                    tx, sent.kept, call.lang, deliveries=sent.deliveries, state=state
                )
            )
        )

    async def _pass_on(self, call: Call) -> Response:
        order: api.PassOn = call.body
        to = self._named(order.to)
        sent = await self._announcing.sending.pass_on(call.path("id"), order.dataset, to)
        return await self._shown(call, sent.kept)

    async def _acknowledge(self, call: Call) -> Response:
        order: api.AcknowledgementOrder = call.body
        kept = await self._announcing.saying.acknowledge(
            call.path("id"), order.stage, person=order.person, text=order.text
        )
        return await self._shown(call, kept)

    async def _end(self, call: Call) -> Response:
        order: api.EndOrder = call.body
        _check_end(order)
        kept = await self._announcing.sending.follow(
            call.path("id"),
            order.act,
            person=order.person,
            text=order.text,
            content=order.content,
        )
        return await self._shown(call, kept)

    async def _answer(self, call: Call) -> Response:
        order: api.AnswerOrder = call.body
        kept = await self._announcing.saying.answer(
            call.path("id"), person=order.person, text=order.text
        )
        return await self._shown(call, kept)

    async def _one(self, call: Call) -> Response:
        async def look(tx: Transaction) -> Any:
            kept = await _kept(tx, call.path("id"))
            if kept.direction is NoticeDirection.PUBLIC:
                allowed(call.by, api.GET_NOTICE._replace(scope=Scope.LOOK))
            return await shown.whole(tx, kept, call.lang)

        return await call.read(look)

    async def _report(self, call: Call) -> Response:
        name, stage = call.path("id"), call.query.get("stage", "acknowledged")

        async def look(tx: Transaction) -> api.NoticeReport:
            kept = await _kept(tx, name)
            if not await tx.deliveries.find(notice=name, limit=1):
                raise NotFoundError(what=Phrase("errors.told.notice.the-out"), name=name)
            return await shown.report(tx, kept, call.lang)

        until = clock.monotonic() + call.number("wait", 0)
        while True:
            bell = self._changes.bell(name)
            try:
                found = await self._store.read(look)
                left = until - clock.monotonic()
                if left <= 0 or self._changes.stopped or shown.settled(found, stage):
                    return json_response(found)
                await asyncio.wait((bell,), timeout=left)
            finally:
                bell.cancel()

    async def _shown(self, call: Call, kept: KeptNotice) -> Response:
        return await call.read(lambda tx: shown.whole(tx, kept, call.lang))

    def _named(self, nodes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._partners.named(one) for one in nodes))


def _check_end(order: api.EndOrder) -> None:
    """Return if what ends a notice says enough: a final report names a person and its three parts.

    Raises:
        MalformedMessageError: with what is missing.
    """
    lacking = []
    if order.act != "cancelled" and not order.person:
        lacking.append("person")
    if order.act == "closed":
        lacking += [name for name in FINAL if not order.content.get(name, "").strip()]
    elif not order.text.strip():
        lacking.append("text")
    if lacking:
        raise MalformedMessageError(
            what=Phrase("errors.told.notice.lacks", act=order.act),
            expected=", ".join(lacking),
        )


async def _kept(tx: Transaction, name: str) -> KeptNotice:
    kept = await tx.notices.get(name)
    if kept is None:
        raise NotFoundError(what=Phrase("errors.told.notice.the-in"), name=name)
    return kept
