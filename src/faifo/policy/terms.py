"""Terms: what a publisher says in a few settings, and the ODRL policy that says the same.

`read_terms` gives back what `offer` wrote. `with_purpose` narrows a policy to one purpose;
DSP has no purpose field, so the purpose stands in the policy and is a declaration.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from faifo.errors import RefusedError
from faifo.policy.canonical import IGNORED, canonical_rule, flattened
from faifo.policy.constraints import Constraint, understand
from faifo.policy.implied import implies
from faifo.policy.instants import instant_text
from faifo.policy.vocabulary import CREDENTIAL, DATE_TIME, ECONOMY, PURPOSE, RECIPIENT


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """Both instants are included; no recipients, purposes or economies means any.

    `economies`: where the recipient's membership is from, as ISO 3166-1 codes. `credentials`: one
    of these types the recipient has proven.
    """

    not_before: datetime | None = None
    until: datetime | None = None
    recipients: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    economies: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()


# By left operand, the setting of the terms that names its values.
_SETTINGS: Final = {
    RECIPIENT: "recipients",
    PURPOSE: "purposes",
    ECONOMY: "economies",
    CREDENTIAL: "credentials",
}


def offer(terms: Terms) -> dict[str, Any]:
    """Return the policy without `@id` and `@type`: one permission to use, under the terms."""
    constraints: list[dict[str, Any]] = []
    if terms.not_before is not None:
        constraints.append(_constraint(DATE_TIME, "gteq", instant_text(terms.not_before)))
    if terms.until is not None:
        constraints.append(_constraint(DATE_TIME, "lteq", instant_text(terms.until)))
    for operand, name in _SETTINGS.items():
        values = getattr(terms, name)
        if len(values) == 1:
            constraints.append(_constraint(operand, "eq", values[0]))
        elif values:
            constraints.append(_constraint(operand, "isAnyOf", list(values)))
    permission: dict[str, Any] = {"action": "use"}
    if constraints:
        permission["constraint"] = constraints
    return {"permission": [permission]}


def read_terms(policy: Mapping[str, Any]) -> Terms | None:
    """Return the terms that `policy` says, or None if it says something that terms cannot."""
    rules = policy.get("permission")
    if not isinstance(rules, list) or len(rules) != 1 or not isinstance(rules[0], dict):
        return None
    if any(policy.get(name) for name in policy.keys() - IGNORED - {"permission"}):
        return None
    rule = canonical_rule(rules[0])
    if rule.keys() - {"constraint"} != {"action"} or rule["action"] != "use":
        return None
    found: dict[str, Any] = {}
    for part in flattened(rules[0].get("constraint", [])):
        meant = understand(part) if isinstance(part, dict) else None
        setting = _setting(meant, part) if isinstance(meant, Constraint) else None
        if setting is None or setting[0] in found:
            return None
        found[setting[0]] = setting[1]
    return Terms(**found)


def with_purpose(policy: Mapping[str, Any], purpose: str) -> dict[str, Any]:
    """Return `policy` narrowed to `purpose`; permissions for other purposes only are left out.

    Raises:
        RefusedError: no permission allows the purpose; the reasons name what is allowed.
    """
    narrowed, reasons = [], []
    for rule in policy.get("permission", []):
        constraints, reason = _with_purpose(list(rule.get("constraint", [])), purpose)
        if reason:
            reasons.append(reason)
        else:
            narrowed.append({**rule, "constraint": constraints})
    if not narrowed:
        raise RefusedError(
            what=f"the purpose {purpose!r}",
            reasons=tuple(reasons) or ("the policy has no permission",),
        )
    return {**policy, "permission": narrowed}


def _with_purpose(constraints: list[Any], purpose: str) -> tuple[list[Any], str]:
    """Return the narrowed constraints, or why they exclude the purpose."""
    wanted = Constraint(operand=PURPOSE, operator="eq", values=frozenset({purpose}))
    for meant in map(_purpose_constraint, flattened(constraints)):
        if meant is not None and not implies(wanted, meant):
            return [], f"allowed is purpose {meant.operator} {meant.right}"
    kept = [part for part in constraints if not _says_which(_purpose_constraint(part))]
    return [*kept, _constraint(PURPOSE, "eq", purpose)], ""


def _purpose_constraint(part: Any) -> Constraint | None:
    meant = understand(part) if isinstance(part, dict) else None
    return meant if isinstance(meant, Constraint) and meant.operand == PURPOSE else None


def _says_which(meant: Constraint | None) -> bool:
    return meant is not None and meant.operator in {"eq", "isAnyOf"}


def _setting(meant: Constraint, part: Mapping[str, Any]) -> tuple[str, Any] | None:
    if meant.operand == DATE_TIME:
        name = {"gteq": "not_before", "lteq": "until"}.get(meant.operator)
        return (name, meant.instant) if name else None
    if meant.operator not in {"eq", "isAnyOf"}:
        return None
    right = part["rightOperand"]
    plain = isinstance(right, list) and all(isinstance(value, str) for value in right)
    values = tuple(right if plain else sorted(meant.values))
    return _SETTINGS[meant.operand], values


def _constraint(operand: str, operator: str, right: str | list[str]) -> dict[str, Any]:
    return {"leftOperand": operand, "operator": operator, "rightOperand": right}
