"""What is published, as it is looked for: the same properties and tokens in every kind of store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from faifo.folding import tokens, whole
from faifo.messages.dsp_2025_1.criteria import OWN
from faifo.store.records import Dataset, Record

MARKS: Final = {
    "id": "i",
    "title": "t",
    "description": "d",
    "keyword": "k",
    "license": "l",
    "mediaType": "m",
    "byteSize": "b",
}
"""The letter that the tokens of each property begin with."""
MADE_UP: Final = "p"
"""The same of all that publishers have made up."""
SORT_CHARACTERS: Final = 64

Properties = dict[str, tuple[str | int, ...]]


class Sought(Record, frozen=True, kw_only=True):
    """Published datasets with one of these terms, one token of each of `every`, none of `never`.

    `terms` are numbers that the catalog gave, or None: any, where `every` says something. An empty
    clause of `every` is met by none. In the order of their places, from behind `after`; or with
    `sort` by that property and without the first `skip` of them.
    """

    terms: tuple[int, ...] | None
    every: tuple[tuple[str, ...], ...] = ()
    never: tuple[str, ...] = ()
    after: int = 0
    sort: str | None = None
    descending: bool = False
    skip: int = 0
    limit: int = 100


def properties(dataset: Dataset) -> Properties:
    """Return what a query may test of a dataset, by the names of `MARKS`."""
    size = dataset.source.size
    return {
        "id": (dataset.id,),
        "title": (dataset.title,),
        "description": (dataset.description,),
        "keyword": dataset.keywords,
        "license": () if dataset.licence is None else (dataset.licence,),
        "mediaType": (dataset.media_type,),
        "byteSize": () if size is None else (size,),
        **{OWN + name: (value,) for name, value in dataset.properties.items()},
    }


def seen_by(dataset: Dataset) -> bytes:
    """Return the terms that say who sees a dataset, as one text; equal terms have equal texts."""
    return msgspec.json.encode(dataset.visibility, order="deterministic")


def indexed(dataset: Dataset) -> frozenset[str]:
    """Return the tokens of a dataset's properties."""
    return frozenset(_tokens(properties(dataset)))


def _tokens(found: Properties) -> Iterator[str]:
    for name, values in found.items():
        for value in values:
            if name == "byteSize":
                yield from magnitude(int(value))
            if name not in MARKS:
                yield whole_of(name, str(value))
            yield from tokens(MARKS.get(name, MADE_UP), str(value))


def whole_of(name: str, value: str) -> str:
    """Return the token of exactly this value of a property."""
    return whole(MARKS[name], value) if name in MARKS else whole(MADE_UP, f"{name}\n{value}")


def magnitude(number: int) -> tuple[str, str]:
    """Return the token of the sizes with as many binary digits, and of those that begin alike."""
    octave, part = octave_of(number)
    return f"z{octave}", f"z{octave}x{part}"


def octave_of(number: int) -> tuple[int, int]:
    """Return how many binary digits a size has, and in which sixteenth of those it is."""
    octave = number.bit_length()
    return octave, (number << 5 >> octave) & 15


def sort_keys(dataset: Dataset) -> dict[str, Any]:
    """Return what each property is sorted by: its first value, numbers before texts."""
    return {name: _key(values) for name, values in properties(dataset).items()}


def _key(values: tuple[str | int, ...]) -> str | int:
    first = values[0] if values else ""
    return first if isinstance(first, int) else first[:SORT_CHARACTERS].casefold()


def term_token(number: int) -> str:
    """Return the token of the datasets that have the terms of this number."""
    return f"y{number}"
