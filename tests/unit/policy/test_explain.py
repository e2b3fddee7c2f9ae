"""Reasons in sentences: true where they stand, and nobody else's name among what is shared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from faifo.policy.compile import compiled
from faifo.policy.decision import Decision, Reason
from faifo.policy.evaluate import evaluate
from faifo.policy.explain import below, sentence, shareable
from unit.policy.policies import atom

ACME, OTHERS = "did:web:acme.example", ["did:web:b.example", "did:web:c.example"]
MARKETING = atom("purpose", "eq", "marketing")
UNKNOWN = atom("count", "lteq", "3")


def forbidding(facts: Any, *constraints: Any) -> Decision:
    rules = [{"action": "use", "constraint": list(constraints)}]
    return evaluate(compiled({"permission": [{"action": "use"}], "prohibition": rules}), facts)


def every(reason: Reason, *, forbids: bool = False) -> Iterator[str]:
    yield sentence(reason, "en", forbids=forbids)
    for child, part in below(reason, forbids=forbids):
        yield from every(child, forbids=part)


@pytest.mark.parametrize(
    ("constraint", "said"),
    [
        (MARKETING, "The declared purpose research is not marketing."),
        (atom("purpose", "neq", "research"), "The declared purpose is research."),
        (atom("purpose", "isAnyOf", ["a", "b"]), "The declared purpose research is none of: a, b."),
        (atom("dateTime", "gteq", "2030-01-01T00:00:00Z"),
         "The date 2026-06-01T00:00:00Z is before 2030-01-01T00:00:00Z."),
        (atom("dateTime", "lteq", "2020-01-01T00:00:00Z"),
         "The date 2026-06-01T00:00:00Z is after 2020-01-01T00:00:00Z."),
    ],
)  # fmt: skip
def test_what_keeps_a_prohibition_away_is_no_fault(facts: Any, constraint: Any, said: str):
    decision = forbidding(facts, constraint)
    assert decision.permits
    assert said in list(every(decision.reason))


def test_what_cannot_be_decided_is_not_called_unmet(facts: Any):
    met = atom("purpose", "eq", "research")
    either = [{"action": "use", "constraint": [{"or": [met, UNKNOWN]}]}]
    decision = evaluate(compiled({"permission": either}), facts)
    assert list(every(decision.reason))[2:] == [
        "It cannot be decided whether conditions that belong together are met.",
        "The declared purpose is research.",
        "Nothing is known about the number of uses, which the policy asks for.",
    ]
    applies = forbidding(facts, {"or": [MARKETING, UNKNOWN]})
    assert applies.sentences("en") == (
        "A prohibition of use applies.",
        "The declared purpose research is not marketing.",
        "Nothing is known about the number of uses, which the policy asks for.",
    )


@pytest.mark.parametrize("operator", ["neq", "isNoneOf"])
def test_who_is_kept_out_by_a_prohibition_hears_no_names(facts: Any, operator: str):
    right = OTHERS if operator == "isNoneOf" else OTHERS[0]
    decision = forbidding(facts, atom("recipient", operator, right))
    assert not decision.permits
    assert OTHERS[0] in " ".join(decision.sentences("en"))
    assert shareable(decision.reason, "en") == (
        "A prohibition of use applies.", "The terms are for other recipients.",
    )  # fmt: skip


def test_where_a_duty_is_done_changes_nothing_of_what_it_is_called(facts: Any):
    place = atom("spatial", "isAnyOf", ["VN", "SG"])
    duty = {"action": "archive", "constraint": [place]}
    policy = {"permission": [{"action": "use", "duty": [duty]}]}
    assert evaluate(compiled(policy), facts).sentences("vi") == (
        "Trước hết phải chứng minh đã làm nghĩa vụ lưu trữ lâu dài (SG, VN).",
    )
