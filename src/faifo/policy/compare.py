"""Is a requested policy equal to or narrower than the one that was offered, and if not, why not?

If `narrows(requested, offered)` permits, then whatever `requested` permits, `offered` permits too,
for any facts. Prohibitions, obligations and members that are not understood must be equal; each
offered constraint must be present or implied by a narrower one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from faifo.policy.actions import includes
from faifo.policy.bounds import MAX_TRIED, over_bounds, too_large
from faifo.policy.canonical import (
    IGNORED,
    canonical_constraint,
    canonical_duties,
    canonical_rule,
    canonical_rules,
    flattened,
    key,
)
from faifo.policy.compile import MEMBERS, NEEDED, read_part
from faifo.policy.decision import Decision, Reason, shown, write
from faifo.policy.model import Constraint, NotUnderstood, unknown
from faifo.policy.relating import follows, operands_of
from faifo.policy.spelling import LOGICAL, operator_of, term

_SAME: Final = Reason(code="same", holds=True)


def narrows(requested: Mapping[str, Any], offered: Mapping[str, Any]) -> Decision:
    """Return permit if `requested` is equal to or narrower than `offered`, else every difference.

    Not compared: @id, @type, target, assigner, assignee, timestamp, and the order of anything.
    """
    facts = {"offered": {"value": dict(offered), "provenance": "the policy that was offered"}}
    try:
        reason = _SAME if requested == offered else _remembered(_said(requested), _said(offered))
    except (TypeError, ValueError, OverflowError, RecursionError):  # no JSON from a wire
        reason = _compare(requested, offered)
    return Decision(reason.holds, lambda: write(reason, dict(requested), facts))


@lru_cache(maxsize=64)
def _remembered(requested: bytes, offered: bytes) -> Reason:
    return _compare(msgspec.json.decode(requested), msgspec.json.decode(offered))


def _said(policy: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode({n: value for n, value in policy.items() if n not in IGNORED})


def _compare(requested: Mapping[str, Any], offered: Mapping[str, Any]) -> Reason:
    for policy in (requested, offered):
        bound = over_bounds(policy)
        if bound is not None:
            return Reason(code="narrows", holds=False, children=(bound,))
    differences = [
        *_differing_members(requested, offered),
        *_differing_rules(requested, offered, "prohibition"),
        *_differing_rules(requested, offered, "obligation"),
    ]
    wanted, given = (
        [_Rule(rule) for rule in one.get("permission") or []] for one in (requested, offered)
    )
    if _tried(wanted, given) > MAX_TRIED:
        return Reason(code="narrows", holds=False, children=(too_large("tried", MAX_TRIED),))
    children = (*differences, *_compare_permissions(wanted, given))
    return Reason(code="narrows", holds=all(child.holds for child in children), children=children)


def _differing_members(requested: Mapping[str, Any], offered: Mapping[str, Any]) -> list[Reason]:
    names = sorted((requested.keys() | offered.keys()) - IGNORED)
    return [
        _differs(
            "member",
            member=shown(name),
            requested=_get(requested, name),
            offered=_get(offered, name),
        )
        for name in names
        if name not in {"permission", "prohibition", "obligation"}
        and (name in requested, key(requested.get(name)))
        != (name in offered, key(offered.get(name)))
    ]


def _differing_rules(
    requested: Mapping[str, Any], offered: Mapping[str, Any], kind: str
) -> list[Reason]:
    # Obligations are kept, and said to be done, by their names: two that are named alike are one.
    said = canonical_duties if kind == "obligation" else canonical_rules
    if said(requested.get(kind)) == said(offered.get(kind)):
        return []
    return [
        _differs(
            kind, requested=shown(requested.get(kind, [])), offered=shown(offered.get(kind, []))
        )
    ]


class _Part:
    """A constraint, read once for all comparisons: `key` is equal for equal ones."""

    __slots__ = ("constraint", "key", "meant", "said")

    def __init__(self, constraint: Any) -> None:
        self.constraint = constraint
        self.said = _text(constraint)
        self.key = key(canonical_constraint(constraint))
        self.meant = read_part(constraint)


class _Rule:
    """A permission, read once for all comparisons."""

    __slots__ = ("action", "keys", "members", "parts")

    def __init__(self, rule: Mapping[str, Any]) -> None:
        self.action = term(rule.get("action"))
        self.members = {k: v for k, v in canonical_rule(rule).items() if k != "constraint"}
        self.parts = [_Part(constraint) for constraint in flattened(rule.get("constraint", []))]
        self.keys = {part.key for part in self.parts}


def _tried(wanted: list[_Rule], given: list[_Rule]) -> int:
    """Return how much is held against each other: pairs of rules, and of their differing parts."""
    return sum(
        1 + len(rule.parts) * len(candidate.keys - rule.keys)
        for rule in wanted
        for candidate in given
    )


def _compare_permissions(wanted: list[_Rule], given: list[_Rule]) -> list[Reason]:
    if given and not wanted:
        return [_differs("no-permission")]
    return [_closest(rule, given) for rule in wanted]


def _closest(rule: _Rule, offered: list[_Rule]) -> Reason:
    """Return the comparison with the offered permission that fits, else with the closest one."""
    tried = []
    for candidate in offered:
        tried.append(_compare_permission(rule, candidate))
        if tried[-1].holds:
            return tried[-1]
    if not tried:
        return _differs("not-offered", requested=shown(rule.action))
    return min(tried, key=lambda reason: sum(not child.holds for child in reason.children))


def _compare_permission(rule: _Rule, candidate: _Rule) -> Reason:
    children: list[Reason] = []
    mine, theirs = rule.members, candidate.members
    for name in sorted(mine.keys() | theirs.keys()):
        if name == "action" and includes(theirs.get(name), mine.get(name)):
            continue
        if key(mine.get(name)) != key(theirs.get(name)):
            children.append(
                _differs(
                    "member",
                    member=shown(name),
                    requested=_get(mine, name),
                    offered=_get(theirs, name),
                )
            )
    children += [_kept(part, rule) for part in candidate.parts]
    children += [
        reason
        for part in rule.parts
        if part.key not in candidate.keys
        for reason in _not_understood(part.constraint)
    ]
    return Reason(
        code="narrows-permission",
        holds=all(child.holds for child in children),
        children=tuple(children),
    )


def _kept(offered: _Part, requested: _Rule) -> Reason:
    """Return whether the offered constraint is present in the request, or implied by it."""
    said = offered.said
    if offered.key in requested.keys:
        return Reason(code="kept", holds=True, facts={"offered": said})
    about = operands_of(offered.meant)
    near = [part for part in requested.parts if about & operands_of(part.meant)]
    if follows(offered.meant, [part.meant for part in near]):
        asked = shown("; ".join(part.said for part in near))
        return Reason(code="narrower", holds=True, facts={"requested": asked, "offered": said})
    same = [part.said for part in near if isinstance(part.meant, Constraint)]
    if same and isinstance(offered.meant, Constraint):
        return _differs("wider", requested=shown("; ".join(same)), offered=said)
    return _differs("constraint-missing", offered=said)


def _not_understood(constraint: Any) -> list[Reason]:
    """Return a reason for each atomic part that is not understood: it may not be added."""
    if not isinstance(constraint, dict):
        return [unknown("constraint", value=shown(constraint))]
    found: list[Reason] = []
    for name, parts in constraint.items():
        if term(name) in LOGICAL:
            if len(constraint.keys() - {"@id", "@type"}) > 1 or not isinstance(parts, list):
                return [unknown("constraint", value=shown(constraint))]
            for part in parts:
                found += _not_understood(part)
            return found
    meant = read_part(constraint)
    return [meant.why] if isinstance(meant, NotUnderstood) else []


def _text(constraint: Any) -> str:
    """Return a constraint in one short line, for a difference shown to a person."""
    if not isinstance(constraint, dict):
        return shown(constraint)
    if not MEMBERS.issuperset(constraint) or not constraint.keys() >= set(NEEDED):
        return shown(constraint)
    right = constraint["rightOperand"]
    if isinstance(right, list) and all(isinstance(item, str) for item in right):
        right = ", ".join(right)
    parts = (term(constraint["leftOperand"]), operator_of(constraint["operator"]), right)
    return shown(" ".join(shown(part) for part in parts))


def _get(mapping: Mapping[str, Any], name: str) -> str:
    return shown(mapping[name]) if name in mapping else "-"


def _differs(what: str, **facts: str) -> Reason:
    return Reason(code=f"differs.{what}", holds=False, facts=facts)
