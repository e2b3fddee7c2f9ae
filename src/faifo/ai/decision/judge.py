"""Judge a passport by a policy pack. A judgement returns and never raises; empty input refuses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from faifo.ai.decision.limits import judged_limits
from faifo.ai.decision.pack import LEVELS, RISKS, Clause, Pack
from faifo.ai.decision.recompute import Mismatch, Recomputed, recompute
from faifo.ai.decision.records import (
    ACCEPT,
    CONDITIONS,
    NEED_MORE,
    OUTCOMES,
    REFUSE,
    Decision,
    Finding,
    Presented,
    Recognition,
)
from faifo.ai.evidence import ELSEWHERE
from faifo.phrases.figures import day


def decide(
    pack: Pack,
    presented: Presented,
    *,
    now: datetime,
    by: str,
    recognitions: Sequence[Recognition] = (),
) -> Decision:
    """Return the whole decision, with every clause's finding.

    Args:
        pack: what is asked.
        presented: what came, with its proofs already checked; `problems` names failed ones.
        now: the moment of the decision.
        by: the DID of the economy that decides.
        recognitions: records that are verified and not withdrawn.
    """
    findings = [
        Finding(rule=f"{pack.id}/proof", outcome=REFUSE, code="proof", facts={"problem": problem})
        for problem in presented.problems
    ]
    findings += _dates(pack, presented, now)
    made, mismatches, claimed = recompute(presented.evidence)
    findings += [
        Finding(rule=f"{pack.id}/recompute", outcome=NEED_MORE, code="counts-elsewhere",
                facts={"method": evidence.method.id, "sha256": str(evidence.counts[ELSEWHERE])})
        for evidence in claimed
        if ELSEWHERE in evidence.counts
    ]  # fmt: skip
    findings += [_mismatch(pack, mismatch) for mismatch in mismatches]
    risk, classified = _classified(pack, presented)
    findings += classified
    asked = [
        clause
        for clause in (*pack.clauses, *pack.limits)
        if presented.kind in clause.kinds
        and risk in clause.risks
        and not (clause.abroad and presented.economy in pack.economies)
    ]
    for clause in asked:
        found = _judged(pack, clause, presented, made, recognitions, now)
        findings += _in_force(clause, found, now)
    if not asked:
        findings.append(
            Finding(rule=f"{pack.id}/scope", outcome=REFUSE, code="no-clause",
                    facts={"kind": presented.kind, "risk": risk})
        )  # fmt: skip
    outcome = max((f.outcome for f in findings), key=OUTCOMES.index, default=REFUSE)
    person = risk in pack.person_for
    if person:
        findings.append(
            Finding(rule=f"{pack.id}/person", outcome=ACCEPT, code="person", facts={"risk": risk})
        )
    if not pack.shipped:
        findings.append(
            Finding(rule=f"{pack.id}/pack", outcome=ACCEPT, code="own-pack",
                    facts={"sha256": pack.sha256})
        )  # fmt: skip
    conditions = [
        clause.condition
        for clause in asked
        if any(f.rule == _rule(pack, clause) and f.outcome == CONDITIONS for f in findings)
    ]
    return Decision(
        pack=pack.id,
        pack_version=pack.version,
        pack_sha256=pack.sha256,
        passport_sha256=presented.sha256,
        issuer=presented.issuer,
        outcome=outcome,
        person_must_decide=person,
        findings=tuple(findings),
        conditions=tuple(conditions),
        decided_by=by,
        decided_at=now,
        valid_until=min(presented.expires, now + timedelta(days=pack.decision_days)),
    )


def _classified(pack: Pack, presented: Presented) -> tuple[str, list[Finding]]:
    """Return the level that counts: the issuer's, unless the text puts a use of it higher."""
    risk, findings = presented.risk, []
    for one in pack.uses:
        if one.use in presented.uses:
            risk = max(risk, one.level, key=RISKS.index)
            called = {f"level_{lang}": text for lang, text in pack.levels[one.level].items()}
            facts = {"use": one.use, "level": one.level, **called}
            findings.append(
                Finding(rule=f"{pack.id}/{one.id}", source=one.cited, outcome=ACCEPT, code="use",
                        facts=facts)
            )  # fmt: skip
    if pack.by_use and not findings and presented.kind != "dataset":
        rule, uses = f"{pack.id}/use", ", ".join(presented.uses)
        if uses:
            findings.append(
                Finding(rule=rule, outcome=ACCEPT, code="use-unlisted", facts={"uses": uses})
            )
        else:
            findings.append(Finding(rule=rule, outcome=NEED_MORE, code="no-use"))
    return risk, findings


def _in_force(clause: Clause, found: Iterable[Finding], now: datetime) -> Iterator[Finding]:
    """Yield the findings; what the law asks from a later day on is told and stops nothing."""
    for one in found:
        if clause.in_force is None or clause.in_force <= now.date() or one.outcome == ACCEPT:
            yield one
            continue
        facts = {"from": clause.in_force.isoformat(), "text": clause.text["en"]}
        texts = {f"text_{lang}": text for lang, text in clause.text.items()}
        yield msgspec.structs.replace(one, outcome=ACCEPT, code="not-yet", facts=facts | texts)


def _dates(pack: Pack, presented: Presented, now: datetime) -> list[Finding]:
    found = []
    if not pack.holds_on(now.date()):
        found.append(
            Finding(rule=f"{pack.id}/dates", outcome=REFUSE, code="pack-date", facts=pack.days)
        )
    if not presented.issued <= now + timedelta(seconds=30) or now >= presented.expires:
        facts = {"from": day(presented.issued), "until": day(presented.expires)}
        found.append(
            Finding(rule=f"{pack.id}/dates", outcome=REFUSE, code="passport-date", facts=facts)
        )
    elif now - presented.issued > timedelta(days=pack.max_age_days):
        facts = {"days": str((now - presented.issued).days), "limit": str(pack.max_age_days)}
        found.append(Finding(rule=f"{pack.id}/dates", outcome=NEED_MORE, code="old", facts=facts))
    return found


def _mismatch(pack: Pack, mismatch: Mismatch) -> Finding:
    facts = {
        "method": mismatch.method,
        "what": mismatch.what,
        "stated": mismatch.stated or "-",
        "ours": mismatch.ours or "-",
    }
    return Finding(rule=f"{pack.id}/recompute", outcome=REFUSE, code="mismatch", facts=facts)


def _rule(pack: Pack, clause: Clause) -> str:
    return f"{pack.id}/{clause.id}"


def _judged(
    pack: Pack,
    clause: Clause,
    presented: Presented,
    made: Sequence[Recomputed],
    recognitions: Sequence[Recognition],
    now: datetime,
) -> Iterator[Finding]:
    def finding(outcome: str, code: str, **facts: str) -> Finding:
        return Finding(
            rule=_rule(pack, clause), source=clause.where, outcome=outcome, code=code, facts=facts
        )

    if clause.answer is not None:
        given = presented.answers.get(clause.answer, "")
        answered = given not in ("", "unanswered")
        code = "answered" if answered else "unanswered"
        yield finding(ACCEPT if answered else NEED_MORE, code, question=clause.answer)
        return
    if clause.part is not None:
        there = clause.part in presented.parts
        yield finding(
            ACCEPT if there else NEED_MORE, "part" if there else "no-part", part=clause.part
        )
        return
    method = clause.method or ""
    of_method = [entry for entry in made if entry.evidence.method.id == method]
    levels = [_level(entry, presented, recognitions, now) for entry in of_method]
    enough = [
        entry
        for entry, level in zip(of_method, levels, strict=True)
        if LEVELS.index(level) >= LEVELS.index(clause.assessor)
    ]
    if of_method and not enough:
        yield finding(
            NEED_MORE,
            "assessor",
            method=method,
            asked=clause.assessor,
            given=max(levels, key=LEVELS.index),
        )
        return
    if not enough:
        if not clause.optional:
            yield finding(NEED_MORE, "no-evidence", method=method)
        return
    if clause.figure is None:
        yield finding(ACCEPT, "evidence", method=method)
        return
    yield from judged_limits(pack, clause, enough, finding)


def _level(
    entry: Recomputed,
    presented: Presented,
    recognitions: Sequence[Recognition],
    now: datetime,
) -> str:
    """Return the level that the evidence counts for: its own, unless a recognition says more."""
    # Nobody raises himself: what the evidence says of its assessor counts for nothing.
    levels = ["self"]
    for record in recognitions:
        if (
            record.issuer == presented.issuer != record.recogniser
            and entry.evidence.method.id in record.methods
            and record.valid_from <= now < record.valid_until
        ):
            levels.append(record.counts_as)
    return max(levels, key=LEVELS.index)
