"""Policies in one spelling, so that two of them can be compared.

Dropped: what carries no meaning for the comparison (`@id`, `@type` of rules and constraints, empty
arrays) and the order of rules, constraints and values. Everything else is kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from faifo.policy.spelling import LOGICAL, MANY_VALUES, operator_of, term

# What differs by design between an offer in a catalogue, in a message, and an agreement.
IGNORED: Final = frozenset(
    {"@context", "@id", "@type", "target", "assigner", "assignee", "timestamp"}
)
_NAMES_ONLY: Final = frozenset({"@id", "@type"})


def canonical_rules(rules: Any) -> list[str]:
    """Return the rules as sorted texts; equal rules have equal texts."""
    return sorted(key(canonical_rule(rule)) for rule in rules or [])


def canonical_duties(duties: Any) -> list[str]:
    """Return obligations as `canonical_rules` does, with the `@id` of each."""
    return sorted(
        key([duty.get("@id") if isinstance(duty, dict) else None, canonical_rule(duty)])
        for duty in duties or []
    )


def canonical_rule(rule: Any) -> Any:
    if not isinstance(rule, dict):
        return rule
    kept = {k: v for k, v in rule.items() if k not in _NAMES_ONLY and v != []}
    if "action" in kept:
        kept["action"] = term(kept["action"])
    if isinstance(kept.get("duty"), list):
        kept["duty"] = sorted((_canonical_duty(one) for one in kept["duty"]), key=key)
    if isinstance(kept.get("constraint"), list):
        flat = flattened(kept["constraint"])
        kept["constraint"] = sorted((canonical_constraint(part) for part in flat), key=key)
    return kept


def _canonical_duty(duty: Any) -> Any:
    """Return a duty of a permission: by its `@id` it is proven to be done, so that is kept."""
    if not isinstance(duty, dict):
        return duty
    kept = {name: value for name, value in duty.items() if name != "@type" and value != []}
    if "action" in kept:
        kept["action"] = term(kept["action"])
    if isinstance(kept.get("constraint"), list):
        kept["constraint"] = [canonical_constraint(part) for part in kept["constraint"]]
    return kept


def canonical_constraint(constraint: Any) -> Any:
    """Return the constraint in its one spelling; only called within the depth of `bounds`."""
    if not isinstance(constraint, dict):
        return constraint
    kept: dict[str, Any] = {}
    for name, value in constraint.items():
        if name in _NAMES_ONLY:
            continue
        # Two spellings of one name in one constraint are not understood: they stay two.
        short = term(name) if term(name) in LOGICAL and term(name) not in kept else name
        if short in LOGICAL and isinstance(value, list):
            parts = [canonical_constraint(part) for part in value]
            kept[short] = parts if short == "andSequence" else sorted(parts, key=key)
        elif name == "leftOperand":
            kept[name] = term(value)
        elif name == "operator":
            kept[name] = operator_of(value)
        else:
            kept[name] = value
    right = kept.get("rightOperand")
    if isinstance(right, list) and kept.get("operator") in MANY_VALUES:
        kept["rightOperand"] = sorted(right, key=key)
    return kept


def flattened(constraints: list[Any]) -> list[Any]:
    """Return the constraints with every plain `and` replaced by its parts: the same meaning."""
    found: list[Any] = []
    for constraint in constraints:
        parts = _conjunction(constraint)
        found += flattened(parts) if parts else [constraint]
    return found


def key(value: Any) -> str:
    """Return a text that is equal for equal JSON values."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True, default=repr)


def _conjunction(constraint: Any) -> list[Any] | None:
    if not isinstance(constraint, Mapping):
        return None
    names = [name for name in constraint if name not in _NAMES_ONLY]
    if len(names) == 1 and term(names[0]) in {"and", "andSequence"}:
        parts = constraint[names[0]]
        return parts if isinstance(parts, list) else None
    return None
