"""What stands on a fact ends with it: agreements, negotiations under way, and what runs.

Whatever takes a right away calls `Ending.end`, in the unit of work in which the right goes. The
gate closes in that unit; the other side is told, and both the reason and the end are in the book.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import msgspec

from faifo.errors import ConflictError, IllegalTransitionError
from faifo.machines import negotiation, transfer
from faifo.machines.role import Role
from faifo.messages.agreement_notice import END
from faifo.node.exchange.agreement_notices import AgreementNotices
from faifo.node.exchange.conduct import Act
from faifo.node.exchange.engine import Engine
from faifo.store.contract import Transaction
from faifo.store.journal import happened
from faifo.store.records import Agreement, Negotiation, Process, Transfer

log = logging.getLogger("faifo.ending")

P = TypeVar("P", bound=Process)


class Ended(NamedTuple):
    """What was ended."""

    agreements: list[Agreement]
    negotiations: list[Negotiation]
    transfers: list[Transfer]


class Ending:
    """Ends what stands on a fact."""

    def __init__(
        self,
        negotiations: Engine[Negotiation],
        transfers: Engine[Transfer],
        notices: AgreementNotices,
    ) -> None:
        self._negotiations = negotiations
        self._transfers = transfers
        self._notices = notices

    async def end(
        self,
        tx: Transaction,
        reason: tuple[str, ...],
        *,
        now: datetime,
        role: Role = Role.PROVIDER,
        agreement: str | None = None,
        dataset: str | None = None,
        peer: str | None = None,
        by: Role | None = None,
        tell: bool = True,
    ) -> Ended:
        """End what we have as `role` of the agreement, the dataset or the peer, for `reason`.

        With an agreement: it, and the transfers under it. Otherwise every agreement and every
        process that is not over, of the dataset, of the peer, or of both. `by` is whose end it is:
        if it is ours (or None), the other side is told, unless another notice of ours says it.
        """
        fact = {"dataset": dataset, "peer": peer, "agreement": agreement}
        asked: dict[str, Any] = {name: value for name, value in fact.items() if value is not None}
        if not asked:
            raise ValueError("what ends must stand on something")
        agreements = [
            await self._ended(tx, one, reason, by=by or role, tell=tell, now=now)
            for one in await _agreements(tx, role, agreement, dataset, peer)
            if not one.ended
        ]
        for one in agreements:
            tx.rings(one.id)
        under_way = []
        if agreement is None:
            found = await tx.negotiations.find(role=role.value, **asked)
            under_way = [
                await self.negotiation(tx, one, reason, now=now)
                for one in found
                if one.state not in negotiation.TERMINAL
            ]
        running = await self.running(tx, reason, now=now, role=role, **asked)
        return Ended(agreements, under_way, running)

    async def _ended(
        self,
        tx: Transaction,
        one: Agreement,
        reason: tuple[str, ...],
        *,
        by: Role,
        tell: bool,
        now: datetime,
    ) -> Agreement:
        if tell and by is one.role and not one.of_guest:
            await self._notices.tell(tx, one, END, reason, now=now)
        return await ended(tx, one, reason, by=by, now=now)

    async def renew(
        self, tx: Transaction, one: Agreement, version: int, *, now: datetime
    ) -> Agreement:
        """Let an agreement stand for another version, and tell the other side."""
        kept = await renewed(tx, one, version, now=now)
        if not kept.of_guest:
            await self._notices.tell(tx, kept, "renew", (), now=now, version=version)
        return kept

    async def running(
        self,
        tx: Transaction,
        reason: tuple[str, ...],
        *,
        now: datetime,
        role: Role = Role.PROVIDER,
        **fact: Any,
    ) -> list[Transfer]:
        """End the transfers alone; the agreements stay as they are."""
        return [
            await self.transfer(tx, one, reason, now=now)
            for one in await tx.transfers.find(role=role.value, **fact)
            if one.state not in transfer.TERMINAL
        ]

    async def negotiation(
        self, tx: Transaction, record: Negotiation, reason: tuple[str, ...], *, now: datetime
    ) -> Negotiation:
        """End one negotiation."""
        return await self._say(tx, self._negotiations, record, reason, now)

    async def transfer(
        self,
        tx: Transaction,
        record: Transfer,
        reason: tuple[str, ...],
        *,
        now: datetime,
        suspend: bool = False,
        event: str = "transfer-stopped",
    ) -> Transfer:
        """Stop one transfer: end it, or with `suspend` pause it if it runs."""
        detail = {"why": list(reason), "role": Role(record.role).value}
        names = {"process": record.pid, "agreement": record.agreement, "peer": record.peer}
        await happened(tx, event, now, names, detail)
        # The gate closes now, whatever is still on its way to the other side.
        closed = msgspec.structs.replace(record, open=False)
        pause = suspend and record.state is transfer.State.STARTED
        message = transfer.Message.SUSPENSION if pause else transfer.Message.TERMINATION
        return await self._say(tx, self._transfers, closed, reason, now, message)

    async def _say(
        self,
        tx: Transaction,
        engine: Engine[P],
        record: P,
        reason: tuple[str, ...],
        now: datetime,
        message: Any = None,
    ) -> P:
        kept = await engine.kind.table(tx).put(record, reason=reason, hold=None)
        tx.rings(kept.pid)
        if kept.state is None or kept.of_guest:
            return await engine.end(tx, kept, reasons=reason, now=now, one_sided=not kept.of_guest)
        act = Act(message or engine.kind.termination, reason=reason)
        try:
            return await engine.say(tx, kept, act, now=now)
        except (ConflictError, IllegalTransitionError) as error:
            log.info("%s: %s", kept.pid, error)
            return kept


async def ended(
    tx: Transaction, record: Agreement, reason: tuple[str, ...], *, by: Role, now: datetime
) -> Agreement:
    """Write down that an agreement has ended, by whom and why."""
    kept = await tx.agreements.put(record, ended=now, ended_by=by, reason=reason)
    detail = {"why": list(reason), "by": by.value}
    await happened(tx, "agreement-ended", now, kept, detail)
    return kept


async def renewed(
    tx: Transaction, agreement: Agreement, version: int, *, now: datetime
) -> Agreement:
    """Write down that an agreement stands for another version now."""
    kept = await tx.agreements.put(agreement, version=version)
    await happened(tx, "agreement-renewed", now, kept, {"version": version})
    return kept


async def _agreements(
    tx: Transaction, role: Role, agreement: str | None, dataset: str | None, peer: str | None
) -> Iterable[Agreement]:
    if agreement is not None:
        known = await tx.agreements.get(agreement, role)
        return [known] if known else []
    asked: dict[str, Any] = {"dataset": dataset, role.other.value: peer}
    return await tx.agreements.find(
        role=role.value, **{name: value for name, value in asked.items() if value is not None}
    )
