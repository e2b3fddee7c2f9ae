"""The spellings that the context makes equal: `odrl:use`, its full IRI and `use` are one term.

Spec: ODRL Vocabulary 2.2 §3; JSON-LD literals stand for their text.
"""

from __future__ import annotations

from typing import Any, Final

MANY_VALUES: Final = ("isAnyOf", "isNoneOf", "isAllOf")
LOGICAL: Final = ("and", "andSequence", "or", "xone")

IN_FORCE: Final = "https://w3id.org/edc/v0.0.1/ns/inForceDate"
_OTHERS: Final = {"inForceDate": IN_FORCE, "edc:inForceDate": IN_FORCE}

_SPELLINGS: Final = ("http://www.w3.org/ns/odrl/2/", "https://www.w3.org/ns/odrl/2/", "odrl:")


def term(value: Any) -> Any:
    """Return the short spelling of an ODRL term; anything else comes back unchanged."""
    if isinstance(value, str) and ":" in value:
        for spelling in _SPELLINGS:
            if value.startswith(spelling):
                return value.removeprefix(spelling)
    return value


def operator_of(value: Any) -> Any:
    """Return an operator in its short spelling.

    SPEC-GAP(spec-notes #48): DSP's schema knows `term-lteq` beside `lteq`, its context does not.
    """
    short = term(value)
    return "lteq" if short == "term-lteq" else short


def left_operand(value: Any) -> Any:
    """Return a left operand in its short spelling; EDC's own is known in its three."""
    short = term(value)
    return _OTHERS.get(short, short) if isinstance(short, str) else short


def for_the_wire(part: Any) -> Any:
    """Return a policy, or a part, with the terms of ODRL under their prefix.

    DSP's context has neither its left operands nor its actions, but for `use`: written bare they
    are no terms at all for who reads JSON-LD, and what they say is dropped.
    """
    if isinstance(part, list):
        return [for_the_wire(one) for one in part]
    if not isinstance(part, dict):
        return part
    made = {name: for_the_wire(value) for name, value in part.items()}
    for name, bare in (("leftOperand", left_operand), ("action", term)):
        value = bare(made.get(name))
        if isinstance(value, str) and value != "use":
            made[name] = value if ":" in value else f"odrl:{value}"
    return made


def literal(value: Any, types: tuple[str, ...]) -> str:
    """Return a plain text; JSON-LD's `{"@value": …}` and `{"@id": …}` stand for their text.

    So does an array of one.

    Raises:
        ValueError: no text, an empty one, or a literal of another type than `types`.
    """
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        if set(value) == {"@id"}:
            value = value["@id"]
        elif "@value" in value and (
            set(value) == {"@value"}
            or (set(value) == {"@value", "@type"} and value["@type"] in types)
        ):
            value = value["@value"]
    if not isinstance(value, str) or not value:
        raise ValueError("a text is expected")
    return value


def literals(value: Any, types: tuple[str, ...], *, many: bool) -> tuple[str, ...]:
    """Return one text, or with `many` each of an array.

    Raises:
        ValueError: as `literal`, or an empty array.
    """
    if not many or not isinstance(value, list):
        return (literal(value, types),)
    if not value:
        raise ValueError("at least one value is expected")
    return tuple(literal(item, types) for item in value)
