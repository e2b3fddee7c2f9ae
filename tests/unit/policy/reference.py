"""A slow evaluator of policies, written from the text of ODRL 2.2 and DSP 2025-1, nothing shared.

Each part is true, false or not decided (None). It reads the document anew each time.
Information Model §2.5: a permission allows an action if its constraints are satisfied and its
duties fulfilled. §2.6: a prohibition disallows it if its constraints are satisfied. §2.5.2: all of
several constraints; `and`, `or`, `xone`, `andSequence`. Vocabulary: `includedIn`. What the text
does not define here is not decided, and what is not decided never permits.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

ODRL = ("http://www.w3.org/ns/odrl/2/", "https://www.w3.org/ns/odrl/2/", "odrl:")
# The action that each is included in, from the vocabulary's own entries; only those that are drawn.
INCLUDED_IN = {
    "read": "use", "distribute": "use", "derive": "use", "attribute": "use", "delete": "use",
    "reproduce": "use", "extract": "reproduce", "sell": "transfer", "use": None, "transfer": None,
}  # fmt: skip
KNOWN_MEMBERS = {
    "@context", "@id", "@type", "target", "assigner", "assignee", "timestamp",
    "permission", "prohibition", "obligation",
}  # fmt: skip


def short(value: Any) -> Any:
    for prefix in ODRL:
        if isinstance(value, str) and value.startswith(prefix):
            return value[len(prefix) :]
    return value


def above(action: Any) -> list[Any]:
    found = []
    while action is not None:
        found.append(action)
        action = INCLUDED_IN.get(action)
    return found


def permitted(policy: dict[str, Any], facts: dict[str, Any], action: str = "use") -> bool:
    if set(policy) - KNOWN_MEMBERS or any(not duty_known(d) for d in policy.get("obligation", [])):
        return False
    for rule in policy.get("prohibition", []):
        forbidden = short(rule.get("action"))
        concerned = forbidden not in INCLUDED_IN or forbidden in above(action)
        # Whatever is used through a node is read.
        concerned = concerned or (action == "use" and forbidden == "read")
        if concerned and state(rule, facts, {"action", "constraint"}) is not False:
            return False
    return any(
        short(rule.get("action")) in above(action)
        and state(rule, facts, {"action", "constraint", "duty"}) is True
        for rule in policy.get("permission", [])
    )


def state(rule: dict[str, Any], facts: dict[str, Any], members: set[str]) -> bool | None:
    parts = [satisfied(one, facts) for one in rule.get("constraint", [])]
    if any(rule[name] != [] for name in set(rule) - members - {"@id", "@type"}):
        parts.append(None)
    if "duty" in members:
        parts += [fulfilled(duty, facts) for duty in rule.get("duty", [])]
    return together(parts)


def together(parts: list[bool | None]) -> bool | None:
    return None if None in parts else all(parts)


def duty_known(duty: Any) -> bool:
    return short(duty.get("action")) in INCLUDED_IN and set(duty) <= {"@id", "action"}


def fulfilled(duty: Any, facts: dict[str, Any]) -> bool | None:
    done = facts["duty"].value if "duty" in facts else ()
    called = duty.get("@id") or short(duty.get("action"))
    return True if duty_known(duty) and called in done else None


def satisfied(constraint: Any, facts: dict[str, Any]) -> bool | None:
    for name in constraint:
        if short(name) in {"and", "or", "xone", "andSequence"}:
            parts = [satisfied(one, facts) for one in constraint[name]]
            if not parts or None in parts:
                return None
            kind = short(name)
            if kind == "or":
                return any(parts)
            return parts.count(True) == 1 if kind == "xone" else all(parts)
    left, operator = short(constraint["leftOperand"]), short(constraint["operator"])
    if left not in facts:
        return None
    given, right = facts[left].value, constraint["rightOperand"]
    if left in {"dateTime", "elapsedTime", "count"}:
        wanted = {"dateTime": instant, "elapsedTime": length, "count": number}[left](right)
        return None if wanted is None else ordered(operator, given, wanted, left)
    if left not in {"purpose", "recipient"}:
        return None
    several = operator in {"isAnyOf", "isNoneOf"}
    values = right if several and isinstance(right, list) else [right]
    if not values or not all(isinstance(one, str) and one for one in values):
        return None
    if operator in {"eq", "isAnyOf"}:
        return given in values
    return given not in values if operator in {"neq", "isNoneOf"} else None


def ordered(operator: str, given: Any, wanted: Any, left: str) -> bool | None:
    if left == "count" and operator not in {"lt", "lteq"}:
        return None
    if operator in {"lt", "lteq"}:
        return given < wanted or (operator == "lteq" and given == wanted)
    if operator in {"gt", "gteq"}:
        return given > wanted or (operator == "gteq" and given == wanted)
    return (given == wanted) is (operator == "eq") if operator in {"eq", "neq"} else None


def instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if re.search(r"T.*(Z|[+-]\d\d:\d\d)$", text) else None


def length(text: str) -> timedelta | None:
    days = re.fullmatch(r"P(\d+)D", text)
    return timedelta(days=int(days[1])) if days else None


def number(text: str) -> int | None:
    return int(text) if text.isdigit() else None
