from __future__ import annotations

import copy
from datetime import datetime, timedelta
from typing import Any

import pytest

from faifo.policy.bounds import MAX_BYTES
from faifo.policy.compile import SMALL_BYTES, compiled
from faifo.policy.decision import Decision, WrittenDecision
from faifo.policy.evaluate import evaluate
from faifo.policy.model import Use
from faifo.policy.operands import operands

FROM, UNTIL = "2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z"
TICK = timedelta(microseconds=1)


def atom(left: Any, operator: Any, right: Any):
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def policy(*constraints: Any, **more: Any):
    return {"permission": [{"action": "use", "constraint": list(constraints)}], **more}


def test_the_same_words_are_read_once():
    document = policy(atom("purpose", "eq", "a"))
    assert compiled(document) is compiled(copy.deepcopy(document))
    assert compiled(document) is not compiled(policy(atom("purpose", "eq", "b")))


def test_a_policy_that_is_changed_later_is_not_the_one_that_was_read():
    document = policy(atom("purpose", "eq", "a"))
    read = compiled(document)
    document["permission"][0]["constraint"][0]["rightOperand"] = "b"
    assert read.purposes == ("a",)
    assert compiled(document).purposes == ("b",)


def test_what_is_large_is_read_once_too_and_what_is_too_large_is_refused():
    document = policy(atom("purpose", "eq", "a" * SMALL_BYTES))
    assert compiled(document) is compiled(copy.deepcopy(document))
    assert compiled(document).purposes == ("a" * SMALL_BYTES,)
    (sentence,) = evaluate(compiled(policy(atom("purpose", "eq", "a" * MAX_BYTES))), {}).sentences()
    assert sentence == "The policy is too large to be judged: over 131072 bytes."


def test_purposes_that_a_policy_does_not_tell_apart_are_one():
    names = [f"p{number}" for number in range(1500)]
    document = policy(
        atom("purpose", "isAnyOf", names),
        {"or": [atom("purpose", "neq", "p7"), atom("purpose", "isNoneOf", ["p8", "p9"])]},
    )
    read = compiled(document)
    assert read.purposes == tuple(sorted(names))
    assert read.distinct == ("p0", "p7", "p8")


def test_the_product_of_purposes_and_constraints_is_bounded():
    def telling_apart(count: int) -> Any:
        names = [f"p{number}" for number in range(count)]
        apart = [
            {"or": [atom("purpose", "eq", one), atom("dateTime", "gteq", FROM)]} for one in names
        ]
        return compiled(policy(atom("purpose", "isAnyOf", names), *apart))

    assert len(telling_apart(50).distinct) == 50
    (sentence,) = evaluate(telling_apart(100), {}).sentences()
    assert sentence == (
        "The policy is too large to be judged:"
        " over 10000 combinations of purposes with constraints."
    )


def test_reasons_are_made_when_they_are_asked_for_and_once():
    made: list[int] = []

    def make() -> WrittenDecision:
        made.append(1)
        return compiled_decision

    compiled_decision = WrittenDecision(
        outcome="permit", policy={}, facts={}, reason={"code": "same", "holds": True}
    )
    decision = Decision(True, make)
    assert decision.permits
    assert made == []
    assert decision.written is decision.written
    assert made == [1]


@pytest.mark.parametrize(
    ("document", "now", "then"),
    [
        (policy(), FROM, None),
        (policy(atom("purpose", "eq", "a")), FROM, None),
        (policy(atom("dateTime", "lteq", UNTIL)), FROM, UNTIL),
        (
            policy(atom("dateTime", "lteq", UNTIL), atom("dateTime", "gteq", FROM)),
            "2025-01-01T00:00:00Z",
            FROM,
        ),
        (policy({"or": [atom("dateTime", "lteq", UNTIL)]}), FROM, UNTIL),
        (policy(atom("dateTime", "lteq", FROM)), UNTIL, None),
        (policy(atom("dateTime", "lteq", "9999-12-31T23:59:59.999999Z")), FROM, None),
    ],
)
def test_when_time_alone_may_change_the_answer(document: Any, now: Any, then: Any):
    found = compiled(document).changes(Use(who="", at=datetime.fromisoformat(now)))
    assert found == (datetime.fromisoformat(then) + TICK if then else None)


def test_every_operand_has_its_words_and_a_source():
    for operand in operands().values():
        assert operand.source
        assert operand.settings or operand.name in {"inForceDate", "place"}
        assert operand.types
    assert [one.chosen for one in operands().values() if one.declared] == [
        operands()["purpose"].chosen
    ]
