"""The size of policies that are looked at: what is larger is refused before it is judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from faifo.policy.decision import Reason
from faifo.policy.spelling import LOGICAL, term

MAX_CONSTRAINTS: Final = 1_000
MAX_DEPTH: Final = 16
MAX_RULES: Final = 1_000
RULE_KINDS: Final = ("permission", "prohibition", "obligation")


def over_bounds(policy: Mapping[str, Any]) -> Reason | None:
    """Return why `policy` is too large or no policy in shape, or None."""
    count = rules = 0
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
    while waiting:
        constraint, depth = waiting.pop()
        count += 1
        if count > MAX_CONSTRAINTS or depth > MAX_DEPTH:
            break
        if isinstance(constraint, dict):
            for name, children in constraint.items():
                if term(name) in LOGICAL and isinstance(children, list):
                    waiting += [(child, depth + 1) for child in children]
    else:
        if rules <= MAX_RULES:
            return None
    return _fails("too-large", constraints=str(MAX_CONSTRAINTS), depth=str(MAX_DEPTH))


def _fails(code: str, **facts: str) -> Reason:
    return Reason(code=code, holds=False, facts=facts)
