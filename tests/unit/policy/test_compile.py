from __future__ import annotations

import copy
from datetime import datetime, timedelta
from typing import Any

import pytest

from faifo.policy.compile import KEPT_BYTES, compiled
from faifo.policy.decision import Decision, WrittenDecision
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


def test_what_is_large_is_judged_and_not_kept():
    document = policy(atom("purpose", "eq", "a" * KEPT_BYTES))
    assert compiled(document) is not compiled(document)
    assert compiled(document).purposes == ("a" * KEPT_BYTES,)


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
    found = compiled(document).changes(datetime.fromisoformat(now))
    assert found == (datetime.fromisoformat(then) + TICK if then else None)


def test_every_operand_has_its_words_and_a_source():
    for operand in operands().values():
        assert operand.source
        assert operand.settings
        assert operand.types
    assert [one.chosen for one in operands().values() if one.declared] == [
        operands()["purpose"].chosen
    ]
