"""Invitations: making, listing and ending them."""

from __future__ import annotations

from typing import Any, TypeVar

from faifo import clock
from faifo.api import guests as api
from faifo.machines.role import Role
from faifo.node.http.manage.call import Call
from faifo.node.http.manage.lists import listing
from faifo.node.http.manage.management import Handlers
from faifo.node.http.public.guests import GUEST
from faifo.node.http.public.visitors import PATH
from faifo.node.http.response import Response
from faifo.node.offering.inviting import Guests, state_of
from faifo.node.showing.answers import answer
from faifo.store.contract import Transaction
from faifo.store.records import Invitation

A = TypeVar("A", bound=api.Invitation)


class GuestHandlers:
    """Serves the operations."""

    def __init__(self, guests: Guests, *, root: str) -> None:
        self._guests = guests
        self._root = root

    def handlers(self) -> Handlers:
        return {
            api.INVITE: self._invite,
            api.LIST_INVITATIONS: listing("invitations", _view),
            api.REVOKE_INVITATION: self._revoke,
        }

    async def _invite(self, call: Call) -> Response:
        order: api.InvitationOrder = call.body

        async def work(tx: Transaction) -> api.Invited:
            kept, secret = await self._guests.invite(
                tx,
                order.dataset,
                until=order.until,
                count=order.count,
                note=order.note,
                now=clock.now(),
            )
            return await _told(tx, kept, api.Invited, url=f"{self._root}{PATH}{GUEST}/{secret}")

        return await call.write(work, status=201)

    async def _revoke(self, call: Call) -> Response:
        async def work(tx: Transaction) -> api.Invitation:
            ended = await self._guests.revoke(tx, call.path("id"), now=clock.now())
            return await _view(tx, ended)

        return await call.write(work)


async def _view(tx: Transaction, known: Invitation) -> api.Invitation:
    return await _told(tx, known, api.Invitation)


async def _told(tx: Transaction, known: Invitation, kind: type[A], **more: Any) -> A:
    agreed = await tx.agreements.get(known.agreement, Role.PROVIDER) if known.agreement else None
    state, reason = state_of(known, agreed, clock.now())
    return answer(kind, known, state=state, reason=reason, **more)
