"""What a person may decide about a passport, and how long that stands. Pure.

A person can lift what is a matter of judgement: a limit, a missing answer, a level of risk. What is
not proven, does not follow from its counts, is withdrawn or out of its dates stays refused whoever
decides. A decision is about one passport and one pack, to the byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from faifo.ai.decision.records import ACCEPT, CONDITIONS, REFUSE, Decision, Finding

# A withdrawal is a proof that failed.
HARD: Final = frozenset({"proof", "mismatch", "pack-date", "passport-date"})
PASSES: Final = (ACCEPT, CONDITIONS)


def passes(decision: Decision) -> bool:
    """Tell whether something may be asked of the provider under this decision."""
    return decision.outcome in PASSES and not decision.person_must_decide


def is_hard(decision: Decision) -> bool:
    """Tell whether nobody can lift what speaks against the passport."""
    return any(finding.code in HARD for finding in decision.findings)


def with_person(decision: Decision, *, person: str, outcome: str, reason: str) -> Decision:
    """Return the decision as a person took it; what is hard stays refused."""
    chosen = REFUSE if is_hard(decision) else outcome
    return msgspec.structs.replace(
        decision, outcome=chosen, person_must_decide=False, person=person, person_reason=reason
    )


def standing(
    fresh: Decision, taken: Decision | None, *, now: datetime, names: Sequence[str] = ()
) -> Decision:
    """Return what counts: the decision that a person took while it stands, else the fresh one.

    `names` are all that the passport of the fresh one has been called by.

    What was let through stands until its end, and only while the fresh judgement finds nothing that
    the person has not seen. What was stopped stays stopped until a person decides otherwise.
    """
    about = (fresh.pack_sha256, fresh.issuer)
    if taken is None or about != (taken.pack_sha256, taken.issuer):
        return fresh
    if taken.passport_sha256 not in (fresh.passport_sha256, *names):
        return fresh
    if is_hard(fresh):
        return fresh
    if taken.outcome not in PASSES:
        return taken
    if now >= taken.valid_until or not _troubles(fresh) <= _troubles(taken):
        return fresh
    return taken


def same(one: Decision, other: Decision) -> bool:
    """Tell whether two judgements of one passport by one pack say the same, at different times."""

    def said(decision: Decision) -> tuple[object, ...]:
        findings = tuple(_without_age(finding) for finding in decision.findings)
        return decision.outcome, decision.person_must_decide, findings, decision.conditions

    return said(one) == said(other)


def _troubles(decision: Decision) -> set[tuple[str, ...]]:
    """Return what speaks against the passport, told apart by rule and place, not by its words."""
    return {
        (f.rule, f.code, f.outcome, f.facts.get("where", ""), f.facts.get("group", ""))
        for f in decision.findings
        if f.outcome != ACCEPT
    }


def _without_age(finding: Finding) -> Finding:
    facts = {name: value for name, value in finding.facts.items() if name != "days"}
    return msgspec.structs.replace(finding, facts=facts)
