"""Duties: what somebody must do. Spec: ODRL Information Model 2.2 §2.6.3 and §2.7.

A duty in a permission comes first: without proof that it was done, nothing is permitted. One of the
policy binds whoever agrees; it is declared, and nothing here calls it enforced. Understood are the
actions of the vocabulary, with two constraints at most: the last moment at which it must be done,
and the place in which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from faifo.policy.actions import known
from faifo.policy.decision import Reason, shown
from faifo.policy.model import Constraint, Duty, unknown
from faifo.policy.operands.elapsed import ELAPSED
from faifo.policy.spelling import term

MAX_DUTIES: Final = 50
_MEMBERS: Final = frozenset({"@id", "@type", "action", "constraint"})
_DUE: Final = frozenset({"dateTime", ELAPSED})
Understand = Callable[[Mapping[str, Any]], Constraint | Reason]


def read_duties(given: Any, place: str, understand: Understand) -> list[Duty | Reason]:
    """Return each duty of an array, or why it is not understood."""
    if not isinstance(given, list) or len(given) > MAX_DUTIES:
        return [unknown("rules", place=place)]
    return [_duty(one, place, understand) for one in given]


def _duty(given: Any, place: str, understand: Understand) -> Duty | Reason:
    if not isinstance(given, dict) or not _MEMBERS.issuperset(given):
        return unknown("rules", place=place)
    action, due = term(given.get("action")), given.get("constraint", [])
    if not known(action):
        return unknown("action", action=shown(action), place=place)
    if not isinstance(due, list) or len(due) > 2:
        return unknown("rules", place=f"{place}.constraint")
    moment = where = None
    for one in due:
        meant = (
            understand(one) if isinstance(one, dict) else unknown("constraint", value=shown(one))
        )
        if isinstance(meant, Reason):
            return meant
        if meant.operand.of_duties and where is None:
            where = meant
            continue
        if (
            moment is not None
            or meant.operand.term not in _DUE
            or meant.operator not in {"lt", "lteq"}
        ):
            return unknown("operator", operator=meant.operator, operand=meant.operand.term)
        moment = meant
    name = given.get("@id")
    return Duty(action, name if isinstance(name, str) else "", moment, where)


def due_by(duty: Duty, agreed: datetime) -> datetime | None:
    """Return when a duty of an agreement concluded at `agreed` must be done; None: any time."""
    if duty.due is None:
        return None
    value = duty.due.value
    try:
        return value if isinstance(value, datetime) else agreed + value
    except OverflowError:
        return None
