"""Two credit models with passports: one is refused for its figures, one is used until withdrawn."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec

from faifo import clock, ids
from faifo.ai.decision import explain
from faifo.ai.decision.records import ACCEPT, NEED_MORE, REFUSE, Decision, Finding
from faifo.ai.passport.build import withdraw
from faifo.api.datasets import Publication
from faifo.api.passports import JudgedPassport
from faifo.demo import credit, loan_model, tables
from faifo.demo.acts.predicting import APPLICANT, CREDENTIALS, ask, service_url
from faifo.demo.acts.publishing import terms
from faifo.demo.model_service import CUT_OFFS
from faifo.demo.stage import Stage
from faifo.errors import RefusedError
from faifo.node.custody.current_keys import CurrentKeys
from faifo.node.custody.keyring import read_keyring
from faifo.trust.keys import SigningKey

PACK = "asean"
LENIENT, STRICT = "lenient", "strict"
IMPACT = "disparate_impact_ratio"


async def play(stage: Stage) -> None:
    stage.tell.act("judging")
    key = passport_key(stage)
    passports = await _passports(stage, key)
    await _publish(stage, passports)
    await _refused(stage)
    await _decided(stage)
    await _called(stage)
    await _withdrawn(stage, passports[LENIENT], key)


def passport_key(stage: Stage) -> SigningKey:
    """Return the provider's key for passports, made while its node runs."""
    provider = stage.cast.provider
    keys = provider.directory.keys
    ring = read_keyring(keys, did=provider.did)
    return CurrentKeys(keys, did=provider.did, started=ring).passport()


async def _passports(stage: Stage, key: SigningKey) -> dict[str, bytes]:
    tell = stage.tell
    with tell.step("judging.measured") as facts:
        found = await asyncio.to_thread(credit.measure)
        groups = ", ".join(f"{name} {count}" for name, count in found.groups.items())
        facts.update(rows=found.rows, groups=groups)
    tell.note("predicting.source")
    tell.note("judging.desks", lenient=CUT_OFFS[LENIENT], strict=CUT_OFFS[STRICT])
    with tell.step("judging.signed") as facts:
        # A second ago, so that the two clocks of one machine cannot disagree about it.
        now = clock.now() - timedelta(seconds=1)
        made = {
            desk: credit.passport(desk, evidence, key, id=ids.new_urn(now), now=now)
            for desk, evidence in found.desks.items()
        }
        facts["size"] = tell.size(sum(map(len, made.values())) // len(made))
    return made


async def _publish(stage: Stage, passports: dict[str, bytes]) -> None:
    assert stage.service is not None  # noqa: S101 - it was started in an earlier act
    with stage.tell.step("judging.published", count=len(passports)):
        for desk, envelope in passports.items():
            await stage.provider.publish(
                Publication(
                    id=_dataset(desk),
                    location=f"{service_url(stage.service)}/{desk}",
                    title=stage.tell.phrase("judging.title-of-desk", cut_off=CUT_OFFS[desk]),
                    terms=terms(stage),
                    credentials=CREDENTIALS,
                    passport=envelope.decode(),
                )
            )


async def _refused(stage: Stage) -> None:
    """The strict desk: what its counts say of two groups is under the limit, interval and all."""
    with stage.tell.step("judging.refused", dataset=_dataset(STRICT), pack=PACK):
        judged = await stage.consumer.check_passport(stage.cast.provider.nick, _dataset(STRICT))
    decision = decision_of(judged)
    reasons = [one for one in about_impact(decision) if one.outcome == REFUSE]
    _counted_here(stage, decision, STRICT)
    refused = decision.outcome == REFUSE and not judged.passes and not judged.hard
    stage.ensure(refused and len(reasons) == 1, "strict-refused", decision.outcome)
    quote(stage, reasons)


async def _decided(stage: Stage) -> None:
    """The other desk: its figures hold, one cannot be told, and at high risk a person decides."""
    tell, provider, dataset = stage.tell, stage.cast.provider.nick, _dataset(LENIENT)
    with tell.step("judging.asked", dataset=dataset):
        judged = await stage.consumer.check_passport(provider, dataset)
    decision = decision_of(judged)
    stage.ensure(
        decision.outcome == NEED_MORE and decision.person_must_decide and not judged.passes,
        "lenient-waits", decision.outcome,
    )  # fmt: skip
    stage.ensure(all(f.outcome == ACCEPT for f in about_impact(decision)), "impact-holds", dataset)
    _counted_here(stage, decision, LENIENT)
    troubles = [one for one in decision.findings if one.outcome != ACCEPT]
    quote(stage, [*about_impact(decision), *troubles])
    with tell.step("judging.decided") as facts:
        kept = await stage.consumer.review_passport(
            provider,
            dataset,
            person=tell.phrase("judging.officer"),
            outcome=ACCEPT,
            reason=tell.phrase("judging.why"),
        )
        facts["id"] = kept.id
    stage.ensure(kept.passes and kept.signed is not None, "person-accepted", kept.decision)
    tell.quote(f"{tell.phrase('judging.officer')}: {tell.phrase('judging.why')}", good=True)


async def _called(stage: Stage) -> None:
    provider, dataset = stage.cast.provider.nick, _dataset(LENIENT)
    with stage.tell.step("judging.called") as facts:
        judged = await stage.consumer.check_passport(provider, dataset)
        stage.ensure(judged.passes, "person-stands", judged.decision)
        said, _ = await ask(stage, dataset, APPLICANT)
        facts["chance"] = stage.tell.number(100 * said["approval_probability"], digits=1)
        facts["cut_off"] = said["cut_off"]
    stage.ensure(bool(said["approved"]), "applicant-approved", said)
    own = loan_model.fit(tables.loan_applications()).approval(APPLICANT)
    stage.ensure(said["approval_probability"] == round(own, 6), "same-chance", own)
    stage.ensure(said["cut_off"] == CUT_OFFS[LENIENT], "cut-off", said["cut_off"])


async def _withdrawn(stage: Stage, envelope: bytes, key: SigningKey) -> None:
    tell, provider, dataset = stage.tell, stage.cast.provider, _dataset(LENIENT)
    with tell.step("judging.withdrawn"):
        reason = tell.phrase("judging.withdrawn-why")
        body = withdraw(envelope, issuer=provider.did, reason=reason, now=clock.now(), key=key)
        told = await stage.provider.withdraw_passport(body.decode())
    stage.ensure(told.datasets == (dataset,), "withdrawn-of", told.datasets)
    with tell.step("judging.stopped"):
        judged = await stage.consumer.check_passport(provider.nick, dataset)
    stage.ensure(judged.hard and not judged.passes, "withdrawn-stops", judged.decision)
    quote(stage, [one for one in decision_of(judged).findings if one.code == "proof"])
    refusal = ""
    with tell.step("judging.gate"):
        try:
            await ask(stage, dataset, APPLICANT)
        except RefusedError as error:
            refusal = error.sentence(tell.lang)
    stage.ensure(bool(refusal), "gate-stops", "an answer")
    tell.quote(refusal, good=False)


def _counted_here(stage: Stage, decision: Decision, desk: str) -> None:
    """The ratio that the receiver made from counts is the one counted from the table itself."""
    ratio = f"{credit.impact(CUT_OFFS[desk]):.4g}"
    told = [one.facts["value"] for one in about_impact(decision)]
    stage.ensure(ratio in told, "impact-counted", (ratio, told))


def about_impact(decision: Decision) -> list[Finding]:
    return [one for one in decision.findings if one.facts.get("figure") == IMPACT]


def decision_of(judged: JudgedPassport) -> Decision:
    return msgspec.convert(judged.decision, Decision)


def quote(stage: Stage, findings: list[Finding]) -> None:
    for finding in findings:
        text = explain.sentence(finding, stage.tell.lang)
        stage.tell.quote(text, good=finding.outcome == ACCEPT)


def _dataset(desk: str) -> str:
    return f"loan-desk-{desk}"
