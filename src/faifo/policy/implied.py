"""Does one atomic constraint imply another on the same left operand?

Sets: every text that satisfies the narrower satisfies the wider. Instants: likewise, over the
whole line of time. "No" only means that it is not shown here.
"""

from __future__ import annotations

from datetime import datetime

from faifo.policy.constraints import Constraint

_WITHIN = {"eq", "isAnyOf"}


def implies(narrower: Constraint, wider: Constraint) -> bool:
    """Return whether `narrower` being satisfied always means that `wider` is."""
    if narrower.operand != wider.operand:
        return False
    if narrower.instant is not None and wider.instant is not None:
        return _instant_implies(narrower.operator, narrower.instant, wider.operator, wider.instant)
    if narrower.instant is not None or wider.instant is not None:
        return False
    mine, theirs = narrower.values, wider.values
    if narrower.operator in _WITHIN:
        return mine <= theirs if wider.operator in _WITHIN else mine.isdisjoint(theirs)
    return wider.operator not in _WITHIN and theirs <= mine


def _instant_implies(operator: str, mine: datetime, wider: str, theirs: datetime) -> bool:
    if operator == "eq":
        return {
            "eq": mine == theirs,
            "neq": mine != theirs,
            "lt": mine < theirs,
            "lteq": mine <= theirs,
            "gt": mine > theirs,
            "gteq": mine >= theirs,
        }[wider]
    if wider == "neq":
        return {
            "neq": mine == theirs,
            "lt": mine <= theirs,
            "lteq": mine < theirs,
            "gt": mine >= theirs,
            "gteq": mine > theirs,
        }[operator]
    if wider in {"lt", "lteq"} and operator in {"lt", "lteq"}:
        return mine < theirs or (mine == theirs and (operator, wider) != ("lteq", "lt"))
    if wider in {"gt", "gteq"} and operator in {"gt", "gteq"}:
        return mine > theirs or (mine == theirs and (operator, wider) != ("gteq", "gt"))
    return False
