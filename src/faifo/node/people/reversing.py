"""A person upholds an objection: the decision is reversed, and the AI's provider is told.

Told by a signed statement through the outbox, so that it arrives also where the other side is down
for a day. It names the agreement, the dataset and digests of what the provider has seen itself; who
the decision was about, what was objected and who decided stay here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from faifo import ids
from faifo.ai.oversight import REVERSAL as REVERSAL_KIND
from faifo.ai.oversight import Reversal, sign_reversal
from faifo.ai.passport.verify import KeyOf, verify_record
from faifo.errors import NotFoundError, NotProvenError
from faifo.machines.role import Role
from faifo.node.custody.current_keys import CurrentKeys
from faifo.node.delivery.outbox import Outbox
from faifo.node.delivery.peer_answer import Outcome
from faifo.node.outward.service_addresses import ROOT_URL
from faifo.node.people import telling
from faifo.node.people.deciding import note
from faifo.node.people.reviews import Line
from faifo.phrases import Phrase
from faifo.store.contract import Transaction
from faifo.store.journal import happened
from faifo.store.records import OutboxRow, PersonDecision, Review

REVERSAL: Final = "reversal"
PATH: Final = "/faifo/v1/reversals"


class Objections:
    """What is shown of an objection or the wish for a human review, and what follows."""

    def __init__(self, *, did: str, keys: CurrentKeys, outbox: Outbox, patience: timedelta) -> None:
        self._did = did
        self._keys = keys
        self._outbox = outbox
        self._patience = patience

    async def shown(self, tx: Transaction, review: Review, lang: str) -> Sequence[Line]:
        decision = await tx.person_decisions.get(review.subject)
        return [] if decision is None else list(telling.lines(decision, lang))

    async def decided(
        self, tx: Transaction, review: Review, *, upheld: bool, now: datetime
    ) -> None:
        decision = await tx.person_decisions.get(review.subject)
        if decision is None or not upheld or decision.reversed_at is not None:
            return
        decision = await tx.person_decisions.put(decision, reversed_by=review.id, reversed_at=now)
        await note(tx, "person-decision-reversed", decision, now)
        row = OutboxRow(
            id=ids.new_urn(now),
            process=decision.id,
            kind=REVERSAL,
            message="Reversal",
            url=ROOT_URL + PATH,
            peer=decision.provider,
            body=sign_reversal(self._statement(decision, now), self._keys.passport()),
            not_before=now,
            created=now,
            give_up=now + self._patience,
        )
        await self._outbox.queue(tx, row)

    def _statement(self, decision: PersonDecision, now: datetime) -> Reversal:
        return Reversal(
            id=ids.new_urn(now),
            decision=decision.id,
            agreement=decision.agreement,
            dataset=decision.dataset,
            passport=decision.passport,
            figures_sha256=_sha256(decision.figures),
            answer_sha256=_sha256(decision.answer),
            decided_at=decision.at,
            reversed_by=self._did,
            reversed_at=now,
        )

    # ── what became of the message; see `outbox.Outcomes` ────────────────────────────────────

    async def acknowledged(
        self,
        tx: Transaction,
        row: OutboxRow,
        outcome: Outcome,  # noqa: ARG002
        *,
        now: datetime,
    ) -> None:
        await tx.outbox.delete(row.id)
        decision = await tx.person_decisions.get(row.process)
        if decision is not None:
            told = await tx.person_decisions.put(decision, told_at=now, trouble="")
            await note(tx, "reversal-told", told, now)

    async def refused(
        self, tx: Transaction, row: OutboxRow, outcome: Outcome, *, now: datetime
    ) -> None:
        await tx.outbox.delete(row.id)
        decision = await tx.person_decisions.get(row.process)
        if decision is not None:
            kept = await tx.person_decisions.put(decision, trouble=outcome.trouble[:1000])
            await note(tx, "reversal-not-taken", kept, now, why=list(outcome.reasons))


def read_reversal(body: bytes, sender: str, key_of: KeyOf) -> Reversal:
    """Return what a consumer of ours says, proven.

    Raises:
        NotProvenError: it is not signed by the sender, or names another.
        MalformedMessageError: it is no such statement.
    """
    found, key_id = verify_record(body, REVERSAL_KIND, Reversal, key_of)
    if not key_id.startswith(f"{sender}#") or found.reversed_by != sender:
        raise NotProvenError(
            step="author", reason=Phrase("errors.told.oversight.other", key=key_id, sender=sender)
        )
    return found


async def keep_reversal(tx: Transaction, found: Reversal, sender: str, *, now: datetime) -> None:
    """Write into the books that a decision made with a system of ours was reversed; once.

    Raises:
        NotFoundError: this node has no such agreement with the sender.
    """
    agreement = await tx.agreements.get(found.agreement, Role.PROVIDER)
    if agreement is None or (agreement.consumer, agreement.dataset) != (sender, found.dataset):
        raise NotFoundError(what=Phrase("errors.told.thing.agreement"), name=found.agreement)
    known = await tx.journal.find(event="reversal-came", agreement=found.agreement)
    if any(entry.detail.get("decision") == found.decision for _, entry in known):
        return
    detail = {
        "decision": found.decision,
        "passport": found.passport,
        "figures_sha256": found.figures_sha256,
        "answer_sha256": found.answer_sha256,
    }
    names = {"agreement": found.agreement, "dataset": found.dataset, "peer": sender}
    await happened(tx, "reversal-came", now, names, detail)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
