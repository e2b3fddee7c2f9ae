"""Who got a notice, who acknowledged it after how many seconds, and who stayed silent.

Times are by this node's clock, from when the rows of the notice were written.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from faifo.ai.passport.said import open_signed, read_kept
from faifo.errors import ConflictError, MalformedMessageError, NotFoundError, NotProvenError
from faifo.kinds.signed import Acknowledgement, Notice, Stage
from faifo.node.announcing import wire
from faifo.node.announcing.booking import ENDS, note
from faifo.node.delivery.peer_answer import Outcome, PeerAnswer
from faifo.node.outward.partners import Partners
from faifo.node.outward.resolver import Resolver
from faifo.node.outward.signers import KeyOf, proven
from faifo.phrases import Phrase
from faifo.phrases.figures import moment
from faifo.store.contract import Transaction
from faifo.store.records import NoticeDelivery, OutboxRow


class Receipt(msgspec.Struct, frozen=True):
    """What a receiver's node answers: its signed word."""

    signed: str


class Counting:
    """Counts at the sender; as `outbox.Outcomes` it takes what became of each delivery."""

    def __init__(self, *, did: str) -> None:
        self._did = did

    async def count(
        self, tx: Transaction, said: Acknowledgement, signed: str, *, now: datetime
    ) -> None:
        """Count a statement of a receiver; its signature is proven already.

        Raises:
            NotFoundError: there is no such notice, or it was not sent to him.
            NotProvenError: it is about another notice, or said to somebody else.
            MalformedMessageError: it is dated before the notice, or in the future.
            ConflictError: it comes too late, or he has said something else before.
        """
        kept = await tx.notices.get(said.notice)
        delivery = await tx.deliveries.get(said.notice, said.by)
        if kept is None or delivery is None:
            raise NotFoundError(what=Phrase("errors.told.notice.the-out"), name=said.notice)
        if said.subject_sha256 != kept.sha256 or said.to != self._did:
            raise NotProvenError(step="subject", reason=Phrase("errors.told.notice.about-other"))
        if signed in delivery.statements:
            return
        notice = read_kept(kept.envelope, Notice)
        if not delivery.sent - wire.LEEWAY <= said.at <= now + wire.LEEWAY:
            raise MalformedMessageError(
                what=Phrase("errors.told.notice.dated", at=moment(said.at)),
                expected=Phrase("errors.told.notice.since", at=moment(delivery.sent)),
            )
        if said.stage != "received" and (now >= notice.until or kept.state in ENDS.values()):
            raise ConflictError(
                what=Phrase("errors.told.notice.late", id=kept.id),
                advice=Phrase("errors.told.notice.late-advice"),
            )
        if getattr(delivery, said.stage) is not None:
            if said.stage == "received":  # it was sent again, with what was said since
                return
            raise ConflictError(what=Phrase("errors.told.notice.said", stage=said.stage))
        await tx.deliveries.put(_counted(delivery, said.stage, signed, now))
        await note(tx, f"notice-{said.stage}", kept, now, by=said.by)
        tx.rings(kept.id)

    async def deadline(self, tx: Transaction, name: str, now: datetime) -> None:
        """Name those who have not acknowledged in time, and raise the alarm."""
        kept = await tx.notices.get(name)
        every = await tx.deliveries.find(notice=name)
        silent = [one for one in every if one.acknowledged is None]
        if kept is None or not silent or kept.state in ENDS.values():
            return
        for one in silent:
            await tx.deliveries.put(one, silent=now)
        names = [one.receiver for one in silent]
        await note(tx, "notice-silence", kept, now, silent=names, receivers=len(every))
        tx.rings(name)

    async def acknowledged(
        self, tx: Transaction, row: OutboxRow, outcome: Outcome, *, now: datetime
    ) -> None:
        await tx.outbox.delete(row.id)
        if row.kind != wire.NOTICE:
            return
        receipt = msgspec.json.decode(outcome.body, type=Receipt)
        said = read_kept(receipt.signed, Acknowledgement)
        try:
            await self.count(tx, said, receipt.signed, now=now)
        except (ConflictError, NotFoundError, MalformedMessageError, NotProvenError) as error:
            await self._trouble(tx, row, str(error), now)

    async def refused(
        self, tx: Transaction, row: OutboxRow, outcome: Outcome, *, now: datetime
    ) -> None:
        await tx.outbox.delete(row.id)
        await self._trouble(tx, row, outcome.trouble, now)

    async def _trouble(self, tx: Transaction, row: OutboxRow, why: str, now: datetime) -> None:
        kept = await tx.notices.get(row.process)
        delivery = await tx.deliveries.get(row.process, row.peer)
        if delivery is not None:
            await tx.deliveries.put(delivery, trouble=why[:1000])
        if kept is not None:
            await note(tx, "notice-not-taken", kept, now, by=row.peer, why=[why[:1000]])
            tx.rings(kept.id)


def _counted(delivery: NoticeDelivery, stage: Stage, signed: str, now: datetime) -> NoticeDelivery:
    """Return the delivery with a statement; who acts knows, and who knows has received."""
    marks: dict[str, Any] = {"received": delivery.received or now, "trouble": None}
    if stage != "received":
        marks |= {"acknowledged": delivery.acknowledged or now, "silent": None}
    if stage == "acted":
        marks["acted"] = now
    statements = (*delivery.statements, signed)
    return msgspec.structs.replace(delivery, statements=statements, **marks)


class NoticeSender:
    """Brings a notice to a partner, and proves that the answer is his own signed word."""

    def __init__(self, partners: Partners, resolver: Resolver) -> None:
        self._partners, self._resolver = partners, resolver

    async def send(self, url: str, body: bytes, *, audience: str) -> PeerAnswer:
        """See `outbox.Sender`.

        Raises:
            NotProvenError, MalformedMessageError: the answer is no statement of the receiver's.
        """
        answer = await self._partners.send(url, body, audience=audience)
        if answer.status != 200:
            return answer
        signed = wire.read(answer.body, Receipt).signed.encode()

        def opened(keys: KeyOf) -> Acknowledgement:
            return open_signed(signed, Acknowledgement, lambda one: one.by, keys)

        said = await proven(self._resolver, audience, opened, party=audience)
        if said.by != audience:
            raise NotProvenError(step="signer", reason=Phrase("errors.told.notice.not-caller"))
        return answer

    async def get(self, url: str, *, audience: str) -> PeerAnswer:
        return await self._partners.get(url, audience=audience)
