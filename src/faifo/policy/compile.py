"""A policy as it stands on the wire → a policy that can be judged. Nothing else reads one.

A policy is compiled when it is published and when it is agreed, and kept by what it says, within
bounds: at an access nothing is parsed. What is not understood stays in its place, and refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from functools import lru_cache
from typing import Any, Final

import msgspec

from faifo.policy.bounds import MAX_ASKED, MAX_BYTES, MAX_PRODUCT, over_bounds, too_large
from faifo.policy.decision import Reason, shown
from faifo.policy.duties import read_duties
from faifo.policy.model import (
    Constraint,
    Duty,
    Logical,
    NotUnderstood,
    Part,
    Policy,
    Rule,
    unknown,
)
from faifo.policy.operands import operands
from faifo.policy.spelling import LOGICAL, left_operand, operator_of, term

KEPT: Final = 2048
KEPT_LARGE: Final = 128
SMALL_BYTES: Final = 16_384

_POLICY_MEMBERS: Final = frozenset(
    {"@context", "@id", "@type", "target", "assigner", "assignee", "timestamp"}
    | {"permission", "prohibition", "obligation"}
)
_NAMES: Final = frozenset({"@id", "@type", "target", "assigner", "assignee", "timestamp"})
"""Members that say which policy it is, between whom and since when, and nothing of what it says."""
_RULE_MEMBERS: Final = frozenset({"@id", "@type", "action", "constraint"})
MEMBERS: Final = frozenset({"@id", "@type", "leftOperand", "operator", "rightOperand"})
NEEDED: Final = ("leftOperand", "operator", "rightOperand")


def compiled(document: Mapping[str, Any]) -> Policy:
    """Return the policy that `document` says; this never raises for anything that JSON can hold.

    The same text is not read twice, as long as it is among the last `KEPT`, or of those over
    `SMALL_BYTES` among the last `KEPT_LARGE`; nor are the same terms under other names. What is
    over the bounds is cheap to refuse.
    """
    try:
        text = msgspec.json.encode(document)
    except (TypeError, ValueError, OverflowError, RecursionError):  # no JSON that came over a wire
        return _compile(dict(document))
    if len(text) > MAX_BYTES:
        return Policy(dict(document), too_large=too_large("bytes", MAX_BYTES))
    return (_small if len(text) <= SMALL_BYTES else _large)(text)


def _read(text: bytes) -> Policy:
    document = msgspec.json.decode(text)
    terms = {name: value for name, value in document.items() if name not in _NAMES}
    policy = copy(_said(msgspec.json.encode(terms)))
    policy.document = document
    return policy


@lru_cache(maxsize=KEPT_LARGE)
def _said(terms: bytes) -> Policy:
    return _compile(msgspec.json.decode(terms))


_small = lru_cache(maxsize=KEPT)(_read)
_large = lru_cache(maxsize=KEPT_LARGE)(_read)


def _compile(document: dict[str, Any]) -> Policy:
    beyond = over_bounds(document)
    if beyond is not None:
        return Policy(document, too_large=beyond)
    policy = _within(document)
    many = len(policy.purposes) * len(policy.asked) > MAX_ASKED
    if many or len(policy.distinct) * policy.size > MAX_PRODUCT:
        return Policy(document, too_large=too_large("combinations", MAX_PRODUCT))
    return policy


def _within(document: dict[str, Any]) -> Policy:
    obstacles = [
        unknown("member", member=member, place="Policy")
        for member in document
        if member not in _POLICY_MEMBERS
    ]
    duties = read_duties(document.get("obligation") or [], "obligation", understand)
    obstacles += [one for one in duties if isinstance(one, Reason)]
    return Policy(
        document,
        obstacles=tuple(obstacles),
        permissions=tuple(_rule(rule, "duty") for rule in document.get("permission", ())),
        prohibitions=tuple(_rule(rule) for rule in document.get("prohibition", ())),
        duties=tuple(one for one in duties if isinstance(one, Duty)),
    )


def _rule(rule: Mapping[str, Any], *more: str) -> Rule:
    unread = [
        unknown("member", member=member, place="Rule")
        for member, value in rule.items()
        if member not in _RULE_MEMBERS.union(more) and value != []
    ]
    duties = read_duties(rule.get("duty", []), "duty", understand) if more else []
    unread += [one for one in duties if isinstance(one, Reason)]
    if not isinstance(rule.get("action"), str):
        unread.append(unknown("missing-member", member="action", place="Rule"))
    parts = tuple(read_part(constraint) for constraint in rule.get("constraint", ()))
    first = tuple(one for one in duties if isinstance(one, Duty))
    return Rule(term(rule.get("action")), tuple(unread), parts + first)


def read_part(constraint: Any) -> Part:
    """Return a constraint as it is judged."""
    if not isinstance(constraint, dict):
        return NotUnderstood(unknown("constraint", value=shown(constraint)))
    names = [name for name in constraint if term(name) in LOGICAL]
    if names:
        return _logical(constraint, names)
    understood = understand(constraint)
    if isinstance(understood, Reason):
        return NotUnderstood(understood)
    if understood.operand.of_duties:
        return NotUnderstood(unknown("declared", operand=understood.operand.term))
    return understood


def _logical(constraint: Mapping[str, Any], names: list[str]) -> Part:
    others = [name for name in constraint if name not in {names[0], "@id", "@type"}]
    if others:
        return NotUnderstood(unknown("member", member=others[0], place="LogicalConstraint"))
    parts = constraint[names[0]]
    if not isinstance(parts, list) or not parts:
        return NotUnderstood(unknown("constraint", value=shown(dict(constraint))))
    return Logical(term(names[0]), tuple(read_part(part) for part in parts))


def understand(constraint: Mapping[str, Any]) -> Constraint | Reason:
    """Return an atomic constraint, understood completely, or why it is not understood."""
    for member in constraint:
        if member not in MEMBERS:
            return unknown("member", member=member, place="Constraint")
    for member in NEEDED:
        if member not in constraint:
            return unknown("missing-member", member=member, place="Constraint")
    left, operator = left_operand(constraint["leftOperand"]), operator_of(constraint["operator"])
    operand = operands().get(left) if isinstance(left, str) else None
    if operand is None:
        return unknown("left-operand", operand=shown(left))
    if operator not in operand.operators:
        return unknown("operator", operator=shown(operator), operand=left)
    right = constraint["rightOperand"]
    try:
        return Constraint(operand, operator, operand.read(operator, right))
    except ValueError:
        return unknown("right-operand", value=shown(right), operand=left, operator=operator)
