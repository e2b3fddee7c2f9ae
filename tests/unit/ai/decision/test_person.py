"""What a person may lift, how long it stands, and what asks the person again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from faifo.ai.decision import person
from faifo.ai.decision.records import Decision, Finding

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOLDS = Finding(rule="p/impact", outcome="accept", code="at-least-holds", facts={"where": "sex"})
WIDE = Finding(rule="p/impact", outcome="need-more", code="at-least-wide", facts={"where": "race"})
FAILS = Finding(rule="p/odds", outcome="refuse", code="at-most-fails", facts={"where": "race"})
LIMITED = Finding(rule="p/noise", outcome="conditions", code="at-most-fails", facts={"where": "-"})
OLD = Finding(rule="p/dates", outcome="need-more", code="old", facts={"days": "400"})


def hard(code: str) -> Finding:
    return Finding(rule="p/proof", outcome="refuse", code=code, facts={"problem": "the signature"})


def judged(*findings: Finding, outcome: str, **changed: Any) -> Decision:
    """Return a fresh judgement."""
    base = Decision(
        pack="p",
        pack_version="1",
        pack_sha256="a" * 64,
        passport_sha256="b" * 64,
        issuer="did:web:bank.example.org",
        outcome=outcome,
        person_must_decide=False,
        findings=findings,
        decided_by="did:web:us.example.org",
        decided_at=NOW,
        valid_until=NOW + timedelta(days=180),
    )
    return msgspec.structs.replace(base, **changed)


def taken(fresh: Decision, outcome: str) -> Decision:
    return person.with_person(fresh, person="A. N.", outcome=outcome, reason="seen")


HIGH = judged(HOLDS, outcome="accept", person_must_decide=True)
WIDER = judged(HOLDS, WIDE, outcome="need-more")


@pytest.mark.parametrize(
    ("fresh", "decision", "passes"),
    [
        pytest.param(judged(HOLDS, outcome="accept"), None, True, id="nobody need decide"),
        pytest.param(HIGH, None, False, id="a person must, and has not"),
        pytest.param(HIGH, taken(HIGH, "accept"), True, id="a person accepted"),
        pytest.param(HIGH, taken(HIGH, "conditions"), True, id="a person accepted with conditions"),
        pytest.param(HIGH, taken(HIGH, "need-more"), False, id="a person asked for more"),
        pytest.param(HIGH, taken(HIGH, "refuse"), False, id="a person refused"),
        pytest.param(WIDER, None, False, id="too wide"),
        pytest.param(WIDER, taken(WIDER, "accept"), True, id="a person accepted what is too wide"),
        pytest.param(
            judged(HOLDS, FAILS, outcome="refuse"),
            taken(judged(HOLDS, FAILS, outcome="refuse"), "accept"), True,
            id="a person accepted a limit that fails",
        ),
        pytest.param(
            judged(HOLDS, WIDE, FAILS, outcome="refuse"), taken(WIDER, "accept"), False,
            id="something new speaks against it",
        ),
        pytest.param(
            judged(HOLDS, WIDE, LIMITED, outcome="need-more"), taken(WIDER, "accept"), False,
            id="a new condition that the person has not seen",
        ),
        pytest.param(
            judged(HOLDS, outcome="accept", person_must_decide=True), taken(WIDER, "accept"), True,
            id="what the person saw is gone",
        ),
        pytest.param(
            judged(HOLDS, OLD, outcome="need-more", person_must_decide=True),
            taken(HIGH, "accept"), False,
            id="the evidence has become old since",
        ),
        pytest.param(
            judged(HOLDS, msgspec.structs.replace(OLD, facts={"days": "401"}), outcome="need-more"),
            taken(judged(HOLDS, OLD, outcome="need-more"), "accept"), True,
            id="it was old when the person looked",
        ),
        pytest.param(
            msgspec.structs.replace(HIGH, pack_sha256="c" * 64), taken(HIGH, "accept"), False,
            id="the pack has changed",
        ),
        pytest.param(
            msgspec.structs.replace(HIGH, passport_sha256="c" * 64), taken(HIGH, "accept"), False,
            id="another passport",
        ),
        pytest.param(
            HIGH, msgspec.structs.replace(taken(HIGH, "accept"), valid_until=NOW), False,
            id="the person's decision has ended",
        ),
        pytest.param(
            judged(HOLDS, outcome="accept"),
            msgspec.structs.replace(taken(HIGH, "refuse"), valid_until=NOW), False,
            id="a stop does not end by itself",
        ),
        pytest.param(
            judged(HOLDS, outcome="accept"), taken(judged(HOLDS, outcome="accept"), "refuse"),
            False, id="a person stopped what the pack accepts",
        ),
        *(
            pytest.param(
                judged(HOLDS, hard(code), outcome="refuse"), taken(HIGH, "accept"), False,
                id=f"hard: {code}",
            )
            for code in ("proof", "mismatch", "pack-date", "passport-date")
        ),
    ],
)  # fmt: skip
def test_what_stands(fresh: Decision, decision: Decision | None, passes: bool) -> None:
    assert person.passes(person.standing(fresh, decision, now=NOW)) is passes


@pytest.mark.parametrize("code", sorted(person.HARD))
def test_nobody_lifts_what_is_hard(code: str) -> None:
    decision = judged(HOLDS, hard(code), outcome="refuse")
    assert person.is_hard(decision)
    assert taken(decision, "accept").outcome == "refuse"


def test_judgements_are_the_same_apart_from_their_times() -> None:
    first = judged(HOLDS, OLD, outcome="need-more")
    later = msgspec.structs.replace(
        judged(HOLDS, msgspec.structs.replace(OLD, facts={"days": "401"}), outcome="need-more"),
        decided_at=NOW + timedelta(days=1),
    )
    assert person.same(first, later)
    assert not person.same(first, judged(HOLDS, WIDE, outcome="need-more"))
    assert not person.same(HIGH, judged(HOLDS, outcome="accept"))
