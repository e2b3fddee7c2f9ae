"""A credit model with a passport is used in the other economy, and refuses an applicant."""

from __future__ import annotations

import asyncio
import shlex
from datetime import timedelta
from typing import Final

import msgspec

from faifo import clock, ids
from faifo.ai.decision.records import ACCEPT, NEED_MORE
from faifo.api.datasets import Publication
from faifo.demo import credit, loan_model, tables
from faifo.demo.acts.judging import LENIENT, about_impact, decision_of, passport_key, quote
from faifo.demo.acts.predicting import (
    APPLICANT,
    CREDENTIALS,
    ask,
    keep_credentials,
    service_url,
    start_service,
)
from faifo.demo.acts.publishing import terms
from faifo.demo.model_service import CUT_OFFS
from faifo.demo.stage import PURPOSE, Stage

DESK: Final = "credit-desk"
PASSPORT: Final = "desk.passport.json"
UNVERIFIED: Final = {**APPLICANT, "unver": 1}
"""The invented applicant, with some information that could not be verified."""


async def play(stage: Stage) -> None:
    stage.tell.act("deciding")
    key = ids.new_secret()
    stage.passport = await _passport(stage)
    await _publish(stage, key)
    await _accept(stage)
    await _refuse(stage)


async def _passport(stage: Stage) -> bytes:
    """Measure the desk at home, and sign what was counted."""
    tell = stage.tell
    with tell.step("deciding.measured") as facts:
        found = await asyncio.to_thread(credit.measure, credit.SEX_AND_AGE)
        now = clock.now() - timedelta(seconds=1)
        signed = credit.passport(
            LENIENT, found.desks[LENIENT], passport_key(stage), id=ids.new_urn(now), now=now
        )
        groups = ", ".join(
            tell.phrase(f"deciding.{name.replace(' ', '-')}", n=n)
            for name, n in found.groups.items()
        )
        facts.update(rows=found.rows, groups=groups, size=tell.size(len(signed)))
    tell.note("predicting.source")
    (stage.cast.root / PASSPORT).write_bytes(signed)
    return signed


async def _publish(stage: Stage, key: str) -> None:
    tell = stage.tell
    with tell.step("deciding.published"):
        keep_credentials(stage, key)
        ready = await start_service(stage, key)
        await stage.provider.publish(
            Publication(
                id=DESK,
                location=f"{service_url(ready)}/{LENIENT}",
                title=tell.phrase("judging.title-of-desk", cut_off=CUT_OFFS[LENIENT]),
                terms=terms(stage),
                credentials=CREDENTIALS,
                passport=stage.passport.decode(),
                contact="nobody@example.org",
                notice="https://example.org/notice",
                appeal=tell.phrase("deciding.appeal"),
            )
        )
    options = f"--id {DESK} --credentials {CREDENTIALS} --passport {PASSPORT}"
    tell.typed(f"publish {service_url(ready)}/{LENIENT} {options} --dir {stage.cast.provider.nick}")


async def _accept(stage: Stage) -> None:
    """At high risk a person of the receiver decides, with the figures in sight."""
    tell, nick = stage.tell, stage.cast.provider.nick
    with tell.step("deciding.accepted") as facts:
        judged = await stage.consumer.check_passport(nick, DESK)
        decision = decision_of(judged)
        waits = decision.outcome in (ACCEPT, NEED_MORE) and decision.person_must_decide
        stage.ensure(waits and not judged.passes, "lenient-waits", decision.outcome)
        facts["person"] = tell.phrase("deciding.officer")
        kept = await stage.consumer.review_passport(
            nick,
            DESK,
            person=tell.phrase("deciding.officer"),
            outcome=ACCEPT,
            reason=tell.phrase("deciding.why"),
        )
    stage.ensure(kept.passes and kept.signed is not None, "person-accepted", kept.decision)
    impact = [one for one in about_impact(decision) if one.outcome == ACCEPT][-1:]
    ratio = f"{credit.impact(CUT_OFFS[LENIENT], credit.SEX_AND_AGE):.4g}"
    stage.ensure([one.facts["value"] for one in impact] == [ratio], "impact-counted", ratio)
    quote(stage, impact)
    person, why = (shlex.quote(tell.phrase(f"deciding.{one}")) for one in ("officer", "why"))
    said = f"{nick} {DESK} --outcome accept --person {person} --reason {why}"
    tell.typed(f"ai review {said} --dir {stage.cast.consumer.nick}")


async def _refuse(stage: Stage) -> None:
    tell = stage.tell
    with tell.step("deciding.refused") as facts:
        said, called = await ask(stage, DESK, UNVERIFIED)
        own = loan_model.fit(tables.loan_applications()).approval(UNVERIFIED)
        stage.ensure(said["approval_probability"] == round(own, 6), "same-chance", own)
        stage.ensure(not said["approved"], "applicant-refused", said)
        facts["chance"] = tell.number(100 * said["approval_probability"], digits=1)
        facts["cut_off"] = said["cut_off"]
        stage.booked = await stage.consumer.book_decision(
            called.agreement,
            transfer=called.transfer,
            figures=msgspec.json.encode(UNVERIFIED).decode(),
            answer=msgspec.json.encode(said).decode(),
            outcome=tell.phrase("deciding.outcome"),
            decided_by=tell.phrase("deciding.desk"),
        )
    body = msgspec.json.encode(UNVERIFIED).decode()
    asked = f"{stage.cast.provider.nick} {DESK} /decide -d '{body}' --purpose {PURPOSE}"
    tell.typed(f"call {asked} --about-person --dir {stage.cast.consumer.nick}")
