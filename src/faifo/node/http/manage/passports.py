"""AI passports: judge a partner's before anything is asked of it, withdraw one's own.

What was decided is durable before it is answered.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from starlette.responses import Response

from faifo import clock
from faifo.ai.decision import person
from faifo.ai.decision.pack import Pack
from faifo.ai.packs import names, open_pack, own_pack
from faifo.errors import NotFoundError
from faifo.node.evidence import recognising
from faifo.node.evidence.judging import Found, Judging, Opinion, read_decision
from faifo.node.evidence.passports import Passports
from faifo.node.http.manage import bodies, shapes
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.lists import PAGING, PEER_PROBLEMS, listing
from faifo.node.http.manage.operations import Operation, Parameter
from faifo.node.offering.publishing import Publishing
from faifo.store.contract import Transaction
from faifo.store.records import Judgement, PassportRecognition, Taker


class PassportOperations:
    """What is asked about passports."""

    def __init__(self, *, judging: Judging, passports: Passports, publishing: Publishing) -> None:
        self._judging = judging
        self._passports = passports
        self._publishing = publishing

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "checkPassport",
                ("POST",),
                "/passports/check",
                self._check,
                "judge the AI passport of another node's dataset by a policy pack",
                answers=shapes.JudgedPassport,
                takes=bodies.PassportQuery,
                problems=(403, 404, 413, *PEER_PROBLEMS),
            ),
            Operation(
                "reviewPassport",
                ("POST",),
                "/passports/reviews",
                self._review,
                "keep what a person decides on the AI passport of another node's dataset",
                answers=shapes.JudgedPassport,
                takes=bodies.PassportReview,
                problems=(403, 404, 413, *PEER_PROBLEMS),
            ),
            Operation(
                "listJudgements",
                ("GET",),
                "/passports/decisions",
                listing("judgements", _summary),
                "list what was decided on AI passports of others",
                answers=shapes.Page[shapes.Judgement],
                query=(
                    *PAGING,
                    Parameter("passport", "the SHA-256 of a passport"),
                    Parameter("provider", "the other side's DID"),
                ),
            ),
            Operation(
                "getJudgement",
                ("GET",),
                "/passports/decisions/{id}",
                self._judgement,
                "one decision on an AI passport, with its reasons and as it was signed",
                answers=shapes.SignedJudgement,
                problems=(404,),
            ),
            Operation(
                "keepRecognition",
                ("POST",),
                "/passports/recognitions",
                self._recognise,
                "count an issuer's evidence for more in this node's own checks",
                answers=shapes.PassportRecognition,
                takes=bodies.PassportRecognition,
                problems=(409, 413),
            ),
            Operation(
                "listRecognitions",
                ("GET",),
                "/passports/recognitions",
                listing("passport_recognitions", _recognition),
                "list whose evidence this node has recognised",
                answers=shapes.Page[shapes.PassportRecognition],
                query=(*PAGING, Parameter("issuer", "the DID of an issuer")),
            ),
            Operation(
                "withdrawPassport",
                ("POST",),
                "/passports/withdrawals",
                self._withdraw,
                "publish the withdrawal of an AI passport or a recognition of this node",
                answers=shapes.Withdrawn,
                takes=bodies.PassportWithdrawal,
                problems=(409, 413),
            ),
        ]

    async def _check(self, call: Call) -> Response:
        query: bodies.PassportQuery = call.body
        pack = chosen_pack(query)
        found = await self._judging.check(query.node, query.dataset, pack, key=call.holder)
        return json_response(judged_view(found))

    async def _review(self, call: Call) -> Response:
        query: bodies.PassportReview = call.body
        opinion = Opinion(query.person, query.outcome, query.reason)
        found = await self._judging.check(
            query.node, query.dataset, chosen_pack(query), opinion, key=call.holder
        )
        return json_response(judged_view(found))

    async def _judgement(self, call: Call) -> Response:
        name = call.path("id")

        async def look(tx: Transaction) -> dict[str, Any]:
            kept = await tx.judgements.get(name)
            if kept is None:
                raise NotFoundError(what="decision on a passport", name=name)
            decision = msgspec.to_builtins(read_decision(kept))
            return {**await _summary(tx, kept), "decision": decision, "signed": kept.envelope}

        return await call.read(look)

    async def _recognise(self, call: Call) -> Response:
        body: bodies.PassportRecognition = call.body
        now = clock.now()
        record = await asyncio.to_thread(self._passports.recognition, body.recognition, now=now)

        async def work(tx: Transaction) -> dict[str, Any]:
            return await _recognition(tx, await recognising.keep(tx, record, now=now))

        return await call.write(work)

    async def _withdraw(self, call: Call) -> Response:
        body: bodies.PassportWithdrawal = call.body
        called = await asyncio.to_thread(self._passports.withdrawn, body.withdrawal)

        async def work(tx: Transaction) -> dict[str, Any]:
            datasets = await self._publishing.withdraw_passport(
                tx, called, body.withdrawal, now=clock.now()
            )
            recognition = await recognising.withdraw(tx, called, body.withdrawal, now=clock.now())
            return {
                "sha256": called[0],
                "datasets": [one.id for one in datasets],
                "recognition": recognition.id if recognition else None,
            }

        return await call.write(work)


async def _summary(_: Transaction, kept: Judgement) -> dict[str, Any]:
    view: dict[str, Any] = msgspec.to_builtins(kept)
    decision = read_decision(kept)
    for name in ("envelope", "version"):
        view.pop(name)
    return {
        "person": "",
        **view,
        "pack": decision.pack,
        "pack_version": decision.pack_version,
        "person_must_decide": decision.person_must_decide,
    }


async def _recognition(_: Transaction, kept: PassportRecognition) -> dict[str, Any]:
    record = recognising.read_recognition(kept)
    view: dict[str, Any] = msgspec.to_builtins(record)
    for name in ("format", "recogniser"):
        view.pop(name)
    view |= {"sha256": kept.sha256, "withdrawn": kept.withdrawal is not None}
    return {**view, "signed": kept.envelope}


def judged_view(found: Found) -> dict[str, Any]:
    """Return what was decided, as it is answered."""
    return {
        "id": found.kept.id if found.kept else None,
        "provider": found.provider,
        "dataset": found.dataset,
        "taken_by": found.kept.taken_by if found.kept else Taker.NODE,
        "passes": person.passes(found.decision),
        "hard": person.is_hard(found.decision),
        "decision": msgspec.to_builtins(found.decision),
        "signed": found.kept.envelope if found.kept else None,
        "passport": found.passport,
    }


def chosen_pack(query: bodies.PackChoice) -> Pack:
    if query.pack_toml is not None:
        return own_pack(query.pack_toml.encode("utf-8", "surrogatepass"))
    # A name only: a caller must not make this node read its files.
    if query.pack not in names():
        raise NotFoundError(what="policy pack (" + ", ".join(names()) + ")", name=query.pack)
    return open_pack(query.pack)
