"""Requests that a person must agree to first: held as reviews, until one decides or time is over.

Who approves signs what was shown. The terms are judged again then, with that review as the fact.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from faifo.machines.negotiation import TERMINAL, Message
from faifo.node.exchange.conduct import Act
from faifo.node.exchange.engine import Engine
from faifo.node.exchange.negotiating import ASKED
from faifo.node.people.reviews import Line, Reviews
from faifo.node.rules import deciding
from faifo.node.rules.standing import would_agree
from faifo.phrases import Phrase
from faifo.policy.wording import terms_in_words
from faifo.store.contract import Transaction
from faifo.store.records import Negotiation, Review, Transfer


class Approving:
    """What is shown of such a request, and what follows from a decision."""

    def __init__(self, reviews: Reviews, engine: Engine[Negotiation]) -> None:
        self._engine = engine
        reviews.handle({ASKED: self, "access": self})

    async def shown(self, tx: Transaction, review: Review, lang: str) -> Sequence[Line]:
        record: Negotiation | Transfer | None = await tx.negotiations.get(review.subject)
        record = record or await tx.transfers.get(review.subject)
        if record is None:
            return []
        dataset = await tx.datasets.get(record.dataset)
        agreement = await tx.agreements.get(record.agreement or "", record.role)
        terms = record.offer if isinstance(record, Negotiation) else {}
        terms = agreement.document if agreement else terms
        return [
            (Phrase("person.approval.peer"), record.peer),
            (Phrase("person.approval.dataset"), dataset.title if dataset else record.dataset),
            (Phrase("person.approval.terms"), terms_in_words(terms, lang)),
        ]

    async def decided(
        self, tx: Transaction, review: Review, *, upheld: bool, now: datetime
    ) -> None:
        record = await tx.negotiations.get(review.subject)
        if record is None or record.state in TERMINAL or not record.asks:
            return
        why: tuple[str, ...] = (str(Phrase("reason.not-approved")),)
        kept = record.decision
        if upheld:
            decision = await would_agree(tx, record, record.offer, now=now, approved=review.id)
            kept = await deciding.keep(tx, decision, stage=ASKED, now=now, process=record.pid)
            why = () if decision.permits else deciding.reasons(decision)
        record = msgspec.structs.replace(
            record, hold=None, asks="", permitted=not why, reason=why, decision=kept
        )
        act = Act(Message.TERMINATION, reason=why) if why else Act(Message.AGREEMENT)
        await self._engine.say(tx, record, act, now=now)
