"""From msgspec's errors to ours: what came, what was expected, and where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from faifo.errors import Fact, either
from faifo.messages.dsp_2025_1.wire import ShapeError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    import msgspec

_PLACE: Final = re.compile(r" - at `(?:key in )?(\$[^`]*)`\Z")
_WRONG_TYPE: Final = re.compile(r"Expected `(.+?)`, got `(.+?)`")
_MISSING: Final = re.compile(r"Object missing required field `([^`]+)`")
_ENUM: Final = re.compile(r"Invalid enum value")
_LIMIT: Final = re.compile(r"Expected `(.+?)` of length (>=|<=) (\d+)")
_PATTERN: Final = re.compile(r"Expected `str` matching regex")

_WORDS: Final = {
    "str": "string",
    "int": "number",
    "float": "number",
    "bool": "boolean",
    "array": "array",
    "object": "object",
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
    if plain := plain_error(error):
        return plain
    if _ENUM.match(text):
        return ShapeError(
            what=Phrase("errors.told.shape.unknown"),
            expected=Phrase("errors.told.shape.listed"),
            where=outer,
        )
    if _PATTERN.match(text):
        return ShapeError(
            what=Phrase("errors.told.shape.control"),
            expected=Phrase("errors.told.shape.no-control"),
            where=outer,
        )
    return ShapeError(
        what=Phrase("errors.told.shape.form"),
        expected=Phrase("errors.told.shape.schema"),
        where=outer,
    )


def plain_error(error: msgspec.MsgspecError) -> ShapeError | None:
    """Return `error` as `shape_error` does if it is of a kind that any document may have."""
    text = str(error)
    found = _PLACE.search(text)
    outer = found[1] if found else "$"
    if missing := _MISSING.match(text):
        return ShapeError(
            what=Phrase("errors.told.shape.nothing"),
            expected=Phrase("errors.told.shape.value"),
            where=f"{outer}.{missing[1]}",
        )
    if wrong := _WRONG_TYPE.match(text):
        return ShapeError(what=_words(wrong[2]), expected=_words(wrong[1]), where=outer)
    if limit := _LIMIT.match(text):
        bound = "least" if limit[2] == ">=" else "most"
        unit = "characters" if limit[1].startswith("str") else "items"
        length = Phrase(f"errors.told.shape.{bound}-{unit}", limit=limit[3])
        return ShapeError(what=Phrase("errors.told.shape.length"), expected=length, where=outer)
    return None


def _words(types: str) -> Fact:
    names = [name for name in types.split(" | ") if name != "null"] or ["null"]
    said: list[Fact] = [
        Phrase(f"errors.told.shape.{word}") if (word := _WORDS.get(name)) else name
        for name in dict.fromkeys(names)
    ]
    return either(said)
