from __future__ import annotations

from typing import Any

import pytest

from faifo.policy.compare import narrows


def atom(left: Any, operator: Any, right: Any):
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def policy(*constraints: Any, **more: Any):
    return {"permission": [{"action": "use", "constraint": list(constraints)}], **more}


P = atom("purpose", "isAnyOf", ["a", "b"])
UNTIL = atom("dateTime", "lteq", "2026-12-31T00:00:00Z")


@pytest.mark.parametrize(
    ("requested", "offered"),
    [
        pytest.param(policy(P, UNTIL), policy(UNTIL, P), id="other order"),
        pytest.param(
            policy(P, **{"@id": "m", "@type": "Offer", "target": "d", "assigner": "x"}),
            policy(P, **{"@id": "o"}), id="names",
        ),
        pytest.param(policy(atom("purpose", "eq", "a")), policy(P), id="one of the purposes"),
        pytest.param(policy(atom("odrl:purpose", "isAnyOf", ["b", "a"])), policy(P), id="spelling"),
        pytest.param(policy(P, UNTIL), policy(P), id="constraint added"),
        pytest.param(
            policy(atom("dateTime", "lteq", "2026-06-01T00:00:00+07:00")), policy(UNTIL),
            id="earlier end",
        ),
        pytest.param(
            policy(atom("purpose", "eq", ["a"])), policy(atom("purpose", "eq", "a")),
            id="an array of one",
        ),
        pytest.param(policy({"and": [P, UNTIL]}), policy(P, UNTIL), id="plain and"),
        pytest.param({"permission": [{"action": "use"}]}, policy(), id="no constraint"),
        pytest.param(policy(prohibition=[]), policy(), id="empty array"),
        pytest.param(policy(atom("spatial", "eq", "VN")), policy(atom("spatial", "eq", "VN")),
                     id="unknown but equal"),
    ],
)  # fmt: skip
def test_equal_or_narrower(requested: Any, offered: Any):
    assert narrows(requested, offered).sentences("en")
    assert narrows(requested, offered).permits


@pytest.mark.parametrize(
    ("requested", "offered", "sentence"),
    [
        (
            policy(), policy(P),
            'The offered constraint is missing in the request: "only for the purpose a, b".',
        ),
        (
            policy(atom("purpose", "isAnyOf", ["a", "c"])), policy(P),
            ('The requested "only for the purpose a, c" is wider than the offered '
             '"only for the purpose a, b".'),
        ),
        (
            policy(atom("dateTime", "lteq", "2027-01-01T00:00:00Z")), policy(UNTIL),
            ('The requested "until 2027-01-01 00:00:00Z" is wider than the offered '
             '"until 2026-12-31 00:00:00Z".'),
        ),
        (
            policy(atom("language", "eq", "vi")), policy(),
            "This node does not understand the left operand language.",
        ),
        (
            policy(atom("spatial", "eq", "VN")), policy(),
            "No node sees spatial: it can stand in a duty, which is declared, and nowhere else.",
        ),
        (
            policy(prohibition=[{"action": "sell"}]), policy(),
            'The prohibitions differ: requested "to sell", offered "-".',
        ),
        (
            policy(), policy(obligation=[{"action": "pay"}]),
            'The obligations differ: requested "-", offered "to pay".',
        ),
        (policy(profile="x"), policy(), "The member profile differs: requested x, offered -."),
        ({"permission": []}, policy(), "The request asks for no permission."),
        (policy(), {"prohibition": []}, "The permission to use was not offered."),
        (
            {"permission": [{"action": "sell"}]}, policy(),
            "The member action differs: requested sell, offered use.",
        ),
        (
            {"permission": [{"action": "use", "duty": [{}]}]}, policy(),
            "The member duty differs: requested [{}], offered -.",
        ),
        (policy({"or": [P, UNTIL]}), policy(P),
         'The offered constraint is missing in the request: "only for the purpose a, b".'),
        ({"permission": {}}, policy(),
         "The member permission is not an array of what the standard allows there."),
    ],
)  # fmt: skip
def test_differences_are_named(requested: Any, offered: Any, sentence: Any):
    decision = narrows(requested, offered)
    assert not decision.permits
    assert decision.sentences("en") == (sentence,)
    assert decision.written.facts["offered"]["value"] == offered


def test_one_of_several_permissions_is_narrower():
    two = {"permission": [{"action": "read"}, {"action": "use", "constraint": [P]}]}
    assert narrows(policy(atom("purpose", "eq", "b")), two).permits
    assert not narrows(two, policy(P)).permits


def test_two_spellings_of_one_name_stay_two():
    odd = {"or": [{"and": [P], "odrl:and": [UNTIL]}]}
    assert not narrows(policy({"or": [{"and": [UNTIL]}]}), policy(odd)).permits


def test_an_obligation_keeps_its_name_by_which_it_is_said_to_be_done() -> None:
    def with_names(*names: str | None) -> dict[str, Any]:
        duties = [{"action": action} for action in ("delete", "inform")]
        named = zip(duties, names, strict=True)
        return policy(obligation=[one | ({"@id": name} if name else {}) for one, name in named])

    offered = with_names("a", None)
    assert narrows(with_names("a", None), offered).permits
    for names in ((None, None), ("b", None), ("a", "a"), ("a", "dossier")):
        assert not narrows(with_names(*names), offered).permits
