"""The part of JSON Schema that credential types need. What is not understood refuses.

A schema is somebody else's: what it may cost is bounded, by what is understood of patterns and by
`MAX_WORK` for all of them together.

Spec: JSON Schema 2020-12, Validation §6; VC JSON Schema 1.0 §2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec

from faifo.errors import either
from faifo.phrases import Phrase
from faifo.trust.dcp.pattern import PatternError, compiled
from faifo.trust.jws import shown

ANNOTATIONS: Final = frozenset(
    {"$schema", "$id", "$comment", "title", "description", "examples", "default", "format"}
)
KEYWORDS: Final = frozenset(
    {
        "type", "const", "enum", "required", "properties", "additionalProperties", "items",
        "minItems", "maxItems", "minLength", "maxLength", "pattern",
    }
)  # fmt: skip
# Instructions followed for all texts of one value, some tenths of a second at most.
MAX_WORK: Final = 500_000
_COUNT: Final = Annotated[int, msgspec.Meta(ge=0)]
_FORMS: Final[dict[str, Any]] = {
    "type": str | list[str], "enum": list[Any], "required": list[str], "pattern": str,
    "minItems": _COUNT, "maxItems": _COUNT, "minLength": _COUNT, "maxLength": _COUNT,
}  # fmt: skip
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def check_schema(schema: object, where: str = "$") -> Phrase | None:
    """Return what is wrong with `schema` itself, None if it can be used."""
    if isinstance(schema, bool):
        return None
    if not isinstance(schema, Mapping):
        return Phrase("errors.told.schema.no-object", where=where)
    unknown = sorted(schema.keys() - KEYWORDS - ANNOTATIONS)
    if unknown:
        return Phrase("errors.told.schema.keyword", where=where, keyword=unknown[0])
    for keyword, form in _FORMS.items():
        try:
            if keyword in schema:
                msgspec.convert(schema[keyword], form)
        except msgspec.ValidationError:
            return Phrase("errors.told.schema.form", where=where, keyword=keyword)
    try:
        compiled(schema.get("pattern", ""))
    except PatternError as error:
        return Phrase("errors.told.schema.pattern", where=where, why=error.args[0])
    kinds = schema.get("type", [])
    if any(kind not in _TYPES for kind in (kinds if isinstance(kinds, list) else [kinds])):
        return Phrase("errors.told.schema.type", where=where)
    properties = schema.get("properties", {})
    parts = list(properties.items()) if isinstance(properties, Mapping) else [("properties", None)]
    parts += [(name, schema[name]) for name in ("items", "additionalProperties") if name in schema]
    for name, part in parts:
        wrong = check_schema(part, f"{where}.{name}")
        if wrong:
            return wrong
    return None


def is_of_whole(schema: Any) -> bool:
    """Tell whether a schema is of a credential, or only of its subject, as some write it.

    Spec: VC JSON Schema 1.0 §3; Faifo 0.1 published schemas of subjects.
    """
    if not isinstance(schema, Mapping):
        return False
    # SPEC-GAP(spec-notes #50)
    return "credentialSubject" in {*schema.get("properties", ()), *schema.get("required", ())}


class _Work:
    """What may still be done."""

    def __init__(self) -> None:
        self._left = MAX_WORK

    def afford(self, amount: int) -> bool:
        self._left -= amount
        return self._left >= 0


def misfit(value: Any, schema: Any) -> Phrase | None:
    """Return how `value` does not fit `schema`, None if it fits; the schema has been checked."""
    return _misfit(value, schema, "$", _Work())


def _misfit(value: Any, schema: Any, where: str, work: _Work) -> Phrase | None:
    if schema is True:
        return None
    if schema is False:
        return Phrase("errors.told.schema.nothing", value=shown(value), where=where)
    kinds = schema.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if kinds and not any(_is(value, kind) for kind in kinds):
        return Phrase(
            "errors.told.schema.expected",
            value=shown(value),
            where=where,
            wanted=either(kinds),
        )
    if "const" in schema and not _same(value, schema["const"]):
        return Phrase(
            "errors.told.schema.expected",
            value=shown(value),
            where=where,
            wanted=shown(schema["const"]),
        )
    if "enum" in schema and not any(_same(value, one) for one in schema["enum"]):
        return Phrase(
            "errors.told.schema.one-of",
            value=shown(value),
            where=where,
            wanted=shown(schema["enum"]),
        )
    if isinstance(value, str):
        return _text(value, schema, where, work)
    if isinstance(value, list):
        return _array(value, schema, where, work)
    if isinstance(value, dict):
        return _object(value, schema, where, work)
    return None


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if isinstance(value, float) and kind == "integer":
        return value.is_integer()  # JSON Schema Validation §6.1.1
    return isinstance(value, _TYPES[kind])


def _same(value: Any, other: Any) -> bool:
    """Tell whether two values are equal; to Python `True` is 1, in JSON it is not."""
    return isinstance(value, bool) == isinstance(other, bool) and bool(value == other)


def _text(value: str, schema: Mapping[str, Any], where: str, work: _Work) -> Phrase | None:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        return Phrase("errors.told.schema.characters", where=where, count=len(value))
    if "pattern" not in schema:
        return None
    pattern = compiled(schema["pattern"])
    if not work.afford(pattern.size * (len(value) + 1)):
        return Phrase("errors.told.schema.too-long", where=where)
    if not pattern.found_in(value):
        return Phrase(
            "errors.told.schema.expected", value=shown(value), where=where, wanted=schema["pattern"]
        )
    return None


def _array(value: list[Any], schema: Mapping[str, Any], where: str, work: _Work) -> Phrase | None:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        return Phrase("errors.told.schema.items", where=where, count=len(value))
    for index, item in enumerate(value):
        wrong = _misfit(item, schema.get("items", True), f"{where}[{index}]", work)
        if wrong:
            return wrong
    return None


def _object(
    value: dict[str, Any], schema: Mapping[str, Any], where: str, work: _Work
) -> Phrase | None:
    for name in schema.get("required", ()):
        if name not in value:
            return Phrase("errors.told.schema.no-member", name=name, where=where)
    properties = schema.get("properties", {})
    for name, part in value.items():
        inner = properties.get(name, schema.get("additionalProperties", True))
        wrong = _misfit(part, inner, f"{where}.{name}", work)
        if wrong:
            return wrong
    return None
