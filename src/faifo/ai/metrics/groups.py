"""Who is compared: columns and values as lists; the names that people read are made from them here.

A table of groups is `cells`, the names of its counts, and `groups`, one list each: a value of every
attribute, then the counts. Groups that were too small to stand alone are one list with null in
place of the values. Evidence of Faifo 0.1 has joined names in place of lists, and is read too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from faifo.ai.evidence import Figure
from faifo.ai.metrics.confusion import RATES, Confusion, read_confusion
from faifo.ai.metrics.counts import Counts
from faifo.phrases import Phrase

# Of more groups than this only the gaps are stated: each rate follows from the counts anyway.
STATED: Final = 20
MERGED: Final = "(merged)"
Values = tuple[str, ...]


class Entry(NamedTuple):
    """One group: its values (none where several stand together), its name, and its counts."""

    values: Values
    name: str
    counts: Counts


class Group(NamedTuple):
    """A group's name and, per rate, the two counts whose quotient the rate is."""

    name: str
    n: int
    rates: Mapping[str, tuple[int, int]]
    table: Confusion | None = None


def name_of(attributes: Sequence[str], values: Sequence[str] | None = None) -> str:
    """Return what a group, or without values the attributes together, is called.

    Different lists have different names: a text that could be taken for several is quoted.
    """
    columns = [_quoted(attribute, "=") for attribute in attributes]
    if values is None:
        return " & ".join(columns)
    if not values:
        return MERGED
    return " & ".join(f"{c}={_quoted(v)}" for c, v in zip(columns, values, strict=True))


def attributes_of(parameters: Mapping[str, Any]) -> Values:
    """Return the columns that an evidence compares by; empty where it compares none."""
    found = parameters.get("attributes")
    if isinstance(found, list | tuple) and all(isinstance(name, str) for name in found):
        return tuple(found)
    # Of 0.1: one text, whose " & " may be of a crossing or of a name; `singles` has it too.
    joined = parameters.get("attribute")
    return tuple(joined.split(" & ")) if isinstance(joined, str) else ()


def singles(parameters: Mapping[str, Any]) -> Values:
    """Return each single column that an evidence compares by, whatever its name looks like."""
    joined = parameters.get("attribute")
    if "attributes" not in parameters and isinstance(joined, str):
        return (joined,)
    found = attributes_of(parameters)
    return found if len(found) == 1 else ()


def place_of(parameters: Mapping[str, Any]) -> str:
    """Return the slice of the figures of all groups together."""
    if "attributes" not in parameters:
        return str(parameters.get("attribute", ""))
    return name_of(attributes_of(parameters))


def read_entries(counts: Mapping[str, Any], parameters: Mapping[str, Any]) -> list[Entry]:
    """Return the groups that counts hold.

    Raises:
        MalformedMessageError: they hold something else, or one group twice.
    """
    read, attributes = Counts(counts), attributes_of(parameters)
    if "cells" in read:
        found = [_listed(row, read, attributes) for row in read.rows("groups")]
    else:
        found = [_joined(entry, attributes) for entry in read.parts("groups")]
    read.check(
        len({entry.name for entry in found}) == len(found),
        Phrase("errors.told.ai.counts.group-once"),
    )
    return found


def read_groups(counts: Mapping[str, Any], parameters: Mapping[str, Any]) -> list[Group]:
    """Return the groups that counts hold: four cells each, or only selected and rejected."""
    return [_group(entry) for entry in read_entries(counts, parameters)]


def untold(figures: Iterable[Figure]) -> set[tuple[str, str]]:
    """Return the names and slices of figures that need not be stated: those of many groups."""
    families: dict[tuple[str, str], list[str]] = {}
    for figure in figures:
        attribute, is_group, _ = figure.slice.partition("=")
        if is_group and attribute not in ("class", "column"):
            families.setdefault((figure.name, attribute), []).append(figure.slice)
    many = {key: slices for key, slices in families.items() if len(slices) > STATED}
    return {(name, place) for (name, _), slices in many.items() for place in slices}


def written(
    cells: Sequence[str], tables: Mapping[Values, Sequence[float]], width: int
) -> dict[str, Any]:
    """Return groups as counts: in the order of their values, those together at the end."""
    ordered = sorted(tables, key=lambda values: (not values, values))
    return {
        "cells": list(cells),
        "groups": [[*(values or [None] * width), *tables[values]] for values in ordered],
    }


def _group(entry: Entry) -> Group:
    read, name = entry.counts, entry.name
    if "tp" in read:
        table = read_confusion(read)
        return Group(name, table.n, {rate: table.parts(rate) for rate in RATES}, table)
    selected, rejected = read.whole("selected"), read.whole("rejected")
    n = selected + rejected
    return Group(name, n, {"selection_rate": (selected, n)})


def _listed(row: list[Any], read: Counts, attributes: Values) -> Entry:
    cells, width = read.members["cells"], len(attributes)
    fits = isinstance(cells, list | tuple) and len(row) == width + len(cells)
    read.check(
        fits and all(isinstance(cell, str) for cell in cells), Phrase("errors.told.ai.counts.cells")
    )
    counts = Counts(dict(zip(cells, row[width:], strict=True)), f"{read.where}.groups")
    values = row[:width]
    if all(value is None for value in values):
        return Entry((), MERGED, counts)
    read.check(
        all(isinstance(value, str) for value in values), Phrase("errors.told.ai.counts.values")
    )
    return Entry(tuple(values), name_of(attributes, values), counts)


def _joined(entry: Counts, attributes: Values) -> Entry:
    name = entry.text("group")
    parts: list[str] = [name]
    for attribute in reversed(attributes[1:]):
        head, found, tail = parts[0].rpartition(f" & {attribute}=")
        parts[:1] = [head, tail] if found else [name]
    if name == MERGED or len(parts) != len(attributes):
        return Entry(() if name == MERGED else (name,), name, entry)
    first = attributes[0] if attributes else ""
    return Entry((parts[0].removeprefix(f"{first}="), *parts[1:]), name, entry)


def _quoted(text: str, sign: str = " & ") -> str:
    plain = " & " not in text and sign not in text and not text.startswith('"')
    return text if plain else json.dumps(text, ensure_ascii=False)
