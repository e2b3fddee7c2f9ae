"""Judging partners' passports: every decision is signed and kept before anybody hears of it.

The newest decision of a person about a passport and a pack counts while it stands; see
`faifo.ai.decision.person`. A judgement that says the same as the one before is not kept again, but
every judging stands in the journal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from faifo import clock, ids
from faifo.ai.decision import explain, person
from faifo.ai.decision.pack import Pack
from faifo.ai.decision.records import ACCEPT, OUTCOMES, Decision
from faifo.ai.oversight import PersonKey
from faifo.ai.passport import dsse, statement
from faifo.errors import NotFoundError, PeerError, RefusedError
from faifo.messages.dsp_2025_1.catalog import Dataset
from faifo.node.custody.current_keys import CurrentKeys
from faifo.node.delivery.changes import FACTS
from faifo.node.evidence import recognising, suspending
from faifo.node.evidence.passports import Passports
from faifo.node.evidence.suspending import called, deployer_in
from faifo.node.outward.partners import Partners
from faifo.node.people.accounts import Accounts
from faifo.node.people.reviews import DECIDING
from faifo.phrases import Phrase
from faifo.store.contract import Store, Transaction
from faifo.store.journal import happened
from faifo.store.records import Judgement, Suspension, Taker


class Opinion(NamedTuple):
    """What a person decides, and why; the passphrase opens the person's key, where there is one."""

    person: str
    outcome: str
    reason: str
    passphrase: str = ""


class Draft(NamedTuple):
    """What is to be kept: by the node's rules, or as a person decided.

    Without any passport there is nothing that a signature could be about; `row` is None then.
    `passport` is its text, where everything about it is proven; `names` are all that it has been
    called by, the newest first.
    """

    provider: str
    dataset: str
    decision: Decision
    row: Judgement | None
    passport: str | None
    key: str
    at: datetime
    names: tuple[str, ...] = ()


class Found(NamedTuple):
    """What counts now: the decision, how it is kept, and the passport's text if it is proven."""

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
        store: Store,
        keys: CurrentKeys,
        partners: Partners,
        passports: Passports,
        accounts: Accounts,
    ) -> None:
        self._accounts = accounts
        self._store = store
        self._keys = keys
        self._partners = partners
        self._passports = passports

    async def check(
        self, node: str, name: str, pack: Pack, opinion: Opinion | None = None, *, key: str
    ) -> Found:
        """Judge the passport of a partner's dataset; what a person decided about it counts.

        Args:
            node: a DID, a URL, or a trusted name.
            name: the dataset's id there.
            pack: what is asked.
            opinion: what a person decides about it now.
            key: the management key that was used.

        Raises:
            NotFoundError: there is no passport to have an opinion about.
            RefusedError: it is to be accepted, and what speaks against it cannot be lifted.
            PeerError: the catalog answers with another dataset than was asked for.
        """
        now = clock.now()
        partner = await self._partners.find(node)
        # Asked for at every check, so that a withdrawal is seen at once.
        dataset, _ = await self._partners.dataset(partner, name)
        if dataset.id != name:
            about = dataset.id[:200]
            reason = Phrase("errors.told.partner.about-other", dataset=name, about=about)
            raise PeerError(who=partner.did, status=200, reasons=(reason,))
        draft = await self.draft(partner.did, dataset, pack, opinion, key=key, now=now)
        return await self._store.run(lambda tx: self.settle(tx, draft))

    async def draft(
        self,
        issuer: str,
        shown: Dataset | str,
        pack: Pack,
        opinion: Opinion | None,
        *,
        key: str,
        now: datetime,
    ) -> Draft:
        """Judge what an issuer shows, or has handed over; `settle` keeps it. See `check`."""
        envelope, dataset = (
            (shown.passport, shown.id) if isinstance(shown, Dataset) else (shown, "")
        )
        judged = await self._passports.judge(
            issuer,
            shown,
            pack,
            recognitions=await self._store.read(
                lambda tx: recognising.in_force(tx, issuer, now=now)
            ),
            suspensions=await self._suspensions(envelope),
            now=now,
        )
        return await self._drafted(
            Draft(issuer, dataset, judged.decision, None, None, key, now),
            opinion,
            envelope if judged.passport is not None else None,
        )

    async def settle(self, tx: Transaction, draft: Draft) -> Found:
        """Keep a draft, write it into the journal, and return what counts."""
        fresh, row = draft.decision, draft.row
        counts, kept = fresh, None
        if row is not None and row.taken_by is Taker.PERSON:
            kept = await tx.judgements.put(row)
        elif row is not None:
            taken = await _newest(tx, row, Taker.PERSON, draft.names)
            decided = read_decision(taken) if taken else None
            counts = person.standing(fresh, decided, now=draft.at, names=draft.names)
            kept = await _kept(tx, row, draft) if counts is fresh else taken
        await _note(tx, draft, counts, kept)
        tx.rings(FACTS)
        return Found(counts, kept, draft.passport, draft.provider, draft.dataset)

    async def _suspensions(self, envelope: Any) -> list[Suspension]:
        names = called(envelope)
        return await self._store.read(lambda tx: suspending.of(tx, names)) if names else []

    async def _drafted(self, draft: Draft, opinion: Opinion | None, passport: str | None) -> Draft:
        decision, signer = draft.decision, None
        if opinion is not None:
            if not decision.passport_sha256:
                what = Phrase("errors.told.thing.passport", dataset=draft.dataset)
                raise NotFoundError(what=what, name=draft.provider)
            if opinion.outcome in person.PASSES and person.is_hard(decision):
                hard = [one for one in decision.findings if one.code in person.HARD]
                raise RefusedError(
                    what=Phrase("errors.told.passport.nobody"),
                    reasons=tuple(explain.sentence(one, "en") for one in hard),
                )
            present = await self._accounts.present_where_needed(
                opinion.person, opinion.passphrase, roles=DECIDING
            )
            decision = person.with_person(
                decision, person=opinion.person, outcome=opinion.outcome, reason=opinion.reason
            )
            if present is not None:
                signer = present.key
                name, signatory = present.signatory.name, present.signatory
                decision = msgspec.structs.replace(decision, person=name, signatory=signatory)
        names = dsse.names(passport.encode()) if passport else (decision.passport_sha256,)
        draft = draft._replace(decision=decision, passport=passport, names=names)
        if not decision.passport_sha256:
            return draft
        # The key may have to be made, and reaches the disk then.
        taker = Taker.NODE if opinion is None else Taker.PERSON
        return draft._replace(row=await asyncio.to_thread(self._row, draft, taker, signer))

    def _row(self, draft: Draft, taker: Taker, signer: PersonKey | None) -> Judgement:
        from faifo.ai.passport.build import sign_record

        decision, sha256 = draft.decision, draft.decision.passport_sha256
        key = self._keys.passport()
        signed = sign_record(statement.DECISION, decision, sha256, key, person=signer)
        return Judgement(
            id=ids.new_urn(decision.decided_at),
            passport=sha256,
            pack=decision.pack_sha256,
            provider=draft.provider,
            dataset=draft.dataset,
            at=decision.decided_at,
            valid_until=decision.valid_until,
            outcome=decision.outcome,
            envelope=signed.decode(),
            key=draft.key,
            taken_by=taker,
            person=decision.person,
            deployer=deployer_in(draft.passport) if draft.passport else "",
        )


async def _kept(tx: Transaction, row: Judgement, draft: Draft) -> Judgement:
    last = await _newest(tx, row, Taker.NODE, draft.names)
    if last is None or draft.at >= last.valid_until or last.dataset != row.dataset:
        return await tx.judgements.put(row)
    if person.same(read_decision(last), draft.decision):
        return last
    return await tx.judgements.put(row)


def read_decision(kept: Judgement) -> Decision:
    """Return what stands in a decision of ours; our own store is believed without proof."""
    return statement.read_unproven(kept.envelope, statement.DECISION, Decision)


async def _newest(
    tx: Transaction, row: Judgement, taker: Taker, names: Sequence[str]
) -> Judgement | None:
    for passport in names:
        found = await tx.judgements.find(
            passport=passport,
            pack=row.pack,
            provider=row.provider,
            taken_by=taker.value,
            newest_first=True,
            limit=1,
        )
        if found:
            return found[0]
    return None


async def _note(tx: Transaction, draft: Draft, decision: Decision, kept: Judgement | None) -> None:
    rules: dict[str, str] = {}
    for finding in decision.findings:
        known = rules.get(finding.rule, ACCEPT)
        rules[finding.rule] = max(known, finding.outcome, key=OUTCOMES.index)
    detail: dict[str, Any] = {
        "outcome": decision.outcome,
        "person_must_decide": decision.person_must_decide,
        "person": decision.person,
        "key": draft.key,
        "passport": decision.passport_sha256,
        "pack": decision.pack,
        "pack_sha256": decision.pack_sha256,
        "rules": rules,
    }
    by_person = draft.row is not None and draft.row.taken_by is Taker.PERSON
    event = "passport-reviewed" if by_person else "passport-judged"
    names = {"peer": draft.provider, "dataset": draft.dataset or None}
    names["decision"] = kept.id if kept else None
    await happened(tx, event, draft.at, names, detail)
