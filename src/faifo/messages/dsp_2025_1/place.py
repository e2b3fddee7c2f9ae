"""From msgspec's errors to ours: what came, what was expected, and where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from faifo.messages.dsp_2025_1.wire import ShapeError

if TYPE_CHECKING:
    import msgspec

_PLACE: Final = re.compile(r" - at `(?:key in )?(\$[^`]*)`\Z")
_WRONG_TYPE: Final = re.compile(r"Expected `(.+?)`, got `(.+?)`")
_MISSING: Final = re.compile(r"Object missing required field `([^`]+)`")
_ENUM: Final = re.compile(r"Invalid enum value")
_LIMIT: Final = re.compile(r"Expected `(.+?)` of length (>=|<=) (\d+)")
_PATTERN: Final = re.compile(r"Expected `str` matching regex")

_WORDS: Final = {
    "str": "a string",
    "int": "a number",
    "float": "a number",
    "bool": "a boolean",
    "array": "an array",
    "object": "an object",
    "null": "null",
}


def shape_error(error: msgspec.ValidationError) -> ShapeError:
    """Return `error` with the place of what it names; no value of the document is repeated."""
    text = str(error)
    found = _PLACE.search(text)
    outer = found[1] if found else "$"
    cause = error.__cause__
    if isinstance(cause, ShapeError):
        return ShapeError(what=cause.what, expected=cause.expected, where=outer + cause.where[1:])
    if missing := _MISSING.match(text):
        return ShapeError(what="nothing", expected="a value", where=f"{outer}.{missing[1]}")
    if wrong := _WRONG_TYPE.match(text):
        return ShapeError(what=_words(wrong[2]), expected=_words(wrong[1]), where=outer)
    if _ENUM.match(text):
        return ShapeError(
            what="an unknown value", expected="one that the specification lists", where=outer
        )
    if limit := _LIMIT.match(text):
        bound = "at least" if limit[2] == ">=" else "at most"
        unit = "characters" if limit[1].startswith("str") else "items"
        return ShapeError(
            what="the wrong length", expected=f"{bound} {limit[3]} {unit}", where=outer
        )
    if _PATTERN.match(text):
        return ShapeError(what="a control character", expected="text without any", where=outer)
    return ShapeError(what="the wrong form", expected="what the schema says", where=outer)


def _words(types: str) -> str:
    names = [name for name in types.split(" | ") if name != "null"] or ["null"]
    return " or ".join(dict.fromkeys(_WORDS.get(name, name) for name in names))
