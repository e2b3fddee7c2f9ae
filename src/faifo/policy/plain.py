"""Terms in plain form ↔ the ODRL policy that says the same, without loss both ways.

`allow`, `forbid` and `must` are lists of `do` (an action) with `if` (conditions), `first` (duties
that come before), `by` (when a duty is due), `in` (the place to which it binds) and `named` (its
`@id`: perhaps the address of an entry of the register, which it so cites). A condition is
`OPERAND: VALUE`, or `OPERAND: {OPERATOR: VALUE}`, or `any`, `all`, `exactly-one` or `in-order` with
conditions. `terms` are the settings of `faifo publish`; they narrow everything that is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import msgspec

from faifo.errors import SettingsError
from faifo.phrases import Phrase
from faifo.policy.actions import AI, named
from faifo.policy.operands import operands
from faifo.policy.operands.elapsed import ELAPSED
from faifo.policy.operands.operand import Operand
from faifo.policy.operands.place import PLACE
from faifo.policy.spelling import LOGICAL, left_operand, operator_of, term
from faifo.policy.terms import Terms, offer
from faifo.policy.vocabulary import members_of

_WORDS: Final = {"all": "and", "any": "or", "exactly-one": "xone", "in-order": "andSequence"}
_LOGIC: Final = {logic: word for word, logic in _WORDS.items()}
_KINDS: Final = {"allow": "permission", "forbid": "prohibition", "must": "obligation"}
_TYPES: Final = {"permission": "Permission", "prohibition": "Prohibition", "obligation": "Duty"}
_MEMBERS: Final = {
    "allow": {"do", "if", "first", "named"}, "forbid": {"do", "if", "named"},
    "must": {"do", "by", "in", "named"},
}  # fmt: skip
_NAMES: Final = {"@id", "@type"}


def policy_of(document: Mapping[str, Any], *, place: str = "$") -> dict[str, Any]:
    """Return the policy, without `@id`, that a plain document says; `packs` are the caller's.

    Raises:
        SettingsError: it is not in this form, with the path to the place.
    """
    _only(document, {"terms", *_KINDS}, place)
    base = offer(_terms(document.get("terms", {}), f"{place}.terms"))["permission"][0]
    made: dict[str, Any] = {}
    for word, kind in _KINDS.items():
        rules = _list(document.get(word, []), f"{place}.{word}")
        found = [_rule(word, one, f"{place}.{word}[{i}]") for i, one in enumerate(rules)]
        if found:
            made[kind] = found
    narrowed = base.get("constraint", [])
    allowed = made.pop("permission", [{"@type": "Permission", "action": "use"}])
    for rule in allowed:
        if narrowed:
            rule["constraint"] = [*narrowed, *rule.get("constraint", [])]
    return {"permission": allowed, **made}


def plain_of(policy: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the plain document that says what `policy` says; None if that form has no words."""
    try:
        return {
            word: [_plain_rule(word, rule) for rule in policy[kind]]
            for word, kind in _KINDS.items()
            if policy.get(kind)
        }
    except (KeyError, TypeError, AttributeError, ValueError):
        return None


def wrong(place: str, why: Any) -> SettingsError:
    """Return the error that something at `place` is not of this form."""
    return SettingsError(
        what=Phrase("errors.told.plain.wrong", place=place, why=why),
        expected=Phrase("errors.told.plain.form"),
    )


def _rule(word: str, given: Any, place: str) -> dict[str, Any]:
    given = {"do": given} if isinstance(given, str) else _only(given, _MEMBERS[word], place)
    if not isinstance(given.get("do"), str):
        raise wrong(f"{place}.do", Phrase("errors.told.plain.action"))
    action = given["do"]
    rule: dict[str, Any] = {
        "@type": _TYPES[_KINDS[word]],
        "action": named(action),
    }
    if given.get("named"):
        rule["@id"] = given["named"]
    if given.get("by"):
        due = given["by"]
        left = f"odrl:{ELAPSED}" if due.startswith("P") else "odrl:dateTime"
        rule["constraint"] = [_atom(left, "lteq", due)]
    if given.get("in"):
        rule["constraint"] = [*rule.get("constraint", []), _place(given["in"])]
    conditions = list(_conditions(given.get("if", []), f"{place}.if"))
    if conditions:
        rule["constraint"] = conditions
    first = _list(given.get("first", []), f"{place}.first")
    if first:
        rule["duty"] = [_rule("must", one, f"{place}.first[{i}]") for i, one in enumerate(first)]
    return rule


def _place(said: Any) -> dict[str, Any]:
    if isinstance(said, list):
        return _atom(f"odrl:{PLACE}", "isAnyOf", said)
    region = isinstance(said, str) and members_of(said) is not None
    return _atom(f"odrl:{PLACE}", "isPartOf" if region else "eq", said)


def _conditions(given: Any, place: str) -> Iterator[dict[str, Any]]:
    listed = [given] if isinstance(given, dict) else _list(given, place)
    for number, one in enumerate(listed):
        here = f"{place}[{number}]"
        if not isinstance(one, dict) or not one:
            raise wrong(here, Phrase("errors.told.plain.condition"))
        for name, said in one.items():
            if name in _WORDS:
                yield {_WORDS[name]: list(_conditions(said, f"{here}.{name}"))}
                continue
            operand = _operand(name, f"{here}.{name}")
            pairs = said.items() if isinstance(said, dict) else [("", said)]
            for operator, right in pairs:
                fitting = operator or ("isAnyOf" if isinstance(right, list) else "eq")
                left = operand.term if ":" in operand.term else f"odrl:{operand.term}"
                yield _atom(left, fitting, right)


def _atom(left: str, operator: str, right: Any) -> dict[str, Any]:
    made = {"leftOperand": left, "operator": operator, "rightOperand": right}
    return {"@type": "Constraint", **made}


def _operand(name: str, place: str) -> Operand:
    for one in operands().values():
        if name in {one.name, one.term}:
            return one
    names = ", ".join(one.name for one in operands().values())
    raise wrong(place, Phrase("errors.told.plain.operand", name=name, names=names))


def _terms(given: Any, place: str) -> Terms:
    types = _types()
    texts = {
        name: [said] if isinstance(said, str) and types.get(name) == tuple[str, ...] else said
        for name, said in _only(given, set(types), place).items()
    }
    try:
        return msgspec.convert(texts, Terms)
    except msgspec.ValidationError as error:
        raise wrong(place, str(error)) from None


@cache
def _types() -> dict[str, Any]:
    return {one.name: one.type for one in msgspec.structs.fields(Terms)}


def _only(given: Any, names: set[str], place: str) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise wrong(place, Phrase("errors.told.plain.mapping"))
    for name in given:
        if name not in names:
            known = ", ".join(sorted(names))
            raise wrong(f"{place}.{name}", Phrase("errors.told.plain.name", names=known))
    return dict(given)


def _list(given: Any, place: str) -> list[Any]:
    if isinstance(given, str | dict):
        return [given]
    if not isinstance(given, list):
        raise wrong(place, Phrase("errors.told.plain.list"))
    return given


def _plain_rule(word: str, rule: Mapping[str, Any]) -> Any:
    left = {n: v for n, v in rule.items() if n not in _NAMES and v != []}
    action = term(left.pop("action"))
    made: dict[str, Any] = {"do": action.removeprefix(AI)}
    constraints = left.pop("constraint", [])
    if "@id" in rule:
        made["named"] = rule["@id"]
    if word == "must":
        places = [one for one in constraints if left_operand(one["leftOperand"]) == PLACE]
        constraints = [one for one in constraints if one not in places]
        if places:
            (where,) = places
            made["in"] = where["rightOperand"]
            if operator_of(where["operator"]) != _place(made["in"])["operator"]:
                raise ValueError("only a place, a region or one of several")
        if constraints:
            (due,) = constraints
            if operator_of(due["operator"]) != "lteq" or not isinstance(due["rightOperand"], str):
                raise ValueError("only a last moment")
            made["by"] = due["rightOperand"]
            if (left_operand(due["leftOperand"]) == ELAPSED) is not made["by"].startswith("P"):
                raise ValueError("only a time or a duration")
    elif constraints:
        made["if"] = [_plain_condition(one) for one in constraints]
    if word == "allow" and "duty" in left:
        made["first"] = [_plain_rule("must", one) for one in left.pop("duty")]
    if left:
        raise ValueError("other members")
    return made if len(made) > 1 else made["do"]


def _plain_condition(one: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in one.items() if name not in _NAMES}
    names = [name for name in kept if term(name) in LOGICAL]
    if names:
        ((name, parts),) = kept.items()
        return {_LOGIC[term(name)]: [_plain_condition(part) for part in parts]}
    operand = operands()[left_operand(kept.pop("leftOperand"))]
    operator, right = operator_of(kept.pop("operator")), kept.pop("rightOperand")
    texts = right if isinstance(right, list) else [right]
    if kept or not all(isinstance(text, str) for text in texts):
        raise ValueError("other members")
    return {operand.name: {operator: right}}
