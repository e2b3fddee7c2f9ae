"""AI passports: judge a partner's before anything is asked of it, withdraw one's own.

What was decided is durable before it is answered.
"""

from __future__ import annotations

import asyncio
from typing import Any

from faifo import clock
from faifo.ai.decision import person
from faifo.ai.decision.pack import Pack
from faifo.ai.decision.records import Decision
from faifo.ai.packs import names, open_pack, own_pack
from faifo.api import passports as api
from faifo.errors import NotFoundError
from faifo.node.evidence import recognising
from faifo.node.evidence.judging import Found, Judging, Opinion, read_decision
from faifo.node.evidence.passports import Passports
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.lists import listing
from faifo.node.http.manage.management import Handlers
from faifo.node.http.response import Response
from faifo.node.offering.publishing import Publishing
from faifo.node.showing.answers import answer
from faifo.phrases import Phrase
from faifo.store.contract import Transaction
from faifo.store.records import Judgement, PassportRecognition, Taker


class PassportHandlers:
    """Serves what is asked about passports."""

    def __init__(self, *, judging: Judging, passports: Passports, publishing: Publishing) -> None:
        self._judging = judging
        self._passports = passports
        self._publishing = publishing

    def handlers(self) -> Handlers:
        return {
            api.CHECK_PASSPORT: self._check,
            api.REVIEW_PASSPORT: self._review,
            api.LIST_JUDGEMENTS: listing("judgements", _summary),
            api.GET_JUDGEMENT: self._judgement,
            api.GET_OWN_PASSPORT: self._own,
            api.KEEP_RECOGNITION: self._recognise,
            api.LIST_RECOGNITIONS: listing("passport_recognitions", _recognition),
            api.WITHDRAW_PASSPORT: self._withdraw,
        }

    async def _check(self, call: Call) -> Response:
        query: api.PassportQuery = call.body
        pack = chosen_pack(query)
        found = await self._judging.check(query.node, query.dataset, pack, key=call.holder)
        return json_response(judged_answer(found))

    async def _review(self, call: Call) -> Response:
        query: api.PassportReview = call.body
        opinion = Opinion(query.person, query.outcome, query.reason, query.passphrase)
        found = await self._judging.check(
            query.node, query.dataset, chosen_pack(query), opinion, key=call.holder
        )
        return json_response(judged_answer(found))

    async def _judgement(self, call: Call) -> Response:
        name = call.path("id")

        async def look(tx: Transaction) -> api.SignedJudgement:
            kept = await tx.judgements.get(name)
            if kept is None:
                raise NotFoundError(what=Phrase("errors.told.thing.decision"), name=name)
            decision = read_decision(kept)
            of = _of(decision)
            return answer(api.SignedJudgement, kept, decision=decision, signed=kept.envelope, **of)

        return await call.read(look)

    async def _own(self, call: Call) -> Response:
        name = call.path("id")

        async def look(tx: Transaction) -> api.OwnPassport:
            dataset = await tx.datasets.get(name)
            held = dataset.passport if dataset else None
            if held is None:
                raise NotFoundError(what=Phrase("errors.noun.passport"), name=name)
            told = {"passport": held.envelope, "sha256": held.sha256, "status": held.status}
            return api.OwnPassport(dataset=name, withdrawal=held.withdrawal, **told)

        return await call.read(look)

    async def _recognise(self, call: Call) -> Response:
        body: api.RecognitionOrder = call.body
        now = clock.now()
        record = await asyncio.to_thread(self._passports.recognition, body.recognition, now=now)

        async def work(tx: Transaction) -> api.PassportRecognition:
            return await _recognition(tx, await recognising.keep(tx, record, now=now))

        return await call.write(work)

    async def _withdraw(self, call: Call) -> Response:
        body: api.PassportWithdrawal = call.body
        called = await asyncio.to_thread(self._passports.withdrawn, body.withdrawal)

        async def work(tx: Transaction) -> api.Withdrawn:
            datasets = await self._publishing.withdraw_passport(
                tx, called, body.withdrawal, now=clock.now()
            )
            recognition = await recognising.withdraw(tx, called, body.withdrawal, now=clock.now())
            return api.Withdrawn(
                sha256=called[0],
                datasets=tuple(one.id for one in datasets),
                recognition=recognition.id if recognition else None,
            )

        return await call.write(work)


async def _summary(_: Transaction, kept: Judgement) -> api.Judgement:
    return answer(api.Judgement, kept, **_of(read_decision(kept)))


def _of(decision: Decision) -> dict[str, Any]:
    """Return what the decision says of the pack, whose digest is kept beside it."""
    names = ("pack", "pack_version", "person_must_decide")
    return {name: getattr(decision, name) for name in names}


async def _recognition(_: Transaction, kept: PassportRecognition) -> api.PassportRecognition:
    record = recognising.read_recognition(kept)
    return answer(
        api.PassportRecognition,
        record,
        sha256=kept.sha256,
        withdrawn=kept.withdrawal is not None,
        signed=kept.envelope,
    )


def judged_answer(found: Found) -> api.JudgedPassport:
    """Return what was decided, as it is answered."""
    kept = found.kept
    return answer(
        api.JudgedPassport,
        found,
        id=kept.id if kept else None,
        taken_by=kept.taken_by if kept else Taker.NODE,
        passes=person.passes(found.decision),
        hard=person.is_hard(found.decision),
        signed=kept.envelope if kept else None,
    )


def chosen_pack(query: api.PackChoice) -> Pack:
    if query.pack_toml is not None:
        return own_pack(query.pack_toml.encode("utf-8", "surrogatepass"))
    # A name only: a caller must not make this node read its files.
    if query.pack not in names():
        raise NotFoundError(
            what=Phrase("errors.told.thing.pack", names=", ".join(names())), name=query.pack
        )
    return open_pack(query.pack)
