"""May this be done, by this policy and these facts?

Permitted only if one permission is satisfied in full and no prohibition stands against it. What
is not understood or not known never helps: it fails a permission, and it makes a prohibition
apply. Every rule and constraint has its reason in the decision, which is made when it is asked for.
Spec: ODRL Information Model 2.2 §2.5 to §2.7, read strictly; DSP 2025-1 §4.
"""

from __future__ import annotations

from faifo.policy.actions import includes, stands_against
from faifo.policy.decision import Decision, Reason, WrittenDecision, shown, write
from faifo.policy.model import Facts, Policy, Rule, unknown, written
from faifo.policy.spelling import term


def evaluate(policy: Policy, facts: Facts, *, action: str = "use") -> Decision:
    """Return the decision; this never raises. `policy` comes from `compile.compiled`."""
    wanted = term(action)
    permits = (
        not policy.obstacles
        and any(_permits(rule, facts, wanted) for rule in policy.permissions)
        and all(_allows(rule, facts, wanted) for rule in policy.prohibitions)
    )
    return Decision(permits, lambda: _written(policy, facts, wanted, permits=permits))


def _permits(rule: Rule, facts: Facts, action: str) -> bool:
    return _covers(rule, action) and rule.truth(facts) is True


def _covers(rule: Rule, action: str) -> bool:
    return rule.action == action or includes(rule.action, action)


def _allows(rule: Rule, facts: Facts, action: str) -> bool:
    """Tell whether a prohibition does not stand in the way."""
    return not stands_against(rule.action, action) or rule.truth(facts) is False


def _written(policy: Policy, facts: Facts, action: str, *, permits: bool) -> WrittenDecision:
    children = [*policy.obstacles] if policy.too_large is None else [policy.too_large]
    children += [_prohibition(rule, facts, action) for rule in policy.prohibitions]
    if policy.too_large is None and not policy.permissions:
        reason = Reason(code="no-permission", holds=False, facts={"action": shown(action)})
        children.insert(len(policy.obstacles), reason)
    children += [_permission(rule, facts, action) for rule in policy.permissions]
    children += [Reason(code="duty", holds=True, facts=duty.told()) for duty in policy.duties]
    reason = Reason(code="decision", holds=permits, children=tuple(children))
    return write(reason, policy.document, written(facts))


def _permission(rule: Rule, facts: Facts, action: str) -> Reason:
    if not _covers(rule, action):
        told = {"allowed": shown(rule.action), "action": shown(action)}
        return Reason(code="other-action", holds=False, facts=told)
    return Reason(
        code="permission",
        holds=_permits(rule, facts, action),
        facts={"action": shown(action)},
        children=rule.reasons(facts),
    )


def _prohibition(rule: Rule, facts: Facts, action: str) -> Reason:
    """Return a reason that holds if the prohibition does not stand in the way."""
    if not stands_against(rule.action, action):
        told = {"forbidden": shown(rule.action), "action": shown(action)}
        return Reason(code="other-prohibition", holds=True, facts=told)
    return Reason(
        code="prohibition",
        holds=_allows(rule, facts, action),
        facts={"action": shown(rule.action)},
        children=(*_strange(rule), *rule.reasons(facts)),
    )


def _strange(rule: Rule) -> tuple[Reason, ...]:
    if rule.understood or not isinstance(rule.action, str):
        return ()
    return (unknown("action", action=rule.action, place="Prohibition"),)
