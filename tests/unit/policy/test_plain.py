from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given

from faifo.errors import SettingsError
from faifo.policy.canonical import canonical_rules
from faifo.policy.compile import compiled
from faifo.policy.contradictions import never
from faifo.policy.plain import plain_of, policy_of
from faifo.policy.plain_text import read_plain, write_plain
from faifo.policy.terms import unenforceable

_spec = importlib.util.spec_from_file_location("policies", Path(__file__).with_name("policies.py"))
assert _spec
assert _spec.loader
some = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(some)

TEXT = """
terms:
  until: 2030-01-01T00:00:00Z
allow:
  - do: use
    if:
      - purpose: {isA: research}
      - any:
          - economy: [VN, CL]
          - credential: ResearchCredential
    first:
      - {do: inform, named: "urn:duty:1"}
forbid:
  - distribute
  - aiTrain
must:
  - {do: delete, by: P90D}
"""
POLICY = {
    "permission": [
        {
            "@type": "Permission",
            "action": "use",
            "constraint": [
                {"@type": "Constraint", "leftOperand": "odrl:dateTime", "operator": "lteq",
                 "rightOperand": "2030-01-01T00:00:00Z"},
                {"@type": "Constraint", "leftOperand": "odrl:purpose", "operator": "isA",
                 "rightOperand": "research"},
                {"or": [
                    {"@type": "Constraint", "leftOperand": "urn:faifo:odrl:economy",
                     "operator": "isAnyOf", "rightOperand": ["VN", "CL"]},
                    {"@type": "Constraint", "leftOperand": "urn:faifo:odrl:credential",
                     "operator": "eq", "rightOperand": "ResearchCredential"},
                ]},
            ],
            "duty": [{"@type": "Duty", "action": "inform", "@id": "urn:duty:1"}],
        }
    ],
    "prohibition": [
        {"@type": "Prohibition", "action": "distribute"},
        {"@type": "Prohibition", "action": "urn:faifo:odrl:aiTrain"},
    ],
    "obligation": [
        {"@type": "Duty", "action": "delete", "constraint": [
            {"@type": "Constraint", "leftOperand": "odrl:elapsedTime", "operator": "lteq",
             "rightOperand": "P90D"}]}
    ],
}  # fmt: skip


def test_a_document_and_its_policy() -> None:
    made = policy_of(read_plain(TEXT))
    assert made == POLICY
    assert unenforceable(made) is None
    again = plain_of(made)
    assert again
    assert policy_of(read_plain(write_plain(again))) == POLICY


@given(some.policies)
def test_a_policy_comes_back_without_loss(policy: Any) -> None:
    plain = plain_of(policy)
    assume(plain is not None and policy["permission"] and "profile" not in policy)
    assert plain is not None
    back = policy_of(read_plain(write_plain(plain)))
    for kind in ("permission", "prohibition", "obligation"):
        assert canonical_rules(back.get(kind)) == canonical_rules(policy.get(kind))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("allow: [", "the terms at line 1: "),
        ("- a", "the terms at $: names with values are expected here"),
        ("alow: [use]", "the terms at $.alow: not a name that stands here"),
        ("allow: [{if: [{purpose: x}]}]", "the terms at $.allow[0].do: an action is expected"),
        ("allow: [{do: use, if: [{colour: red}]}]", "$.allow[0].if[0].colour: no operand 'colour'"),
        ("allow: [{do: use, when: x}]", "the terms at $.allow[0].when: not a name"),
        ("terms: {untill: x}", "the terms at $.terms.untill: not a name"),
        ("terms: {until: soon}", "the terms at $.terms: "),
        ("allow: [&a use, *a]", "names for parts (& and *) are not read here"),
        ("allow: [use]\nallow: [read]", "a name stands twice"),
        ("x: " + "y" * 70_000, "more than 65536 bytes"),
        ("[" * 5000, "the terms at "),
    ],
)
def test_what_is_not_of_this_form_is_refused_with_the_place(text: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        policy_of(read_plain(text))
    assert told in str(caught.value)


def test_no_is_a_text() -> None:
    made = policy_of(read_plain("allow: [{do: use, if: [{economy: NO}]}]"))
    assert made["permission"][0]["constraint"][0]["rightOperand"] == "NO"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("allow: [use]", None),
        ("allow: [use]\nforbid: [distribute]", None),
        ("allow: [use]\nforbid: [use]", "$.prohibition[0]"),
        ("allow: [use]\nforbid: [{do: use, if: [{purpose: x}]}]", None),
        ("allow: [{do: use, if: [{purpose: a}, {purpose: b}]}]", "$.permission[0].constraint"),
        ("allow: [{do: use, if: [{purpose: [a, c]}, {purpose: [b, c]}]}]", None),
        ("allow: [{do: use, if: [{purpose: [a]}, {purpose: {isNoneOf: [a]}}]}]",
         "$.permission[0].constraint"),
        ("allow: [{do: use, if: [{economy: JP}, {economy: {isPartOf: ASEAN}}]}]",
         "$.permission[0].constraint"),
        ("allow: [{do: use, if: [{elapsedTime: {gt: P2D}}, {elapsedTime: {lteq: P2D}}]}]",
         "$.permission[0].constraint"),
        ("allow: [{do: use, if: [{elapsedTime: {gteq: P2D}}, {elapsedTime: {lteq: P2D}}]}]", None),
        ("allow: [{do: use, if: [{purpose: a}, {purpose: b}]}, use]", None),
        ("allow: [{do: use, if: [{claim: {isAllOf: [a]}}, {claim: {isAllOf: [b]}}]}]", None),
    ],
)  # fmt: skip
def test_what_nobody_can_ever_meet(text: str, place: str | None) -> None:
    assert never(compiled(policy_of(read_plain(text)))) == place


def test_a_rule_keeps_its_name_both_ways():
    named = {
        "allow": [{"do": "use", "named": "urn:rule:1"}],
        "forbid": [{"do": "distribute", "named": "urn:rule:2"}, "derive"],
    }
    policy = policy_of(named)
    assert [policy[kind][0]["@id"] for kind in ("permission", "prohibition")] == [
        "urn:rule:1", "urn:rule:2",
    ]  # fmt: skip
    assert plain_of(policy) == named
    assert not compiled(policy).obstacles


@pytest.mark.parametrize("where", ["ASEAN", "VN", ["VN", "SG"]])
def test_a_duty_names_a_place_and_comes_back(where: Any):
    plain = {"allow": ["use"], "must": [{"do": "process", "by": "P30D", "in": where}]}
    policy = policy_of(plain)
    assert plain_of(policy) == plain
    (duty,) = compiled(policy).duties
    assert duty.told()["action"].startswith("urn:faifo:odrl:process (")
    assert unenforceable(policy) is None


def test_a_place_is_no_condition_of_use():
    policy = policy_of({"allow": [{"do": "use", "if": [{"place": "VN"}]}]})
    found = unenforceable(policy)
    assert found is not None
    assert (found[0], found[1].code) == ("$.permission[0].constraint[0]", "unknown.declared")
