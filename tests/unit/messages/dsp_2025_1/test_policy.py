from __future__ import annotations

from typing import Any

import pytest

from faifo.errors import MalformedMessageError
from faifo.messages.dsp_2025_1.policy import (
    Agreement,
    AtomicConstraint,
    LogicalConstraint,
    MessageOffer,
    Offer,
    Operator,
    Policy,
    TargetedOffer,
    check,
    view,
)

ATOM = {"leftOperand": "dateTime", "operator": "lteq", "rightOperand": "2027-01-01T00:00:00Z"}
USE: dict[str, Any] = {"action": "use"}
OFFER: dict[str, Any] = {"@id": "urn:offer", "@type": "Offer", "permission": [USE]}
AGREEMENT: dict[str, Any] = {
    **OFFER,
    "@type": "Agreement",
    "target": "ACN0101",
    "assigner": "did:web:provider.example",
    "assignee": "did:web:consumer.example",
}


def constrained(constraint: Any) -> dict[str, Any]:
    return {**OFFER, "permission": [{"action": "use", "constraint": [constraint]}]}


REFUSED: dict[str, tuple[type[Policy], dict[str, Any], str]] = {
    "no id": (Offer, {"@type": "Offer", "permission": [USE]}, "nothing at $.@id; expected a value"),
    "an agreement as an offer": (
        MessageOffer,
        AGREEMENT,
        "an unknown value at $.@type; expected one that the specification lists",
    ),
    "an obligation alone": (
        Offer,
        {"@id": "x", "@type": "Offer", "obligation": [USE]},
        (
            "a policy that neither permits nor prohibits at $; "
            "expected at least one permission or prohibition"
        ),
    ),
    "no permission in the array": (
        Offer,
        {**OFFER, "permission": []},
        "the wrong length at $.permission; expected at least 1 items",
    ),
    "a target in a catalog": (
        Offer,
        {**OFFER, "target": "x"},
        "a target in a catalog's offer at $.target; expected none there",
    ),
    "no target in an offer message": (
        TargetedOffer,
        OFFER,
        "nothing at $.target; expected a value",
    ),
    "a target in a rule": (
        MessageOffer,
        {**OFFER, "permission": [{**USE, "target": "x"}]},
        "a target in a rule at $.permission[0].target; expected the target in the policy only",
    ),
    "an action that is an object": (
        Offer,
        {**OFFER, "prohibition": [{"action": {"@id": "use"}}]},
        "an object at $.prohibition[0].action; expected a string",
    ),
    "a number as right operand": (
        Offer,
        constrained({**ATOM, "rightOperand": 5}),
        (
            "a number at $.permission[0].constraint[0].rightOperand; "
            "expected a string or an object or an array"
        ),
    ),
    "an unknown operator": (
        Offer,
        constrained({"or": [ATOM, {**ATOM, "operator": "odrl:eq"}]}),
        (
            "an unknown value at $.permission[0].constraint[0].or[1].operator; "
            "expected one that the specification lists"
        ),
    ),
    "two logical operators": (
        Offer,
        constrained({"and": [ATOM], "or": [ATOM]}),
        (
            "a constraint that is neither atomic nor logical at $.permission[0].constraint[0]; "
            "expected leftOperand, operator and rightOperand, "
            "or exactly one of and, or, xone, andSequence"
        ),
    ),
    "a timestamp in words": (
        Agreement,
        {**AGREEMENT, "timestamp": "yesterday"},
        "a timestamp in another form at $.timestamp; expected xsd:dateTime",
    ),
    "an agreement without assignee": (
        Agreement,
        {name: value for name, value in AGREEMENT.items() if name != "assignee"},
        "nothing at $.assignee; expected a value",
    ),
}


@pytest.mark.parametrize(("kind", "document", "sentence"), REFUSED.values(), ids=REFUSED)
def test_refused(kind: type[Policy], document: dict[str, Any], sentence: str) -> None:
    with pytest.raises(MalformedMessageError) as refusal:
        view(document, kind)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("right", ["", "x", {}, {"@value": 1}, [], [1, None]], ids=repr)
def test_a_right_operand_is_a_string_an_object_or_an_array(right: Any) -> None:
    offer = view(constrained({**ATOM, "rightOperand": right}), Offer)
    form = offer.permission[0].constraint[0].form()
    assert isinstance(form, AtomicConstraint)
    assert form.right_operand == (tuple(right) if isinstance(right, list) else right)


@pytest.mark.parametrize("operator", ["and", "or", "xone", "andSequence"])
def test_a_logical_constraint_nests(operator: str) -> None:
    offer = view(constrained({operator: [ATOM, {operator: [ATOM]}]}), Offer)
    outer = offer.permission[0].constraint[0].form()
    assert isinstance(outer, LogicalConstraint)
    assert outer.operator == operator
    first, second = (operand.form() for operand in outer.operands)
    assert isinstance(first, AtomicConstraint)
    assert (first.left_operand, first.operator) == ("dateTime", Operator.LTEQ)
    assert isinstance(second, LogicalConstraint)


def test_a_view_does_not_touch_what_it_looks_at() -> None:
    document = {**OFFER, "assigner": "x", "permission": [{**USE, "duty": [{"action": "pay"}]}]}
    before = repr(document)
    assert view(document, MessageOffer).permission[0].action == "use"
    assert repr(document) == before


def test_check_says_where_the_policy_stands() -> None:
    with pytest.raises(MalformedMessageError) as refusal:
        check({**OFFER, "permission": [{}]}, Offer, where="$.hasPolicy[3]")
    assert str(refusal.value) == (
        "nothing at $.hasPolicy[3].permission[0].action; expected a value"
    )


def test_an_agreement_with_a_timestamp_is_read() -> None:
    agreement = view({**AGREEMENT, "timestamp": "2026-11-22T08:00:00+07:00"}, Agreement)
    assert agreement.timestamp == "2026-11-22T08:00:00+07:00"
    assert agreement.assignee == "did:web:consumer.example"
