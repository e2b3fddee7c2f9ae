from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from faifo.policy.constraints import Constraint, judge
from faifo.policy.facts import Fact
from faifo.policy.implied import implies
from faifo.policy.vocabulary import ORDER, SETS

# Two instants at odd places of a line of five: before, at, between, at, after.
LINE = [datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 6)]
SUBSETS = [frozenset(s) for s in ("a", "b", "ab", "bc", "abc")]


def always(narrower: Any, wider: Any, values: Any):
    """Tell by trying all values whether `wider` holds wherever `narrower` does."""
    facts = [{narrower.operand: Fact(value=value, provenance="test")} for value in values]
    return all(judge(wider, fact)[0] for fact in facts if judge(narrower, fact)[0])


@pytest.mark.parametrize("operator", ORDER)
def test_instants_are_implied_exactly_when_all_values_say_so(operator: Any):
    for wider, mine, theirs in product(ORDER, (LINE[1], LINE[3]), (LINE[1], LINE[3])):
        one = Constraint(operand="dateTime", operator=operator, instant=mine)
        other = Constraint(operand="dateTime", operator=wider, instant=theirs)
        assert implies(one, other) == always(one, other, LINE), (operator, mine, wider, theirs)


@pytest.mark.parametrize("operator", SETS)
def test_sets_are_implied_exactly_when_all_values_say_so(operator: Any):
    for wider, mine, theirs in product(SETS, SUBSETS, SUBSETS):
        one = Constraint(operand="purpose", operator=operator, values=mine)
        other = Constraint(operand="purpose", operator=wider, values=theirs)
        assert implies(one, other) == always(one, other, "abcdef"), (operator, mine, wider, theirs)


def test_other_operands_imply_nothing():
    purpose = Constraint(operand="purpose", operator="eq", values=frozenset("a"))
    recipient = Constraint(operand="recipient", operator="eq", values=frozenset("a"))
    assert not implies(purpose, recipient)
