"""Atomic constraints, understood completely or not at all.

`understand` returns a `Constraint` with parsed values, or the `Reason` that names what is not
understood. Evaluation and comparison both start from it, so they never disagree about meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from faifo.policy.decision import Reason, shown
from faifo.policy.facts import Facts
from faifo.policy.instants import instant_text, read_instant
from faifo.policy.vocabulary import (
    DATE_TIME,
    LEFT_OPERANDS,
    MANY_VALUES,
    OPERATORS,
    SHORT,
    term,
)

_MEMBERS: Final = frozenset({"@id", "@type", "leftOperand", "operator", "rightOperand"})
_NEEDED: Final = ("leftOperand", "operator", "rightOperand")
_LITERAL_TYPES: Final = {
    DATE_TIME: ("xsd:dateTime", "http://www.w3.org/2001/XMLSchema#dateTime"),
    "": ("xsd:string", "http://www.w3.org/2001/XMLSchema#string"),
}


class Constraint(msgspec.Struct, frozen=True, kw_only=True):
    """An atomic constraint; either `instant` is set (dateTime) or `values` (all others)."""

    operand: str
    operator: str
    values: frozenset[str] = frozenset()
    instant: datetime | None = None

    @property
    def right(self) -> str:
        if self.instant is not None:
            return instant_text(self.instant)
        return ", ".join(sorted(self.values))


def understand(constraint: Mapping[str, Any]) -> Constraint | Reason:
    """Return the constraint, or why it is not understood."""
    for member in constraint:
        if member not in _MEMBERS:
            return unknown("member", member=member, place="Constraint")
    for member in _NEEDED:
        if member not in constraint:
            return unknown("missing-member", member=member, place="Constraint")
    operand, operator = term(constraint["leftOperand"]), term(constraint["operator"])
    if operand not in LEFT_OPERANDS:
        return unknown("left-operand", operand=shown(operand))
    if operator not in OPERATORS[operand]:
        return unknown("operator", operator=shown(operator), operand=operand)
    try:
        if operand == DATE_TIME:
            instant = read_instant(_single(constraint["rightOperand"], operand))
            return Constraint(operand=operand, operator=operator, instant=instant)
        values = _several(constraint["rightOperand"], operand, many=operator in MANY_VALUES)
    except ValueError:
        right = shown(constraint["rightOperand"])
        return unknown("right-operand", value=right, operand=operand, operator=operator)
    return Constraint(operand=operand, operator=operator, values=values)


def judge(constraint: Constraint, facts: Facts) -> tuple[bool | None, Reason]:
    """Return whether the facts satisfy the constraint (None: cannot be decided), and why."""
    fact = facts.get(constraint.operand)
    if fact is None:
        return None, unknown("fact", operand=constraint.operand)
    given = fact.value
    if constraint.instant is not None:
        if not isinstance(given, datetime) or given.tzinfo is None:
            return None, unknown("fact-kind", operand=constraint.operand, value=shown(str(given)))
        holds = _ordered(given, constraint.operator, constraint.instant)
        text = instant_text(given)
    elif isinstance(given, tuple):
        holds = not constraint.values.isdisjoint(given)
        text = shown(", ".join(given) or "-")
    else:
        if not isinstance(given, str):
            return None, unknown("fact-kind", operand=constraint.operand, value=shown(str(given)))
        holds = (given in constraint.values) is (constraint.operator in {"eq", "isAnyOf"})
        text = shown(given)
    code = f"{SHORT.get(constraint.operand, constraint.operand)}.{constraint.operator}"
    return holds, Reason(
        code=code, holds=holds, facts={"given": text, "right": shown(constraint.right)}
    )


def unknown(what: str, **facts: str) -> Reason:
    """Return the reason that says what is not understood; it never speaks for permitting."""
    return Reason(
        code=f"unknown.{what}", holds=False, facts={k: shown(v) for k, v in facts.items()}
    )


def constraint_text(constraint: Mapping[str, Any]) -> str:
    """Return a constraint in one short line, for a difference shown to a person."""
    if not _MEMBERS.issuperset(constraint) or not constraint.keys() >= set(_NEEDED):
        return shown(dict(constraint))
    right = constraint["rightOperand"]
    if isinstance(right, list) and all(isinstance(item, str) for item in right):
        right = ", ".join(right)
    parts = (term(constraint["leftOperand"]), term(constraint["operator"]), right)
    return shown(" ".join(shown(part) for part in parts))


def _ordered(given: datetime, operator: str, right: datetime) -> bool:
    return {
        "eq": given == right,
        "neq": given != right,
        "gt": given > right,
        "gteq": given >= right,
        "lt": given < right,
        "lteq": given <= right,
    }[operator]


def _several(value: Any, operand: str, *, many: bool) -> frozenset[str]:
    if not isinstance(value, list):
        return frozenset({_single(value, operand)})
    if not many or not value:
        raise ValueError("one value is expected, or at least one")
    return frozenset(_single(item, operand) for item in value)


def _single(value: Any, operand: str) -> str:
    """Return a plain text; JSON-LD's `{"@value": …}` and `{"@id": …}` stand for their text."""
    if isinstance(value, dict):
        types = _LITERAL_TYPES[DATE_TIME if operand == DATE_TIME else ""]
        if set(value) == {"@id"}:
            value = value["@id"]
        elif "@value" in value and (
            set(value) == {"@value"}
            or (set(value) == {"@value", "@type"} and value["@type"] in types)
        ):
            value = value["@value"]
    if not isinstance(value, str) or not value:
        raise ValueError("a text is expected")
    return value
