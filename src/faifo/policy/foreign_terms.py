"""Terms that nobody here understands: their names, and the policy without those that are accepted.

An organisation is bound by all of an agreement, also by what its node cannot judge: duties,
prohibitions of more than use, operands of others. Such a term is never agreed to in silence; a
person may accept it by its name, and then keeping it is that person's business.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from faifo.policy.canonical import IGNORED
from faifo.policy.compile import understand
from faifo.policy.decision import Reason, shown
from faifo.policy.spelling import LOGICAL, term

_RULES = ("permission", "prohibition", "obligation")
_RULE_MEMBERS = frozenset({"@id", "@type", "action", "constraint"})


def foreign_terms(policy: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of all terms of `policy` that are not understood, each once."""
    named = dict.fromkeys(name for name in policy if name not in IGNORED | {*_RULES})
    for kind in _RULES:
        for rule in policy.get(kind) or ():
            named.update(dict.fromkeys(_of_rule(kind, rule)))
    return tuple(named)


def without_terms(policy: Mapping[str, Any], accepted: Collection[str]) -> dict[str, Any]:
    """Return what is left for the node to judge: `policy` without the accepted terms.

    A constraint in an alternative (`or`, `xone`) stays: without it the others would mean more.
    """
    left = {name: value for name, value in policy.items() if name not in accepted}
    for kind in _RULES:
        rules = [
            _rule_without(rule, accepted)
            for rule in policy.get(kind) or ()
            if kind == "permission" or _action(rule) not in accepted
        ]
        left = {**left, kind: rules} if rules else {k: v for k, v in left.items() if k != kind}
    return left


def _rule_without(rule: Mapping[str, Any], accepted: Collection[str]) -> dict[str, Any]:
    left = {
        name: value
        for name, value in rule.items()
        if name in _RULE_MEMBERS or not (name in accepted or _duties(value, accepted))
    }
    if "constraint" in left:
        left["constraint"] = [
            one
            for one in left["constraint"]
            if not isinstance(one, dict) or not _accepted(one, accepted)
        ]
    return left


def _of_rule(kind: str, rule: Any) -> Iterator[str]:
    if not isinstance(rule, dict):
        yield shown(rule)
        return
    action = _action(rule)
    if kind == "obligation" or action != "use":
        yield action
    for name, value in rule.items():
        if name in {"duty", "obligation"}:
            for duty in value if isinstance(value, list) else [value]:
                yield from _of_rule("obligation", duty)
        elif name not in _RULE_MEMBERS:
            yield name
    for constraint in rule.get("constraint") or ():
        yield from _of_constraint(constraint)


def _of_constraint(constraint: Any) -> Iterator[str]:
    if not isinstance(constraint, dict):
        yield shown(constraint)
        return
    for name, parts in constraint.items():
        if term(name) in LOGICAL:
            for part in parts if isinstance(parts, list) else [parts]:
                yield from _of_constraint(part)
            return
    if isinstance(understand(constraint), Reason):
        left = term(constraint.get("leftOperand"))
        yield left if isinstance(left, str) else shown(constraint)


def _accepted(constraint: Mapping[str, Any], accepted: Collection[str]) -> bool:
    """Tell whether all that a constraint says is accepted."""
    named = list(_of_constraint(constraint))
    if any(term(name) in {"or", "xone"} for name in constraint):
        return False
    return bool(named) and all(name in accepted for name in named)


def _duties(value: Any, accepted: Collection[str]) -> bool:
    """Tell whether a member of a rule holds duties that are all accepted."""
    duties = value if isinstance(value, list) else [value]
    named = [name for duty in duties for name in _of_rule("obligation", duty)]
    return bool(named) and all(name in accepted for name in named)


def _action(rule: Any) -> str:
    action = term(rule.get("action")) if isinstance(rule, dict) else None
    return action if isinstance(action, str) else shown(action)
