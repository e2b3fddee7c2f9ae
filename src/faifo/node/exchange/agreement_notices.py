"""Notices about agreements: ours, through the outbox, and those of the other side.

Ours goes to whoever announces that it takes them; with others the end of what runs, and the refusal
of what they ask for, say the same. See `messages.agreement_notice`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from faifo import ids
from faifo.errors import FaifoError, MalformedMessageError, NotFoundError
from faifo.machines.role import Role
from faifo.messages.agreement_notice import (
    CHANGES,
    END,
    EXTENSION,
    Action,
    AgreementError,
    AgreementNotice,
    AgreementState,
)
from faifo.messages.dsp_2025_1.codec import Received, write
from faifo.node.delivery.outbox import Outbox
from faifo.node.delivery.peer_answer import Outcome, PeerAnswer
from faifo.node.delivery.said import AGREEMENT_NOTICE
from faifo.node.exchange import history as books
from faifo.node.exchange.negotiating import segment
from faifo.node.exchange.process_kind import Answer
from faifo.node.outward.partners import Partners
from faifo.phrases import Phrase
from faifo.store.contract import Transaction
from faifo.store.records import Agreement, OutboxRow

MESSAGE = "AgreementNotice"


def process_of(agreement: str) -> str:
    """Return the name under which the history keeps the notices about an agreement.

    An agreement's id is the provider's to choose, and might be that of a process.
    """
    return f"{AGREEMENT_NOTICE}:{agreement}"


class _Told(msgspec.Struct):
    action: str


class AgreementNotices:
    """Our notices; see `outbox.Outcomes` and `outbox.Poster`."""

    def __init__(
        self, outbox: Outbox, partners: Partners, *, did: str, delivery: timedelta
    ) -> None:
        self._outbox = outbox
        self._partners = partners
        self._did = did
        self._delivery = delivery

    async def tell(
        self,
        tx: Transaction,
        agreement: Agreement,
        action: Action,
        reason: tuple[str, ...],
        *,
        now: datetime,
        **more: Any,
    ) -> None:
        """Queue what is done to an agreement here; sent if the other side takes it."""
        notice = AgreementNotice(
            id=ids.new_urn(now),
            agreement_id=agreement.id,
            action=action,
            code="ended" if action == END else action,
            reason=reason or ("no reason was given",),
            **more,
        )
        await self._outbox.queue(
            tx,
            OutboxRow(
                id=ids.new_urn(now),
                process=process_of(agreement.id),
                kind=AGREEMENT_NOTICE,
                message=MESSAGE,
                url=f"/agreements/{segment(agreement.id)}/notices",
                peer=agreement.peer,
                body=write(notice),
                not_before=now,
                created=now,
                give_up=now + self._delivery,
            ),
        )

    async def send(self, url: str, body: bytes, *, audience: str) -> PeerAnswer:
        """Send a notice to wherever the other side takes them now.

        Raises:
            RefusedError: it takes none.
        """
        action = msgspec.json.decode(body, type=_Told).action
        extension = EXTENSION if action == END else CHANGES
        return await self._partners.tell(url, body, audience=audience, extension=extension)

    async def acknowledged(
        self, tx: Transaction, row: OutboxRow, outcome: Outcome, *, now: datetime
    ) -> None:
        """Write down that the other side knows."""
        await self._done(tx, row, outcome, None, now=now)

    async def refused(
        self, tx: Transaction, row: OutboxRow, outcome: Outcome, *, now: datetime
    ) -> None:
        """Write down why the other side was not told, or knows of no such agreement."""
        await self._done(tx, row, outcome, "; ".join(outcome.reasons)[:1000], now=now)

    async def _done(
        self, tx: Transaction, row: OutboxRow, outcome: Outcome, note: str | None, *, now: datetime
    ) -> None:
        await tx.outbox.delete(row.id)
        await books.sent(tx, self._did, row, outcome, note=note, now=now)


async def concerned(tx: Transaction, name: str, sender: str) -> Agreement | None:
    """Return the agreement `name` that we have with `sender`, in whatever role."""
    for role in Role:
        found = await tx.agreements.get(name, role)
        if found is not None and found.peer == sender:
            return found
    return None


def checked(received: Received[AgreementNotice], name: str) -> None:
    """Raise MalformedMessageError if a notice is about another agreement than its address says."""
    if received.message.agreement_id != name:
        raise MalformedMessageError(
            what=Phrase("errors.told.protocol.another-agreement"),
            expected=name,
            where="$.agreementId",
        )


def unknown(name: str) -> NotFoundError:
    """Return the error for somebody else's agreement, which looks like none at all."""
    return NotFoundError(what=Phrase("errors.told.thing.agreement-yours"), name=name)


def state(agreement: Agreement) -> Answer:
    """Return what a notice is answered that was taken, now or before."""
    told: Literal["ENDED", "SUSPENDED", "IN_FORCE"] = "IN_FORCE"
    if agreement.ended:
        told = "ENDED"
    elif agreement.suspended:
        told = "SUSPENDED"
    return Answer(200, write(AgreementState(agreement_id=agreement.id, state=told)))


def refusal(name: str, error: FaifoError, status: int) -> Answer:
    """Return what a notice is answered that is not taken."""
    body = AgreementError(agreement_id=name, code=error.code, reason=(str(error),))
    return Answer(status, write(body))
