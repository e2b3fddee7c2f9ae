"""May this be done, by this policy and these facts?

Permitted only if one permission is satisfied in full and no prohibition stands against it. What
is not understood or not known never helps: it fails a permission, and it makes a prohibition
apply. Nothing is skipped: every rule and constraint leaves its reason in the decision.
Spec: ODRL Information Model 2.2 §2.5 to §2.7, read strictly; DSP 2025-1 policies (dsp-dcp.md 1.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from faifo.policy.bounds import over_bounds
from faifo.policy.constraints import judge, understand, unknown
from faifo.policy.decision import Decision, Reason, decide, shown
from faifo.policy.facts import Facts, written
from faifo.policy.vocabulary import LOGICAL, term

Truth = bool | None

_POLICY_MEMBERS: Final = frozenset(
    {"@context", "@id", "@type", "target", "assigner", "assignee", "timestamp"}
    | {"permission", "prohibition", "obligation"}
)
_RULE_MEMBERS: Final = frozenset({"@id", "@type", "action", "constraint"})


def evaluate(policy: Mapping[str, Any], facts: Facts, *, action: str = "use") -> Decision:
    """Return the decision; this never raises for anything that JSON can hold."""
    reason = over_bounds(policy) or _judge_policy(policy, facts, term(action))
    if not reason.children and not reason.holds:
        reason = Reason(code="decision", holds=False, children=(reason,))
    return decide(reason, dict(policy), written(facts))


def _judge_policy(policy: Mapping[str, Any], facts: Facts, action: str) -> Reason:
    obstacles = [
        unknown("member", member=member, place="Policy")
        for member in policy
        if member not in _POLICY_MEMBERS
    ]
    # Nothing here carries out or checks duties, so a policy that imposes one cannot be kept.
    if policy.get("obligation"):
        obstacles.append(unknown("member", member="obligation", place="Policy"))
    permissions = [_judge_permission(rule, facts, action) for rule in _rules(policy, "permission")]
    prohibitions = [
        _judge_prohibition(rule, facts, action) for rule in _rules(policy, "prohibition")
    ]
    if not permissions:
        obstacles.append(Reason(code="no-permission", holds=False, facts={"action": shown(action)}))
    holds = (
        not obstacles
        and any(reason.holds for reason in permissions)
        and all(reason.holds for reason in prohibitions)
    )
    return Reason(code="decision", holds=holds, children=(*obstacles, *prohibitions, *permissions))


def _judge_permission(rule: Mapping[str, Any], facts: Facts, action: str) -> Reason:
    allowed = term(rule.get("action"))
    if allowed != action:
        return Reason(
            code="other-action",
            holds=False,
            facts={"allowed": shown(allowed), "action": shown(action)},
        )
    truth, children = _judge_rule(rule, facts)
    return Reason(
        code="permission", holds=truth is True, facts={"action": shown(action)}, children=children
    )


def _judge_prohibition(rule: Mapping[str, Any], facts: Facts, action: str) -> Reason:
    """Return a reason that holds if the prohibition does not stand in the way."""
    forbidden = term(rule.get("action"))
    # `use` contains the other actions (ODRL Vocabulary 2.2 §3.6), so forbidding it forbids them.
    if isinstance(forbidden, str) and forbidden not in {action, "use"}:
        return Reason(
            code="other-prohibition",
            holds=True,
            facts={"forbidden": shown(forbidden), "action": shown(action)},
        )
    truth, children = _judge_rule(rule, facts)
    return Reason(
        code="prohibition",
        holds=truth is False,
        facts={"action": shown(forbidden)},
        children=children,
    )


def _judge_rule(rule: Mapping[str, Any], facts: Facts) -> tuple[Truth, tuple[Reason, ...]]:
    unread = [
        unknown("member", member=member, place="Rule")
        for member, value in rule.items()
        if member not in _RULE_MEMBERS and value != []
    ]
    if not isinstance(rule.get("action"), str):
        unread.append(unknown("missing-member", member="action", place="Rule"))
    judged = [_judge_constraint(constraint, facts) for constraint in rule.get("constraint", [])]
    truth = None if unread else _all(truth for truth, _ in judged)
    return truth, (*unread, *(reason for _, reason in judged))


def _judge_constraint(constraint: Any, facts: Facts) -> tuple[Truth, Reason]:
    if not isinstance(constraint, dict):
        return None, unknown("constraint", value=shown(constraint))
    names = [name for name in constraint if term(name) in LOGICAL]
    if names:
        return _judge_logical(constraint, names, facts)
    understood = understand(constraint)
    if isinstance(understood, Reason):
        return None, understood
    return judge(understood, facts)


def _judge_logical(
    constraint: Mapping[str, Any], names: list[str], facts: Facts
) -> tuple[Truth, Reason]:
    others = [name for name in constraint if name not in {names[0], "@id", "@type"}]
    if others:
        return None, unknown("member", member=others[0], place="LogicalConstraint")
    parts = constraint[names[0]]
    if not isinstance(parts, list) or not parts:
        return None, unknown("constraint", value=shown(dict(constraint)))
    judged = [_judge_constraint(part, facts) for part in parts]
    truth = _combine(term(names[0]), [truth for truth, _ in judged])
    return truth, Reason(
        code=term(names[0]), holds=truth is True, children=tuple(reason for _, reason in judged)
    )


def _combine(operator: str, truths: list[Truth]) -> Truth:
    if None in truths:
        return None
    count = truths.count(True)
    if operator == "or":
        return count > 0
    if operator == "xone":
        return count == 1
    return count == len(truths)


def _all(truths: Iterable[Truth]) -> Truth:
    """Return None if any part cannot be decided, even if another part is false already."""
    found = list(truths)
    return None if None in found else all(found)


def _rules(policy: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    return list(policy.get(kind, []))
