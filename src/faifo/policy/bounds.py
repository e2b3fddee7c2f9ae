"""The size of policies that are looked at: what is larger is refused before it is judged.

Whoever asks for a policy is answered within milliseconds, and so is everybody beside him: the sum
of what must be walked is bounded, and so is the product of what must be tried with each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from faifo.policy.decision import Reason
from faifo.policy.spelling import LOGICAL, term

MAX_BYTES: Final = 131_072
MAX_CONSTRAINTS: Final = 1_000
MAX_DEPTH: Final = 16
MAX_RULES: Final = 200
MAX_VALUES: Final = 2_000
MAX_PRODUCT: Final = 10_000
"""Purposes that differ for the policy × its constraints and rules."""
MAX_ASKED: Final = 50_000
"""Purposes × the constraints on them, which tell whether they differ."""
MAX_TRIED: Final = 2_000
"""Rules and constraints of a request that are held against those of an offer."""
RULE_KINDS: Final = ("permission", "prohibition", "obligation")


def over_bounds(policy: Mapping[str, Any]) -> Reason | None:
    """Return why `policy` is too large or no policy in shape, or None."""
    if _bytes(policy) > MAX_BYTES:
        return too_large("bytes", MAX_BYTES)
    count = rules = values = 0
    waiting: list[tuple[Any, int]] = []
    for kind in RULE_KINDS:
        entries = policy.get(kind, [])
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            return _fails("unknown.rules", place=kind)
        rules += len(entries)
        for entry in entries:
            constraints = entry.get("constraint", [])
            if not isinstance(constraints, list):
                return _fails("unknown.rules", place=f"{kind}.constraint")
            waiting += [(constraint, 1) for constraint in constraints]
    if rules > MAX_RULES:
        return too_large("rules", MAX_RULES)
    while waiting:
        constraint, depth = waiting.pop()
        count += 1
        if count > MAX_CONSTRAINTS:
            return too_large("constraints", MAX_CONSTRAINTS)
        if depth > MAX_DEPTH:
            return too_large("levels", MAX_DEPTH)
        if isinstance(constraint, dict):
            right = constraint.get("rightOperand")
            values += len(right) if isinstance(right, list) else 1
            for name, children in constraint.items():
                if term(name) in LOGICAL and isinstance(children, list):
                    waiting += [(child, depth + 1) for child in children]
    return too_large("values", MAX_VALUES) if values > MAX_VALUES else None


def too_large(what: str, limit: int) -> Reason:
    """Return the reason that there are more than `limit` of something."""
    return _fails(f"over.{what}", limit=str(limit))


def _bytes(policy: Mapping[str, Any]) -> int:
    try:
        return len(msgspec.json.encode(policy))
    except (TypeError, ValueError, OverflowError, RecursionError):
        return 0  # no JSON that came over a wire


def _fails(code: str, **facts: str) -> Reason:
    return Reason(code=code, holds=False, facts=facts)
