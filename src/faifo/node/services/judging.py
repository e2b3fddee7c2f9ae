"""Judging partners' passports: every decision is signed and kept before anybody hears of it.

The newest decision of a person about a passport and a pack counts while it stands; see
`faifo.ai.decision.person`. A judgement that says the same as the one before is not kept again, but
every judging stands in the journal.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from faifo import clock, ids
from faifo.ai.decision import explain, person
from faifo.ai.decision.pack import Pack
from faifo.ai.decision.records import ACCEPT, OUTCOMES, Decision
from faifo.ai.passport import dsse, statement
from faifo.ai.passport.build import sign_record
from faifo.errors import NotFoundError, RefusedError
from faifo.messages.dsp_2025_1.catalog import Dataset
from faifo.node.current_keys import CurrentKeys
from faifo.node.partners import Partner, Partners
from faifo.node.services import recognising
from faifo.node.services.passports import Judged, Passports
from faifo.store.contract import Store, Transaction
from faifo.store.records import JournalEntry, Judgement, Taker


class Opinion(NamedTuple):
    """What a person decides, and why."""

    person: str
    outcome: str
    reason: str


class Found(NamedTuple):
    """What counts now: the decision, how it is kept, and the passport's text if it is proven.

    Without any passport there is nothing that a signature could be about; `kept` is None then.
    """

    decision: Decision
    kept: Judgement | None
    passport: str | None
    provider: str
    dataset: str


class Judging:
    """The use cases of who asks for a passport."""

    def __init__(
        self,
        *,
        did: str,
        store: Store,
        keys: CurrentKeys,
        partners: Partners,
        passports: Passports,
    ) -> None:
        self._did = did
        self._store = store
        self._keys = keys
        self._partners = partners
        self._passports = passports

    async def check(self, node: str, name: str, pack: Pack, *, key: str) -> Found:
        """Judge the passport of a partner's dataset; what a person decided about it counts.

        Args:
            node: a DID, a URL, or a trusted name.
            name: the dataset's id there.
            pack: what is asked.
            key: the management key that was used.
        """
        now = clock.now()
        partner, dataset, judged = await self._judged(node, name, pack, now)
        fresh = judged.decision
        row = await asyncio.to_thread(self._row, partner, dataset, fresh, key=key, taker=Taker.NODE)

        async def work(tx: Transaction) -> tuple[Decision, Judgement | None]:
            kept = None
            counts = fresh
            if row is not None:
                taken = await _newest(tx, row, Taker.PERSON)
                counts = person.standing(fresh, read_decision(taken) if taken else None, now=now)
                kept = taken if counts is not fresh else await self._kept(tx, row, fresh, now)
            await _note(tx, "passport-judged", partner, dataset, counts, kept, key=key, now=now)
            return counts, kept

        decision, kept = await self._store.run(work)
        return _found(decision, kept, partner, dataset, judged)

    async def review(
        self, node: str, name: str, pack: Pack, opinion: Opinion, *, key: str
    ) -> Found:
        """Judge anew, and keep what a person decides about it.

        Raises:
            NotFoundError: the dataset has no passport to decide about.
            RefusedError: it is to be accepted, and what speaks against it cannot be lifted.
        """
        now = clock.now()
        partner, dataset, judged = await self._judged(node, name, pack, now)
        fresh = judged.decision
        if not fresh.passport_sha256:
            raise NotFoundError(what=f"passport of the dataset {dataset.id} at", name=partner.did)
        if opinion.outcome in person.PASSES and person.is_hard(fresh):
            hard = [one for one in fresh.findings if one.code in person.HARD]
            reasons = tuple(explain.sentence(one, "en") for one in hard)
            raise RefusedError(what="to accept what nobody can lift is", reasons=reasons)
        decision = person.with_person(fresh, **opinion._asdict())
        row = await asyncio.to_thread(
            self._row, partner, dataset, decision, key=key, taker=Taker.PERSON
        )
        assert row is not None  # noqa: S101 - there is a digest

        async def work(tx: Transaction) -> Judgement:
            kept = await tx.judgements.put(row)
            await _note(tx, "passport-reviewed", partner, dataset, decision, kept, key=key, now=now)
            return kept

        kept = await self._store.run(work)
        return _found(decision, kept, partner, dataset, judged)

    async def _judged(
        self, node: str, name: str, pack: Pack, now: datetime
    ) -> tuple[Partner, Dataset, Judged]:
        partner = await self._partners.find(node)
        # Asked for at every check, so that a withdrawal is seen at once.
        dataset = await self._partners.dataset(partner, name)
        known = await self._store.read(lambda tx: recognising.in_force(tx, partner.did, now=now))
        judged = await self._passports.judge(
            partner.did, dataset, pack, recognitions=known, now=now
        )
        return partner, dataset, judged

    def _row(
        self, partner: Partner, dataset: Dataset, decision: Decision, *, key: str, taker: Taker
    ) -> Judgement | None:
        sha256 = decision.passport_sha256
        if not sha256:
            return None
        signed = sign_record(statement.DECISION, decision, sha256, self._keys.passport())
        return Judgement(
            id=ids.new_urn(decision.decided_at),
            passport=sha256,
            pack=decision.pack_sha256,
            provider=partner.did,
            dataset=dataset.id,
            at=decision.decided_at,
            valid_until=decision.valid_until,
            outcome=decision.outcome,
            envelope=signed.decode(),
            key=key,
            taken_by=taker,
            person=decision.person,
        )

    async def _kept(
        self, tx: Transaction, row: Judgement, fresh: Decision, now: datetime
    ) -> Judgement:
        last = await _newest(tx, row, Taker.NODE)
        unchanged = (
            last is not None
            and now < last.valid_until
            and last.dataset == row.dataset
            and person.same(read_decision(last), fresh)
        )
        if unchanged and last is not None:
            return last
        return await tx.judgements.put(row)


def read_decision(kept: Judgement) -> Decision:
    """Return what stands in a decision of ours; our own store is believed without proof."""
    payload = dsse.read(kept.envelope.encode()).payload
    return statement.read_statement(payload, statement.DECISION, Decision)[0]


async def _newest(tx: Transaction, row: Judgement, taker: Taker) -> Judgement | None:
    found = await tx.judgements.find(
        passport=row.passport,
        pack=row.pack,
        provider=row.provider,
        taken_by=taker.value,
        newest_first=True,
        limit=1,
    )
    return found[0] if found else None


def _found(
    decision: Decision, kept: Judgement | None, partner: Partner, dataset: Dataset, judged: Judged
) -> Found:
    text = dataset.passport if judged.passport is not None else None
    return Found(decision, kept, text, partner.did, dataset.id)


async def _note(
    tx: Transaction,
    event: str,
    partner: Partner,
    dataset: Dataset,
    decision: Decision,
    kept: Judgement | None,
    *,
    key: str,
    now: datetime,
) -> None:
    rules: dict[str, str] = {}
    for finding in decision.findings:
        known = rules.get(finding.rule, ACCEPT)
        rules[finding.rule] = max(known, finding.outcome, key=OUTCOMES.index)
    detail: dict[str, Any] = {
        "outcome": decision.outcome,
        "person_must_decide": decision.person_must_decide,
        "person": decision.person,
        "key": key,
        "passport": decision.passport_sha256,
        "pack": decision.pack,
        "pack_sha256": decision.pack_sha256,
        "rules": rules,
    }
    entry = JournalEntry(
        event=event,
        at=now,
        peer=partner.did,
        dataset=dataset.id,
        decision=kept.id if kept else None,
        detail=msgspec.to_builtins(detail),
    )
    await tx.journal.append(entry)
