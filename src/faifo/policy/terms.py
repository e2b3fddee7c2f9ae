"""Terms: what a publisher says in a few settings, and the ODRL policy that says the same.

The settings are those of the operands. `read_terms` gives back what `offer` wrote. `with_purpose`
narrows a policy to one purpose; DSP has no purpose field, so the purpose stands in the policy and
is a declaration.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from faifo.errors import RefusedError
from faifo.instants import instant_text
from faifo.phrases import Phrase
from faifo.policy.canonical import IGNORED, canonical_rule, flattened
from faifo.policy.compile import compiled, understand
from faifo.policy.decision import Reason
from faifo.policy.model import Constraint, Logical, NotUnderstood, unknown
from faifo.policy.operands import operands
from faifo.policy.operands.operand import Instants, Operand, Ordered, Setting
from faifo.policy.operands.purpose import OPERAND as PURPOSE
from faifo.policy.relating import follows
from faifo.policy.spelling import term
from faifo.policy.wording import condition

_ECONOMY = re.compile(r"[A-Za-z]{2}")  # ISO 3166-1 alpha-2


def settings() -> Iterator[tuple[Operand, Setting]]:
    """Return the settings of every operand, in the order in which terms are written."""
    for operand in operands().values():
        for setting in operand.settings:
            yield operand, setting


def is_moment(operand: Operand) -> bool:
    """Tell whether a setting of `operand` is one instant."""
    return isinstance(operand, Instants)


def is_one(operand: Operand) -> bool:
    """Tell whether a setting of `operand` is one value; else it is several texts."""
    return isinstance(operand, Ordered)


if TYPE_CHECKING:

    class Terms(msgspec.Struct, frozen=True):
        """One member a setting of `settings`: an instant or another value or None, or texts."""

        def __init__(self, **settings: Any) -> None: ...
        def __getattr__(self, name: str) -> Any: ...

else:
    Terms = msgspec.defstruct(
        "Terms",
        [
            (one.name, Annotated[datetime, msgspec.Meta(tz=True)] | None, None)
            if is_moment(operand)
            else (one.name, str | None, None)
            if is_one(operand)
            else (one.name, tuple[str, ...], ())
            for operand, one in settings()
        ],
        frozen=True,
        kw_only=True,
        omit_defaults=True,
        # A misspelt setting must not become "anything goes".
        forbid_unknown_fields=True,
        module=__name__,
        namespace={
            "__doc__": "The terms of an offer; instants are included, and what is not said is free."
        },
    )


def impossible(terms: Terms, *, now: datetime) -> Phrase | None:
    """Return why nobody can ever meet `terms`, or None."""
    until, begin = terms.until, terms.not_before
    if until is not None and until <= now:
        return Phrase("errors.told.terms.over", until=instant_text(until))
    if until is not None and begin is not None and until < begin:
        said = {"until": instant_text(until), "begin": instant_text(begin)}
        return Phrase("errors.told.terms.backwards", **said)
    odd = [one for one in terms.economies if not _ECONOMY.fullmatch(one)]
    if odd:
        return Phrase("errors.told.terms.economy", name=odd[0])
    why = unenforceable(offer(terms))
    if why:
        cause = Phrase(f"policy.{why[1].code}.fails", **why[1].facts)
        return Phrase("errors.told.terms.unenforceable", place=why[0], why=cause)
    strange = [one for one in terms.recipients if not one.startswith("did:")]
    return Phrase("errors.told.terms.recipient", name=strange[0]) if strange else None


def offer(terms: Terms) -> dict[str, Any]:
    """Return the policy without `@id` and `@type`: one permission to use, under the terms.

    DSP's context has no left operands: written bare they would be no terms at all for a JSON-LD
    processor, so those of ODRL are written with its prefix.
    """
    constraints: list[dict[str, Any]] = []
    for operand, one in settings():
        value = getattr(terms, one.name)
        if is_moment(operand) and value is not None:
            constraints.append(_constraint(operand.term, one.operators[0], instant_text(value)))
        elif is_one(operand) and value is not None:
            constraints.append(_constraint(operand.term, one.operators[0], value))
        elif value and len(value) == 1:
            constraints.append(_constraint(operand.term, one.operators[0], value[0]))
        elif value:
            constraints.append(_constraint(operand.term, one.operators[-1], list(value)))
    permission: dict[str, Any] = {"@type": "Permission", "action": "use"}
    if constraints:
        permission["constraint"] = constraints
    return {"permission": [permission]}


def unenforceable(policy: Mapping[str, Any]) -> tuple[str, Reason] | None:
    """Return the place of the first part of `policy` that cannot be enforced here, and why."""
    read = compiled(policy)
    if read.too_large is not None:
        return "$", read.too_large
    if read.obstacles:
        return "$", read.obstacles[0]
    if not read.permissions:
        return "$.permission", Reason(code="no-permission", holds=False, facts={"action": "use"})
    for kind, rules in (("permission", read.permissions), ("prohibition", read.prohibitions)):
        for number, rule in enumerate(rules):
            place = f"$.{kind}[{number}]"
            if rule.unread:
                return place, rule.unread[0]
            if not rule.understood:
                action = unknown("action", action=str(rule.action), place=kind)
                return f"{place}.action", action
            found = _not_understood(rule.parts, f"{place}.constraint")
            if found:
                return found
    return None


def _not_understood(parts: Iterable[Any], place: str) -> tuple[str, Reason] | None:
    for number, part in enumerate(parts):
        here = f"{place}[{number}]"
        if isinstance(part, NotUnderstood):
            return here, part.why
        if isinstance(part, Logical):
            found = _not_understood(part.parts, f"{here}.{part.name}")
            if found:
                return found
    return None


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


def says_purpose(part: Any) -> bool:
    """Tell whether a policy, or a part of one, says anything about purposes."""
    if isinstance(part, Mapping):
        if term(part.get("leftOperand")) == PURPOSE.term:
            return True
        return any(says_purpose(value) for value in part.values())
    return isinstance(part, list) and any(says_purpose(one) for one in part)


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
            what=Phrase("errors.told.terms.purpose", purpose=purpose),
            reasons=tuple(reasons) or (Phrase("errors.told.terms.no-permission"),),
        )
    return {**policy, "permission": narrowed}


def _with_purpose(constraints: list[Any], purpose: str) -> tuple[list[Any], Phrase | None]:
    """Return the narrowed constraints, or why they exclude the purpose."""
    wanted = Constraint(PURPOSE, "eq", frozenset({purpose}))
    for meant in map(_purpose_constraint, flattened(constraints)):
        if meant is not None and not follows(meant, [wanted]):
            terms = condition(PURPOSE, meant.operator, meant.right)
            return [], Phrase("errors.told.terms.allowed", terms=terms)
    kept = [part for part in constraints if not _says_which(_purpose_constraint(part))]
    return [*kept, _constraint(PURPOSE.term, "eq", purpose)], None


def _purpose_constraint(part: Any) -> Constraint | None:
    meant = understand(part) if isinstance(part, dict) else None
    return meant if isinstance(meant, Constraint) and meant.operand is PURPOSE else None


def _says_which(meant: Constraint | None) -> bool:
    return meant is not None and bool(PURPOSE.chosen(meant))


def _setting(meant: Constraint, part: Mapping[str, Any]) -> tuple[str, Any] | None:
    for one in meant.operand.settings:
        if meant.operator in one.operators:
            break
    else:
        return None
    if is_moment(meant.operand):
        return one.name, meant.value
    if is_one(meant.operand):
        return one.name, meant.right
    right = part["rightOperand"]
    plain = isinstance(right, list) and all(isinstance(value, str) for value in right)
    return one.name, tuple(right if plain else sorted(meant.value))


def _constraint(operand: str, operator: str, right: str | list[str]) -> dict[str, Any]:
    left = operand if ":" in operand else f"odrl:{operand}"
    said = {"leftOperand": left, "operator": operator, "rightOperand": right}
    return {"@type": "Constraint", **said}
