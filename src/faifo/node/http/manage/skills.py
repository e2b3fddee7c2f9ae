"""Badges, levels, labour demand and the register, over the management API."""

from __future__ import annotations

from datetime import date

from faifo.api import register as followed
from faifo.api import skills as api
from faifo.api.operation import Page
from faifo.errors import MalformedMessageError
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.management import Handlers
from faifo.node.http.response import Response
from faifo.node.membership.badges import Badges, Held
from faifo.node.showing.answers import answer
from faifo.node.showing.register import Register
from faifo.phrases import Phrase, spoken
from faifo.skills.levels import Found, agree
from faifo.store.records import IssuedCredential


class SkillHandlers:
    """Serves the operations."""

    def __init__(self, *, badges: Badges, register: Register) -> None:
        self._badges, self._register = badges, register

    def handlers(self) -> Handlers:
        return {
            api.ISSUE_BADGE: self._issue,
            api.LIST_BADGES: self._list,
            api.REVOKE_BADGE: self._revoke,
            api.CHECK_BADGE: self._check,
            api.HOLD_BADGE: self._hold,
            api.LIST_HELD_BADGES: self._list_held,
            api.LIST_LEVEL_TABLES: self._tables,
            followed.GET_REGISTER: self._entries,
            followed.GET_REGISTER_CHANGES: self._changes,
            followed.GET_REGISTER_CATALOG: self._catalog,
            followed.GET_DEMAND: self._demand,
        }

    async def _issue(self, call: Call) -> Response:
        order: api.BadgeOrder = call.body
        made = await self._badges.issue(
            order.achievement, order.proof, name=order.name, email=order.email
        )
        new = api.NewBadge(badge=_issued(made.kept), file=made.file.decode(), link=made.link)
        return json_response(new, status=201)

    async def _list(self, _: Call) -> Response:
        return json_response(Page(items=tuple(map(_issued, await self._badges.issued()))))

    async def _revoke(self, call: Call) -> Response:
        order: api.BadgeRevocation = call.body
        return json_response(_issued(await self._badges.revoke(order.id, reason=order.reason)))

    async def _hold(self, call: Call) -> Response:
        order: api.BadgeHolding = call.body
        return json_response(
            _held(await self._badges.hold(order.badge.encode()), call.lang), status=201
        )

    async def _list_held(self, call: Call) -> Response:
        items = tuple(_held(one, call.lang) for one in await self._badges.held())
        return json_response(Page(items=items))

    async def _tables(self, _: Call) -> Response:
        tables = await self._badges.tables()
        items = tuple(api.LevelTable(by=one.by, content=one.content) for one in tables)
        return json_response(Page(items=items))

    async def _entries(self, call: Call) -> Response:
        return json_response(Page(items=tuple(await self._register.entries(call.lang))))

    async def _changes(self, call: Call) -> Response:
        given = call.query.get("since", "")
        try:
            since = date.fromisoformat(given)
        except ValueError:
            raise MalformedMessageError(
                what=Phrase("cli.usage.day", given=given),
                expected=Phrase("errors.told.register.since"),
            ) from None
        return json_response(Page(items=tuple(await self._register.changes(since))))

    async def _catalog(self, call: Call) -> Response:
        return json_response(await self._register.catalog(call.lang))

    async def _demand(self, call: Call) -> Response:
        return json_response(await self._register.demand(call.query.get("economy", "")))

    async def _check(self, call: Call) -> Response:
        order: api.BadgeCheck = call.body
        checked = await self._badges.check(
            order.badge.encode(), economy=order.economy, holder=order.holder
        )
        badge = checked.badge
        levels = tuple(map(_level, checked.found))
        return json_response(
            answer(
                api.CheckedBadge,
                badge,
                holder_checked=bool(order.holder),
                issued=badge.valid_from,
                expires=badge.valid_until,
                economy=order.economy,
                alignment=tuple(
                    {"framework": one.framework, "code": one.code} for one in badge.alignment
                ),
                levels=levels,
                tables=tuple(dict.fromkeys(one.content.framework for one in checked.tables)),
                agree=agree(checked.found),
            )
        )


def _issued(kept: IssuedCredential) -> api.IssuedBadge:
    return answer(api.IssuedBadge, kept, name=kept.about)


def _held(held: Held, lang: str) -> api.HeldBadge:
    badge, kept = held.badge, held.kept
    return answer(
        api.HeldBadge,
        kept,
        id=kept.name,
        name=badge.name,
        issuer_name=badge.issuer_name,
        withheld=None if held.withheld is None else str(spoken(held.withheld, lang)),
    )


def _level(found: Found) -> api.LevelHere:
    table, level = found.table.content, found.level
    return answer(
        api.LevelHere,
        table,
        framework=found.alignment.framework,
        code=found.alignment.code,
        level=level.level if level else "",
        name=level.name if level else {},
        reason=level.reason if level else "",
        by=found.table.by,
    )
