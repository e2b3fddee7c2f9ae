"""Tests of one property, with the operators that Eclipse EDC's criteria have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from faifo.folding import folded

Values = tuple[str | int, ...]
Properties = Mapping[str, Values]

SEARCHED: Final = ("id", "title", "description", "keyword")
OWN: Final = "properties."
"""How the name of a property begins that a publisher has made up, in a criterion."""


class Criterion(msgspec.Struct, frozen=True):
    """A test of one property: `operator` is one of `OPERATORS`."""

    name: str
    operator: str
    right: Any

    def holds(self, properties: Properties) -> bool:
        """Return whether any value of the property passes; for `!=`, whether all do."""
        values = properties.get(self.name, ())
        test = all if self.operator == "!=" else any
        return test(OPERATORS[self.operator](value, self.right) for value in values)


def mentions(properties: Properties, search: str) -> bool:
    """Return whether every word of `search` stands in the texts, without regard to diacritics."""
    if not search:
        return True
    texts = [str(value) for name in SEARCHED for value in properties.get(name, ())]
    text = folded("\n".join(texts))
    return all(word in text for word in folded(search).split())


def _equal(value: str | int, right: Any) -> bool:
    return value == right or (isinstance(value, int) and str(value) == right)


def _before(value: str | int, right: Any) -> bool:
    if isinstance(value, int):
        try:
            return value < float(right)
        except ValueError:
            return False
    return value < str(right)


def like(text: str, pattern: str) -> bool:
    """Return whether `text` is `pattern`, where `%` is any text and `_` any character."""
    first, *others = pattern.split("%")
    if not others:
        return len(text) == len(first) and _at(text, first, 0)
    if not _at(text, first, 0):
        return False
    last = others.pop()
    at, end = len(first), len(text) - len(last)
    for part in others:
        while at + len(part) <= end and not _at(text, part, at):
            at += 1
        at += len(part)
    return at <= end and _at(text, last, end)


def _at(text: str, part: str, at: int) -> bool:
    if "_" not in part:
        return text.startswith(part, at)
    piece = text[at : at + len(part)]
    return len(piece) == len(part) and all(p in {"_", c} for c, p in zip(piece, part, strict=True))


OPERATORS: Final[Mapping[str, Callable[[str | int, Any], bool]]] = {
    "=": _equal,
    "!=": lambda value, right: not _equal(value, right),
    "in": lambda value, right: any(_equal(value, one) for one in right),
    "like": lambda value, right: like(str(value), str(right)),
    "ilike": lambda value, right: like(str(value).casefold(), str(right).casefold()),
    "contains": _equal,
    "<": _before,
    "<=": lambda value, right: _before(value, right) or _equal(value, right),
    ">": lambda value, right: not _before(value, right) and not _equal(value, right),
    ">=": lambda value, right: not _before(value, right),
}
