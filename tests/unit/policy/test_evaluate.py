from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from faifo.policy.compile import compiled
from faifo.policy.evaluate import evaluate
from faifo.policy.model import Fact

ACME = "did:web:acme.example"
TIME = "2026-06-01T00:00:00Z"
IRI = "http://www.w3.org/ns/odrl/2/"


def atom(left: Any, operator: Any, right: Any):
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def use(*constraints: Any, **more: Any):
    return {"action": "use", "constraint": list(constraints), **more}


YES, NO, WHAT = (
    atom("purpose", "eq", "research"),
    atom("purpose", "eq", "resale"),
    atom("language", "eq", "VN"),
)


@pytest.mark.parametrize(
    ("constraint", "permits"),
    [
        (atom("dateTime", "eq", TIME), True),
        (atom("dateTime", "eq", "2026-06-01T07:00:00+07:00"), True),
        (atom("dateTime", "neq", TIME), False),
        (atom("dateTime", "gt", TIME), False),
        (atom("dateTime", "gteq", TIME), True),
        (atom("dateTime", "lt", TIME), False),
        (atom("dateTime", "lteq", TIME), True),
        (atom("dateTime", "lteq", "2026-05-31T23:59:59.999Z"), False),
        (atom("dateTime", "lteq", {"@value": TIME, "@type": "xsd:dateTime"}), True),
        (atom("dateTime", "lteq", [{"@value": TIME}]), True),
        (atom("dateTime", "eq", "2026-05-31T24:00:00Z"), True),
        (atom("purpose", "eq", ["research"]), True),
        (atom("recipient", "eq", ACME), True),
        (atom("recipient", "eq", {"@id": ACME}), True),
        (atom("recipient", "neq", ACME), False),
        (atom("recipient", "isAnyOf", [ACME, "x"]), True),
        (atom("recipient", "isAnyOf", ACME), True),
        (atom("recipient", "isNoneOf", [ACME]), False),
        (atom("purpose", "isNoneOf", ["resale"]), True),
        (atom(IRI + "purpose", "odrl:eq", "research"), True),
        (atom("odrl:purpose", IRI + "isAnyOf", ["resale"]), False),
        ({"and": [YES, YES]}, True),
        ({"and": [YES, NO]}, False),
        ({"andSequence": [YES, YES]}, True),
        ({"or": [NO, YES]}, True),
        ({"or": [NO, NO]}, False),
        ({"xone": [NO, YES]}, True),
        ({"xone": [YES, YES]}, False),
        ({"or": [{"and": [YES, NO]}, {"xone": [YES]}]}, True),
        ({"or": [YES, WHAT]}, False),
    ],
)
def test_one_constraint(facts: Any, constraint: Any, permits: Any):
    assert evaluate(compiled({"permission": [use(constraint)]}), facts).permits is permits


def refuse(policy: Any, facts: Any, *expected: Any, action: Any = "use"):
    decision = evaluate(compiled(policy), facts, action=action)
    assert not decision.permits
    assert decision.sentences("en") == expected


def test_the_date_is_told_in_both_languages(facts: Any):
    facts["dateTime"] = Fact(value=datetime.fromisoformat("2027-02-01T00:00:00Z"), provenance="t")
    policy = {"permission": [use(atom("dateTime", "lteq", "2026-12-31T23:59:59Z"))]}
    refuse(
        policy,
        facts,
        "The date 2027-02-01T00:00:00Z is after the last allowed 2026-12-31T23:59:59Z.",
    )
    assert evaluate(compiled(policy), facts).sentences("vi") == (
        "Thời điểm 2027-02-01T00:00:00Z sau thời điểm cuối cùng được phép 2026-12-31T23:59:59Z.",
    )


@pytest.mark.parametrize(
    ("constraint", "sentence"),
    [
        pytest.param(WHAT, "This node does not understand the left operand language.", id="what"),
        pytest.param(atom("dateTime", "isAnyOf", TIME),
            "This node does not understand the operator isAnyOf for dateTime.", id="operator"),
        pytest.param(atom("recipient", "isA", "x"),
            "This node does not understand the operator isA for recipient.", id="isA"),
        pytest.param(atom("purpose", "lteq", "x"),
            "This node does not understand the operator lteq for purpose.", id="order of texts"),
        pytest.param(atom("dateTime", "lteq", "2026-12-31"),
            "This node does not understand the right operand 2026-12-31 of dateTime lteq.",
            id="date only"),
        pytest.param(atom("dateTime", "lteq", "2026-12-31T00:00:00"),
            "This node does not understand the right operand 2026-12-31T00:00:00 of dateTime lteq.",
            id="no zone"),
        pytest.param(atom("dateTime", "lteq", "2026-02-30T00:00:00Z"),
            "This node does not understand the right operand 2026-02-30T00:00:00Z of dateTime"
            " lteq.",
            id="no such day"),
        pytest.param(atom("dateTime", "gteq", "0001-01-01T00:00:00+14:00"),
            "This node does not understand the right operand 0001-01-01T00:00:00+14:00 of dateTime"
            " gteq.", id="before the year 1"),
        pytest.param(atom("purpose", "eq", ["a", "b"]),
            'This node does not understand the right operand ["a","b"] of purpose eq.',
            id="eq array"),
        pytest.param(atom("dateTime", "lteq", "2026-12-31T24:00:01Z"),
            "This node does not understand the right operand 2026-12-31T24:00:01Z of dateTime"
            " lteq.",
            id="no such hour"),
        pytest.param(atom("purpose", "isAnyOf", []),
            "This node does not understand the right operand [] of purpose isAnyOf.", id="empty"),
        pytest.param(atom("purpose", "eq", {"@value": "x", "@language": "en"}),
            'This node does not understand the right operand {"@value":"x","@language":"en"} of'
            " purpose eq.", id="language"),
        pytest.param(YES | {"unit": "x"},
            "This node does not understand the member unit of Constraint.", id="unit"),
        pytest.param({"leftOperand": "purpose", "operator": "eq"},
            "The member rightOperand is missing in Constraint.", id="half"),
        pytest.param({"and": [YES], "or": [YES]},
            "This node does not understand the member or of LogicalConstraint.", id="two logical"),
        pytest.param({"and": []}, 'This node does not understand the constraint {"and":[]}.',
            id="empty and"),
        pytest.param("x", "This node does not understand the constraint x.", id="text"),
    ],
)  # fmt: skip
def test_what_is_not_understood_refuses_and_makes_a_prohibition_apply(
    facts: Any, constraint: Any, sentence: Any
):
    refuse({"permission": [use(constraint)]}, facts, sentence)
    refuse(
        {"permission": [use()], "prohibition": [use(constraint)]}, facts,
        "A prohibition of use applies.", sentence,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        pytest.param({}, "The policy has no permission to use.", id="empty"),
        pytest.param({"permission": []}, "The policy has no permission to use.", id="no rule"),
        pytest.param({"permission": [use(duty=[{}])]},
            "This node does not understand the action null of duty.", id="duty"),
        pytest.param({"permission": [use(duty=[{"action": "attribute"}])]},
            "First the duty to attribute must be proven to be done.", id="duty first"),
        pytest.param({"permission": [use(target="x")]},
            "This node does not understand the member target of Rule.", id="target in rule"),
        pytest.param({"permission": [use()], "obligation": [{"action": "pay"}]},
            "This node does not understand the action pay of obligation.", id="obligation"),
        pytest.param({"permission": [use()], "prohibition": [{"action": "ex:fly"}]},
            "A prohibition of ex:fly applies. / This node does not understand the action ex:fly of"
            " Prohibition.", id="strange prohibition"),
        pytest.param({"permission": [{"action": "ex:fly"}]},
            "The policy permits ex:fly; asked for was use.", id="strange action"),
        pytest.param({"permission": [use()], "profile": "p"},
            "This node does not understand the member profile of Policy.", id="profile"),
        pytest.param({"permission": [use()], "inheritFrom": "p"},
            "This node does not understand the member inheritFrom of Policy.", id="inheritance"),
        pytest.param({"permission": [{"action": "read"}]},
            "The policy permits read; asked for was use.", id="other action"),
        pytest.param({"permission": {"action": "use"}},
            "The member permission is not an array of what the standard allows there.", id="shape"),
        pytest.param({"permission": [use()], "prohibition": [use()]},
            "A prohibition of use applies.", id="prohibited"),
    ],
)  # fmt: skip
def test_policies_that_do_not_permit(facts: Any, policy: Any, sentence: Any):
    refuse(policy, facts, *sentence.split(" / "))


def test_missing_and_unfit_facts_refuse(facts: Any):
    policy = {"permission": [use(atom("dateTime", "lteq", TIME))]}
    refuse(policy, {}, "Nothing is known about the time, which the policy asks for.")
    for value in ("2026-01-01T00:00:00Z", datetime(2026, 1, 1)):  # noqa: DTZ001
        refuse(
            policy, {"dateTime": Fact(value=value, provenance="t")},
            f"What is known about the time cannot be compared: {value}.",
        )  # fmt: skip


def test_a_second_permission_may_permit_and_the_first_reason_is_kept(facts: Any):
    decision = evaluate(compiled({"permission": [use(WHAT), use(YES)]}), facts)
    assert decision.sentences() == ("The declared purpose is research.",)
    assert [child.holds for child in decision.reason.children] == [False, True]
    assert decision.reason.children[0].children[0].code == "unknown.left-operand"


def test_prohibitions(facts: Any):
    policy = {"permission": [use()], "prohibition": [use(NO)]}
    assert evaluate(compiled(policy), facts).permits
    refuse(
        {"permission": [use()], "prohibition": [use(YES)]}, facts,
        "A prohibition of use applies.", "The declared purpose is research.",
    )  # fmt: skip
    # A condition that is false does not help when another cannot be decided.
    policy = {"permission": [use()], "prohibition": [use(NO, WHAT)]}
    assert not evaluate(compiled(policy), facts).permits
    policy = {"permission": [use()], "prohibition": [{"action": "sell"}]}
    assert evaluate(compiled(policy), facts).permits


def test_a_prohibition_of_use_covers_what_use_contains(facts: Any):
    policy = {"permission": [{"action": "read"}], "prohibition": [use()]}
    refuse(policy, facts, "A prohibition of use applies.", action="read")


def test_facts_and_policy_are_kept_whole(facts: Any):
    policy = {"@id": "o", "permission": [use()]}
    decision = evaluate(compiled(policy), facts).written
    assert decision.policy == policy
    assert decision.facts["dateTime"] == {"value": TIME, "provenance": "clock of this node"}
    assert decision.facts["recipient"]["provenance"] == "self-issued token j1"


def nested(depth: Any):
    constraint = YES
    for _ in range(depth - 1):
        constraint = {"or": [constraint]}
    return constraint


@pytest.mark.parametrize(
    ("constraints", "over"),
    [([nested(16)], ""), ([nested(17)], "16 levels of nesting"), ([YES] * 1000, ""),
     ([YES] * 1001, "1000 constraints"), ([{"and": [YES] * 1000}], "1000 constraints"),
     ([{**YES, "rightOperand": ["p"] * 2001}], "2000 values in its constraints")],
    ids=["16 deep", "17 deep", "1000", "1001", "1001 nested", "2001 values"],
)  # fmt: skip
def test_bounds(facts: Any, constraints: Any, over: str):
    decision = evaluate(compiled({"permission": [use(*constraints)]}), facts)
    assert decision.permits is not bool(over)
    if over:
        (sentence,) = decision.sentences()
        assert sentence == f"The policy is too large to be judged: over {over}."


def test_rules_are_bounded(facts: Any):
    assert evaluate(compiled({"permission": [use()] * 200}), facts).permits
    assert not evaluate(compiled({"permission": [use()] * 201}), facts).permits
