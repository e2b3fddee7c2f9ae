"""What is done to an agreement besides ending it: suspended, resumed, replaced, renewed.

A person here orders it and the other side is told, or the other side tells us. Whoever suspended an
agreement resumes it. See `messages.agreement_notice`.
"""

from __future__ import annotations

from datetime import datetime

from faifo.errors import ConflictError, MalformedMessageError, NotFoundError
from faifo.machines.role import Role
from faifo.machines.transfer import TERMINAL, State
from faifo.messages.agreement_notice import AgreementNotice
from faifo.node.exchange.agreement_notices import AgreementNotices
from faifo.node.exchange.ending import Ending, renewed
from faifo.node.exchange.fulfilling import Fulfilling, Fulfilment
from faifo.node.exchange.negotiating import told_reasons
from faifo.phrases import Phrase
from faifo.store.contract import Transaction
from faifo.store.journal import happened
from faifo.store.records import Agreement


class Changing:
    """The use cases."""

    def __init__(self, ending: Ending, notices: AgreementNotices, fulfilling: Fulfilling) -> None:
        self._ending, self._notices = ending, notices
        self.fulfilling = fulfilling

    async def ordered(
        self,
        tx: Transaction,
        name: str,
        action: str,
        why: tuple[str, ...],
        *,
        replacement: str | None,
        now: datetime,
    ) -> Agreement:
        """Do what a person here decided, and tell the other side.

        Raises:
            NotFoundError: no such agreement, or no such replacement.
            ConflictError: it has ended, or is suspended by the other side, or not at all.
        """
        one = await tx.agreements.first(id=name)
        if one is None:
            raise NotFoundError(what=Phrase("errors.told.thing.agreement"), name=name)
        if action == "amend":
            kept = await self._replaced(tx, one, replacement, by=one.role, now=now)
            more = {"replacement": replacement}
            await self._notices.tell(tx, one, "amend", kept.reason, now=now, **more)
            return kept
        if action == "suspend":
            kept = await self._suspended(tx, one, why, by=one.role, now=now)
            await self._notices.tell(tx, one, "suspend", why, now=now)
            return kept
        kept = await self._resumed(tx, one, by=one.role, now=now)
        await self._notices.tell(tx, one, "resume", why, now=now)
        return kept

    async def noticed(
        self,
        tx: Transaction,
        one: Agreement,
        notice: AgreementNotice,
        said: Fulfilment | None,
        *,
        now: datetime,
    ) -> Agreement:
        """Do what the other side says; what it says again changes nothing.

        Raises:
            ConflictError: it is not theirs to do, or not now.
            NotFoundError, NotProvenError: as `Fulfilling.take`; there is no such replacement.
            MalformedMessageError: the notice lacks what its action needs.
        """
        by, why = one.role.other, told_reasons(notice)
        if one.ended:
            return one
        match notice.action:
            case "end":
                await self._ending.end(tx, why, now=now, role=one.role, agreement=one.id, by=by)
            case "suspend":
                await self._suspended(tx, one, why, by=by, now=now)
            case "resume":
                await self._resumed(tx, one, by=by, now=now)
            case "amend":
                await self._replaced(tx, one, notice.replacement, by=by, now=now)
            case "renew":
                if notice.version is None or one.role is not Role.CONSUMER:
                    raise _lacks("version")
                if notice.version != one.version:
                    await renewed(tx, one, notice.version, now=now)
            case "fulfil":
                if said is None or notice.statement is None:
                    raise _lacks("statement")
                await self.fulfilling.take(tx, one, said, notice.statement, now)
        return await tx.agreements.get(one.id, one.role) or one

    async def _suspended(
        self, tx: Transaction, one: Agreement, why: tuple[str, ...], *, by: Role, now: datetime
    ) -> Agreement:
        if one.ended or not one.active:
            raise ConflictError(
                what=Phrase("errors.told.agreement.not-in-force", id=one.id),
                advice=Phrase("errors.told.agreement.finalized"),
            )
        if one.suspended:
            return one
        kept = await tx.agreements.put(one, suspended=now, suspended_by=by, reason=why)
        await self._note(tx, "agreement-suspended", kept, why, by, now)
        if one.role is Role.PROVIDER:  # the consumer hears of the transfers by their own messages
            for record in await tx.transfers.find(role=Role.PROVIDER.value, agreement=one.id):
                if record.state not in {*TERMINAL, State.SUSPENDED}:
                    await self._ending.transfer(tx, record, why, now=now, suspend=True)
        return kept

    async def _resumed(
        self, tx: Transaction, one: Agreement, *, by: Role, now: datetime
    ) -> Agreement:
        if one.suspended is None or one.suspended_by is not by:
            who = one.suspended_by.value if one.suspended_by else "-"
            raise ConflictError(
                what=Phrase("errors.told.agreement.not-suspended-by", id=one.id, who=who),
                advice=Phrase("errors.told.look", pid=one.id),
            )
        kept = await tx.agreements.put(one, suspended=None, suspended_by=None, reason=())
        await self._note(tx, "agreement-resumed", kept, (), by, now)
        return kept

    async def _replaced(
        self, tx: Transaction, one: Agreement, name: str | None, *, by: Role, now: datetime
    ) -> Agreement:
        other = await tx.agreements.get(name or "", one.role)
        about = (one.provider, one.consumer, one.dataset)
        fits = other and (other.provider, other.consumer, other.dataset) == about
        if other is None or not fits or other.id == one.id:
            raise NotFoundError(what=Phrase("errors.told.thing.agreement-yours"), name=name or "-")
        if other.ended or not other.active:
            raise ConflictError(
                what=Phrase("errors.told.agreement.not-in-force", id=other.id),
                advice=Phrase("errors.told.agreement.finalized"),
            )
        why = (str(Phrase("reason.amended", agreement=other.id)),)
        await self._ending.end(tx, why, now=now, role=one.role, agreement=one.id, by=by, tell=False)
        return await tx.agreements.get(one.id, one.role) or one

    async def _note(
        self,
        tx: Transaction,
        event: str,
        one: Agreement,
        why: tuple[str, ...],
        by: Role,
        now: datetime,
    ) -> None:
        detail = {"why": list(why), "by": by.value}
        await happened(tx, event, now, one, detail)
        tx.rings(one.id)


def _lacks(member: str) -> MalformedMessageError:
    return MalformedMessageError(
        what=Phrase("errors.told.agreement.lacks", member=member),
        expected=member,
        where=f"$.{member}",
    )
