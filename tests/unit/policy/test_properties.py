from __future__ import annotations

import copy
import importlib.util
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from faifo.policy.compare import narrows
from faifo.policy.compile import compiled
from faifo.policy.contradictions import never
from faifo.policy.decision import WrittenDecision
from faifo.policy.evaluate import evaluate
from faifo.policy.relating import compatible


def _beside(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


some, reference = _beside("policies"), _beside("reference")


@given(some.policies, some.facts, some.constraints, st.integers(0, 1))
def test_a_constraint_more_never_turns_a_refusal_into_a_permit(
    policy: Any, facts: Any, more: Any, index: Any
):
    tighter = copy.deepcopy(policy)
    if index < len(tighter["permission"]):
        tighter["permission"][index]["constraint"].append(more)
    assert (
        evaluate(compiled(policy), facts).permits or not evaluate(compiled(tighter), facts).permits
    )


ACTIONS = st.sampled_from(["use", "read", "distribute", "sell", "ex:fly"])


@given(some.policies, some.facts, ACTIONS)
def test_decisions_are_those_of_the_slow_reference(policy: Any, facts: Any, action: str):
    found = evaluate(compiled(policy), facts, action=action).permits
    assert found is reference.permitted(policy, facts, action)


def test_the_reference_permits_and_refuses():
    # Else the property above would say little.
    always = {"permission": [{"action": "use", "constraint": []}], "prohibition": []}
    assert reference.permitted(always, {}, "read")
    assert not reference.permitted({**always, "prohibition": [{"action": "use"}]}, {}, "read")


@given(some.policies, some.facts, some.rules, ACTIONS)
def test_a_prohibition_more_never_widens(policy: Any, facts: Any, more: Any, action: str):
    tighter = {**policy, "prohibition": [*policy["prohibition"], more]}
    assert evaluate(compiled(policy), facts, action=action).permits or (
        not evaluate(compiled(tighter), facts, action=action).permits
    )


@given(some.policies, some.facts, st.data(), ACTIONS)
def test_a_fact_less_never_turns_a_refusal_into_a_permit(
    policy: Any, facts: Any, data: Any, action: str
):
    kept = {name: fact for name, fact in facts.items() if data.draw(st.booleans())}
    if evaluate(compiled(policy), kept, action=action).permits:
        assert evaluate(compiled(policy), facts, action=action).permits


@given(some.policies)
def test_every_policy_narrows_itself(policy: Any):
    assert narrows(policy, copy.deepcopy(policy)).permits


@given(st.data())
def test_what_a_narrower_policy_permits_the_offered_one_permits(data: Any):
    offered = data.draw(some.policies)
    requested = copy.deepcopy(offered)
    for rule in requested["permission"]:
        parts = data.draw(
            st.permutations(rule["constraint"] + data.draw(st.lists(some.constraints, max_size=2)))
        )
        rule["constraint"] = parts[: data.draw(st.integers(0, len(parts)))]
    facts = data.draw(some.facts)
    if narrows(requested, offered).permits and evaluate(compiled(requested), facts).permits:
        assert evaluate(compiled(offered), facts).permits


@given(st.data())
def test_implied_constraints_hold_together(data: Any):
    one, other = (data.draw(st.one_of(some.dates, some.singles, some.sets)) for _ in range(2))
    requested = {"permission": [{"action": "use", "constraint": [one]}]}
    offered = {"permission": [{"action": "use", "constraint": [other]}]}
    facts = data.draw(some.facts)
    if narrows(requested, offered).permits and evaluate(compiled(requested), facts).permits:
        assert evaluate(compiled(offered), facts).permits


@given(some.policies, some.policies, some.facts)
def test_what_excludes_each_other_is_never_permitted_by_both(one: Any, other: Any, facts: Any):
    read = [compiled(one), compiled(other)]
    if compatible(*read) is False:
        assert not all(evaluate(policy, facts).permits for policy in read)
    if never(read[0]):
        assert not evaluate(read[0], facts).permits


def test_what_excludes_each_other_is_told():
    # Else the property above would say little.
    until, later = (
        compiled({"permission": [{"action": "use", "constraint": [part]}]})
        for part in (
            {"xone": [some.atom("dateTime", "lt", t) for t in some.TIMES[:2]]},
            some.atom("dateTime", "gteq", some.TIMES[1]),
        )
    )
    assert compatible(until, until)
    assert compatible(until, later) is False


@given(some.policies, some.facts, some.policies)
def test_every_decision_is_json_and_speaks_both_languages(policy: Any, facts: Any, other: Any):
    for decision in (evaluate(compiled(policy), facts), narrows(policy, other)):
        text = msgspec.json.encode(decision.written)
        assert msgspec.json.decode(text, type=WrittenDecision) == decision.written
        assert all(decision.sentences("en") + decision.sentences("vi"))
        assert len(decision.sentences("en")) >= 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5)
    | st.sampled_from(["use", "dateTime", "eq", "and"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["permission", "prohibition", "obligation", "constraint", "action", "and",
                         "leftOperand", "operator", "rightOperand", "or", "@value", "odrl:and"]),
        inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(
    st.dictionaries(st.sampled_from(["permission", "prohibition", "obligation", "x"]), json_values),
    some.facts,
)
def test_no_json_makes_it_raise(policy: Any, facts: Any):
    assert evaluate(compiled(policy), facts).sentences("vi")
    assert narrows(policy, {"permission": []}).sentences("en")
    assert narrows({"permission": []}, policy).sentences("en")
