from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from faifo.policy.model import Constraint, Fact
from faifo.policy.operands import operands
from faifo.policy.operands.operand import ORDER, SETS
from faifo.policy.relating import follows

# Two instants at odd places of a line of five: before, at, between, at, after.
LINE = [datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 6)]
SUBSETS = [frozenset(s) for s in ("a", "b", "ab", "bc", "abc")]


def always(narrower: Any, wider: Any, values: Any):
    """Tell by trying all values whether `wider` holds wherever `narrower` does."""
    facts = [{narrower.operand.term: Fact(value=value, provenance="test")} for value in values]
    return all(wider.truth(fact) for fact in facts if narrower.truth(fact))


@pytest.mark.parametrize("operator", ORDER)
def test_instants_are_implied_exactly_when_all_values_say_so(operator: Any):
    for wider, mine, theirs in product(ORDER, (LINE[1], LINE[3]), (LINE[1], LINE[3])):
        one = Constraint(operands()["dateTime"], operator, mine)
        other = Constraint(operands()["dateTime"], wider, theirs)
        assert follows(other, [one]) == always(one, other, LINE), (operator, mine, wider, theirs)


@pytest.mark.parametrize("operator", SETS)
def test_sets_are_implied_exactly_when_all_values_say_so(operator: Any):
    for wider, mine, theirs in product(SETS, SUBSETS, SUBSETS):
        one = Constraint(operands()["purpose"], operator, mine)
        other = Constraint(operands()["purpose"], wider, theirs)
        assert follows(other, [one]) == always(one, other, "abcdef"), (
            operator,
            mine,
            wider,
            theirs,
        )


def test_other_operands_imply_nothing():
    purpose = Constraint(operands()["purpose"], "eq", frozenset("a"))
    recipient = Constraint(operands()["recipient"], "eq", frozenset("a"))
    assert not follows(recipient, [purpose])
