"""Terms in the words of a person: a whole policy, or the line that a reason holds of a part of one.

What is not understood is quoted as it stands, so that nothing sounds more harmless than it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

import msgspec

from faifo.phrases import Phrase, spoken
from faifo.phrases.catalogue import catalogue
from faifo.phrases.figures import moment
from faifo.policy.actions import AI
from faifo.policy.canonical import (
    IGNORED,
    canonical_constraint,
    canonical_rule,
    flattened,
    key,
)
from faifo.policy.compile import understand
from faifo.policy.decision import shown
from faifo.policy.model import Constraint
from faifo.policy.operands import operands
from faifo.policy.operands.elapsed import read_duration
from faifo.policy.operands.in_force import AGREED
from faifo.policy.operands.operand import Instants, Operand, Ordered
from faifo.policy.spelling import LOGICAL, term

_READ = frozenset({"@id", "@type", "action", "constraint"})
_RULES = {"prohibition": "terms.forbidden", "obligation": "terms.required"}
_FIRST = "duty"
_UNITS = {"days": 86_400, "hours": 3_600, "minutes": 60}


def terms_in_words(policy: Mapping[str, Any], lang: str) -> str:
    """Return what `policy` says, as one line."""
    permitted = [_rule(rule, lang) for rule in _listed(policy.get("permission"))]
    if len(permitted) > 1:
        permitted = [_say(Phrase("terms.or", parts=_grouped(permitted)), lang)]
    known = IGNORED | {"permission", *_RULES}
    said = [*permitted, *_forbidden(policy, lang), *_others(policy, known)]
    return "; ".join(said) or _say(Phrase("terms.nothing"), lang)


def difference(
    new: Mapping[str, Any], old: Mapping[str, Any], lang: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what `new` says and `old` does not, and the other way round, in words."""
    now, before = _pieces(new, lang), _pieces(old, lang)
    added = tuple(text for name, text in now.items() if name not in before)
    return added, tuple(text for name, text in before.items() if name not in now)


def line_in_words(line: str, lang: str, kind: str = "permission") -> str:
    """Return what a reason holds of a policy, such as `purpose isAnyOf a, b`, in words.

    `kind`: of the rules, where it holds whole ones.
    """
    if line.startswith("["):
        try:
            rules = msgspec.json.decode(line)
            return "; ".join(_rule(rule, lang, kind) for rule in rules) or "-"
        except msgspec.DecodeError:
            return line  # it was too long to be told whole
    return "; ".join(_line(part, lang) for part in line.split("; "))


def _pieces(policy: Mapping[str, Any], lang: str) -> dict[str, str]:
    """Return each condition of the one permission, or each of several, and every other rule."""
    permissions = _listed(policy.get("permission"))
    found: dict[str, str] = {}
    if len(permissions) == 1 and isinstance(permissions[0], dict):
        only = permissions[0]
        for part in flattened(_listed(only.get("constraint"))):
            found[key(canonical_constraint(part))] = _part(part, lang, limits=True)
        permissions = [{name: only[name] for name in only.keys() - {"constraint"}}]
    for rule in permissions:
        found[key(canonical_rule(rule))] = _rule(rule, lang)
    for kind, name in _RULES.items():
        for rule in _listed(policy.get(kind)):
            said = _say(Phrase(name, rule=_rule(rule, lang, kind)), lang)
            found[f"{kind} {key(canonical_rule(rule))}"] = said
    return found


def condition(operand: Operand, operator: str, right: str, *, limits: bool = True) -> Phrase:
    """Return one condition in words; `right` is what `Constraint.right` is.

    `limits`: it limits what is allowed (`only for ...`); else it tells when something is forbidden.
    """
    said: Phrase | str = moment(right) if isinstance(operand, Instants) else right
    if isinstance(operand, Ordered) and said == right:
        said = length(right)
    for setting in operand.settings if limits else ():
        if operator in setting.operators:
            name = "moment" if isinstance(operand, Instants) else "names"
            label = f"terms.{setting.name.replace('_', '-')}"
            very = f"{label}-{right}"  # a value that is said in another way
            return Phrase(very if very in catalogue("en") else label, **{name: said})
    amount = isinstance(operand, Ordered) and not operand.timed and f"terms.amount.{operator}"
    label = amount if amount in catalogue("en") else f"terms.{operator}"
    return Phrase(label, name=name_of(operand.name), right=said)


def length(text: str) -> Phrase | str:
    """Return a duration, or one after the agreement, as people say it; anything else as it is."""
    _, after, span = text.rpartition(AGREED)
    if after:
        return Phrase("terms.after-agreement", span=length(span))
    try:
        seconds = round(read_duration(text).total_seconds())
    except ValueError:
        return text
    units = (one for one in _UNITS.items() if seconds >= 2 * one[1] and seconds % one[1] == 0)
    unit, size = next(units, ("seconds", 1))
    count = seconds // size
    plain = count != 1 and (count < 1000 or unit == "days")
    return Phrase(f"terms.{unit}", count=count) if plain else text


def name_of(operand: str) -> Phrase | str:
    """Return what an operand is called; its name where it has no other."""
    label = f"terms.name.{operand}"
    return Phrase(label) if label in catalogue("en") else operand


def action_of(action: str) -> Phrase | str:
    """Return what an action is called; its name where it has no other."""
    name = action.removeprefix(AI)
    if name.endswith(")") and " (" in name:  # as `Duty.told` says where
        name, _, place = name[:-1].partition(" (")
        return Phrase("terms.in-place", action=action_of(name), place=place)
    return Phrase(f"action.{name}") if f"action.{name}" in catalogue("en") else name


def word(key: str, lang: str, /, **facts: str) -> str | None:
    """Return the phrase that an operand of another package brings for `key`, if one does."""
    for operand in operands().values():
        phrase = operand.words.get(lang, operand.words.get("en", {})).get(key)
        if phrase is not None:
            return phrase.format_map(facts)
    return None


def _forbidden(policy: Mapping[str, Any], lang: str) -> Iterator[str]:
    for kind, name in _RULES.items():
        for rule in _listed(policy.get(kind)):
            yield _say(Phrase(name, rule=_rule(rule, lang, kind)), lang)


def _rule(rule: Any, lang: str, kind: str = "permission") -> str:
    """Return a rule in words; `; ` stands between conditions of a permission alone."""
    if not isinstance(rule, dict):
        return _say(Phrase("terms.unread", text=shown(rule)), lang)
    limits = kind != "prohibition"
    said = [_part(part, lang, limits) for part in flattened(_listed(rule.get("constraint")))]
    first = _listed(rule.get(_FIRST)) if kind == "permission" else []
    said += [_say(Phrase("terms.first", rule=_rule(one, lang, _FIRST)), lang) for one in first]
    said += _others(rule, _READ | {_FIRST} if kind == "permission" else _READ)
    if not limits and len(said) > 1:
        said = [_say(Phrase("terms.and", parts=_grouped(said)), lang)]
    action = term(rule.get("action"))
    if action != "use":
        named = _say(Phrase("terms.action", action=action_of(shown(action))), lang)
        if said and not limits:
            return _say(Phrase("terms.if", action=named, parts=said[0]), lang)
        said = [named, *said]
    return ("; " if kind == "permission" else ", ").join(said) or _say(Phrase("terms.none"), lang)


def _part(part: Any, lang: str, limits: bool) -> str:
    names = [name for name in part if term(name) in LOGICAL] if isinstance(part, dict) else []
    if len(names) == 1 and isinstance(part[names[0]], list):
        parts = [_part(one, lang, limits) for one in part[names[0]]]
        name = term(names[0])
        return _say(Phrase(f"terms.{name}", parts=_grouped(parts)), lang)
    meant = understand(part) if isinstance(part, dict) else None
    if not isinstance(meant, Constraint):
        return _say(Phrase("terms.unread", text=shown(part)), lang)
    return _say(condition(meant.operand, meant.operator, meant.right, limits=limits), lang)


def _line(text: str, lang: str) -> str:
    left, _, rest = text.partition(" ")
    operator, _, right = rest.partition(" ")
    operand = operands().get(left)
    if operand is None or operator not in operand.operators:
        return text
    return _say(condition(operand, operator, right), lang)


def _say(phrase: Phrase, lang: str) -> str:
    return word(phrase.key, lang, **phrase.facts) or str(spoken(phrase, lang))


def _others(document: Mapping[str, Any], known: Set[str]) -> Iterator[str]:
    for name in sorted(document.keys() - known):
        if document[name] != []:
            yield f"{shown(name)}: {shown(document[name])}"


def _grouped(parts: list[str]) -> str:
    return ", ".join(f"({part})" for part in parts)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
