"""Policies that can never permit: said when they are published, not when everybody is refused.

What is found is certain: conditions of one permission that exclude each other, or a prohibition of
all use. Not finding anything proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from faifo.policy.actions import stands_against
from faifo.policy.model import Constraint, Policy
from faifo.policy.operands.operand import WITHIN, Ordered

_LOWER, _UPPER = {"gt", "gteq"}, {"lt", "lteq"}


def never(policy: Policy) -> str | None:
    """Return the place of what makes that `policy` never permits a use; None if nothing is seen."""
    for number, rule in enumerate(policy.prohibitions):
        if stands_against(rule.action, "use") and not rule.parts:
            return f"$.prohibition[{number}]"
    if policy.permissions and all(_excluded(rule.required()) for rule in policy.permissions):
        return "$.permission[0].constraint"
    return None


def _excluded(required: Sequence[Constraint]) -> bool:
    return any(
        _exclude(one, other) or _exclude(other, one)
        for one, other in combinations(required, 2)
        if one.operand is other.operand
    )


def _exclude(one: Constraint, other: Constraint) -> bool:
    kinds = (one.operator, other.operator)
    if isinstance(one.operand, Ordered):
        if type(one.value) is not type(other.value):
            return False
        if kinds[0] in _LOWER and kinds[1] in _UPPER:
            strict = "gt" in kinds or "lt" in kinds
            return bool(one.value > other.value or (strict and one.value == other.value))
        return kinds[0] == "eq" and not other.operand.test(kinds[1], other.value)(one.value)
    if one.operand.kind != "text" or kinds[0] not in WITHIN:
        return False
    return not any(other.holds(value) for value in one.value)
