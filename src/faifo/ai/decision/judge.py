"""Judge a passport by a policy pack. A judgement returns and never raises; empty input refuses.

A limit is judged at the interval's edge: it holds only if the whole interval is on the right side,
fails only if the whole interval is on the wrong one, and else more data is asked for. Groups under
the pack's minimum are insufficient: they neither hold nor fail. The intervals are our own, made
from the counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from faifo.ai.decision.pack import LEVELS, Clause, Pack
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
from faifo.ai.evidence import Figure
from faifo.ai.metrics.confusion import RATES, SELECTION_RATES
from faifo.ai.metrics.fairness import Group, figures_of, read_groups

HOLDS: Final = "holds"
_FAIRNESS: Final = "group-fairness"
_NAMED: Final = 5


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
    made, mismatches = recompute(presented.evidence)
    findings += [_mismatch(pack, mismatch) for mismatch in mismatches]
    asked = [
        clause
        for clause in pack.clauses
        if presented.kind in clause.kinds and presented.risk in clause.risks
    ]
    for clause in asked:
        findings += _judged(pack, clause, presented, made, recognitions, now)
    if not asked:
        findings.append(
            Finding(rule=f"{pack.id}/scope", outcome=REFUSE, code="no-clause",
                    facts={"kind": presented.kind, "risk": presented.risk})
        )  # fmt: skip
    outcome = max((f.outcome for f in findings), key=OUTCOMES.index, default=REFUSE)
    person = presented.risk in pack.person_for
    if person:
        findings.append(
            Finding(rule=f"{pack.id}/person", outcome=ACCEPT, code="person",
                    facts={"risk": presented.risk})
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


def _dates(pack: Pack, presented: Presented, now: datetime) -> list[Finding]:
    found = []
    today = now.date()
    late = pack.valid_until is not None and today > pack.valid_until
    if today < pack.valid_from or late:
        facts = {"from": str(pack.valid_from), "until": str(pack.valid_until or "-")}
        found.append(
            Finding(rule=f"{pack.id}/dates", outcome=REFUSE, code="pack-date", facts=facts)
        )
    if not presented.issued <= now + timedelta(seconds=30) or now >= presented.expires:
        facts = {"from": str(presented.issued.date()), "until": str(presented.expires.date())}
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
        about = {f"topic_{lang}": text for lang, text in clause.topic.items()}
        return Finding(
            rule=_rule(pack, clause), source=clause.source, outcome=outcome, code=code,
            facts=facts | about,
        )  # fmt: skip

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
    yield from _limits(pack, clause, enough, finding)


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
            record.issuer == presented.issuer
            and entry.evidence.method.id in record.methods
            and record.valid_from <= now < record.valid_until
        ):
            levels.append(record.counts_as)
    return max(levels, key=LEVELS.index)


def _limits(
    pack: Pack, clause: Clause, made: Sequence[Recomputed], finding: object
) -> Iterator[Finding]:
    make = finding
    assert callable(make)  # noqa: S101 - a closure of _judged
    names = _wanted_slices(clause, made)
    if not names and not clause.optional:
        yield make(NEED_MORE, "no-figure", figure=clause.figure, where="-")
    for name in names:
        figures, insufficient = _figures(pack, clause, made, name)
        where = name or "-"
        for group, n in insufficient:
            yield make(
                NEED_MORE, "insufficient", figure=clause.figure, group=group, n=str(n),
                limit=str(pack.minimum_group),
            )  # fmt: skip
        if not figures and not insufficient:
            yield make(NEED_MORE, "no-figure", figure=clause.figure, where=where)
        for figure, compared in figures:
            yield _judge(clause, figure, compared or where, make)


def _wanted_slices(clause: Clause, made: Sequence[Recomputed]) -> list[str]:
    if clause.slices == "whole":
        return [""]
    attributes = sorted({str(e.evidence.parameters.get("attribute", "")) for e in made})
    if clause.slices == "attributes":
        return [name for name in attributes if name and " & " not in name]
    if clause.slices == "crossings":
        return [name for name in attributes if " & " in name]
    return [clause.slices]


def _figures(
    pack: Pack, clause: Clause, made: Sequence[Recomputed], name: str
) -> tuple[list[tuple[Figure, str]], list[tuple[str, int]]]:
    """Return the figures that count with what they compare, and the groups too small to count."""
    if clause.method != _FAIRNESS:
        found = [f for e in made for f in e.figures if f.name == clause.figure and f.slice == name]
        return [(figure, "") for figure in found], []
    figures: list[tuple[Figure, str]] = []
    small: dict[str, int] = {}
    for entry in made:
        if entry.evidence.parameters.get("attribute") != name:
            continue
        groups = read_groups(entry.evidence.counts)
        enough = [group for group in groups if group.n >= pack.minimum_group]
        small |= {group.name: group.n for group in groups if group not in enough}
        rates = RATES if all(group.table for group in groups) else SELECTION_RATES
        own = figures_of(enough, rates, name, None)
        compared = _compared(name, enough)
        figures += [(f, compared) for f in own if f.name == clause.figure and f.slice == name]
    return figures, sorted(small.items())


def _compared(attribute: str, groups: Sequence[Group]) -> str:
    """Return the attribute with its groups: of one attribute there may be evidence twice.

    What is withheld of a small group may leave it in one and not in the other.
    """
    names = [group.name.removeprefix(f"{attribute}=").strip("()") for group in groups]
    if len(names) > _NAMED:
        names[_NAMED:] = ["…"]
    return f"{attribute} ({', '.join(names)})"


def _judge(clause: Clause, figure: Figure, where: str, make: object) -> Finding:
    assert callable(make)  # noqa: S101 - a closure of _judged
    low = figure.low if figure.low is not None else figure.value
    high = figure.high if figure.high is not None else figure.value
    floor = clause.at_least is not None
    limit = clause.at_least if clause.at_least is not None else clause.at_most
    facts = {
        "figure": figure.name,
        "where": where,
        "value": "-" if figure.value is None else f"{figure.value:.4g}",
        "low": "-" if low is None else f"{low:.4g}",
        "high": "-" if high is None else f"{high:.4g}",
        "limit": f"{limit:g}",
    }
    side = "at-least" if floor else "at-most"
    if low is None or high is None or limit is None:
        found: Finding = make(NEED_MORE, "no-figure", figure=figure.name, where=where)
    elif (low >= limit) if floor else (high <= limit):
        found = make(ACCEPT, f"{side}-holds", **facts)
    elif (high < limit) if floor else (low > limit):
        found = make(clause.on_fail, f"{side}-fails", **facts)
    else:
        found = make(NEED_MORE, f"{side}-wide", **facts)
    return found
