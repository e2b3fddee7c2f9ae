"""Is a requested policy equal to or narrower than the one that was offered, and if not, why not?

If `narrows(requested, offered)` permits, then whatever `requested` permits, `offered` permits too,
for any facts. Prohibitions, obligations and members that are not understood must be equal; each
offered constraint must be present or implied by a narrower one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faifo.policy.bounds import over_bounds
from faifo.policy.canonical import (
    IGNORED,
    canonical_constraint,
    canonical_rule,
    canonical_rules,
    flattened,
    key,
)
from faifo.policy.compile import MEMBERS, NEEDED, understand
from faifo.policy.decision import Decision, Reason, shown, write
from faifo.policy.model import Constraint, unknown
from faifo.policy.spelling import LOGICAL, term


def narrows(requested: Mapping[str, Any], offered: Mapping[str, Any]) -> Decision:
    """Return permit if `requested` is equal to or narrower than `offered`, else every difference.

    Not compared: @id, @type, target, assigner, assignee, timestamp, and the order of anything.
    """
    facts = {"offered": {"value": dict(offered), "provenance": "the policy that was offered"}}
    reason = _compare(requested, offered)
    return Decision(reason.holds, lambda: write(reason, dict(requested), facts))


def _compare(requested: Mapping[str, Any], offered: Mapping[str, Any]) -> Reason:
    if requested == offered:
        return Reason(code="same", holds=True)
    for policy in (requested, offered):
        bound = over_bounds(policy)
        if bound is not None:
            return Reason(code="narrows", holds=False, children=(bound,))
    differences = [
        *_differing_members(requested, offered),
        *_differing_rules(requested, offered, "prohibition"),
        *_differing_rules(requested, offered, "obligation"),
    ]
    permissions = _compare_permissions(requested, offered)
    children = (*differences, *permissions)
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
    if canonical_rules(requested.get(kind)) == canonical_rules(offered.get(kind)):
        return []
    return [
        _differs(
            kind, requested=shown(requested.get(kind, [])), offered=shown(offered.get(kind, []))
        )
    ]


def _compare_permissions(requested: Mapping[str, Any], offered: Mapping[str, Any]) -> list[Reason]:
    wanted, given = requested.get("permission") or [], offered.get("permission") or []
    if given and not wanted:
        return [_differs("no-permission")]
    return [_closest(rule, given) for rule in wanted]


def _closest(rule: Mapping[str, Any], offered: list[Mapping[str, Any]]) -> Reason:
    """Return the comparison with the offered permission that fits, else with the closest one."""
    tried = [_compare_permission(rule, candidate) for candidate in offered]
    fitting = next((reason for reason in tried if reason.holds), None)
    if fitting is not None:
        return fitting
    if not tried:
        return _differs("not-offered", requested=shown(term(rule.get("action"))))
    return min(tried, key=lambda reason: sum(not child.holds for child in reason.children))


def _compare_permission(rule: Mapping[str, Any], candidate: Mapping[str, Any]) -> Reason:
    children: list[Reason] = []
    mine, theirs = canonical_rule(rule), canonical_rule(candidate)
    for name in sorted((mine.keys() | theirs.keys()) - {"constraint"}):
        if key(mine.get(name)) != key(theirs.get(name)):
            children.append(
                _differs(
                    "member",
                    member=shown(name),
                    requested=_get(mine, name),
                    offered=_get(theirs, name),
                )
            )
    requested = flattened(rule.get("constraint", []))
    offered = flattened(candidate.get("constraint", []))
    children += [_kept(constraint, requested) for constraint in offered]
    same = {key(canonical_constraint(constraint)) for constraint in offered}
    children += [
        reason
        for constraint in requested
        if key(canonical_constraint(constraint)) not in same
        for reason in _not_understood(constraint)
    ]
    return Reason(
        code="narrows-permission",
        holds=all(child.holds for child in children),
        children=tuple(children),
    )


def _kept(offered: Any, requested: list[Any]) -> Reason:
    """Return whether the offered constraint is present in the request, or implied by it."""
    wanted = key(canonical_constraint(offered))
    if any(key(canonical_constraint(constraint)) == wanted for constraint in requested):
        return Reason(code="kept", holds=True, facts={"offered": _text(offered)})
    meant = _understood(offered)
    same_operand = []
    for constraint in requested:
        narrower = _understood(constraint)
        if meant is None or narrower is None or narrower.operand is not meant.operand:
            continue
        if narrower.implies(meant):
            return Reason(
                code="narrower",
                holds=True,
                facts={"requested": _text(constraint), "offered": _text(offered)},
            )
        same_operand.append(_text(constraint))
    if same_operand:
        return _differs("wider", requested="; ".join(same_operand), offered=_text(offered))
    return _differs("constraint-missing", offered=_text(offered))


def _understood(constraint: Any) -> Constraint | None:
    if not isinstance(constraint, dict):
        return None
    meant = understand(constraint)
    return meant if isinstance(meant, Constraint) else None


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
    meant = understand(constraint)
    return [meant] if isinstance(meant, Reason) else []


def _text(constraint: Any) -> str:
    """Return a constraint in one short line, for a difference shown to a person."""
    if not isinstance(constraint, dict):
        return shown(constraint)
    if not MEMBERS.issuperset(constraint) or not constraint.keys() >= set(NEEDED):
        return shown(constraint)
    right = constraint["rightOperand"]
    if isinstance(right, list) and all(isinstance(item, str) for item in right):
        right = ", ".join(right)
    parts = (term(constraint["leftOperand"]), term(constraint["operator"]), right)
    return shown(" ".join(shown(part) for part in parts))


def _get(mapping: Mapping[str, Any], name: str) -> str:
    return shown(mapping[name]) if name in mapping else "-"


def _differs(what: str, **facts: str) -> Reason:
    return Reason(code=f"differs.{what}", holds=False, facts=facts)
