"""What an owner sees of a table before it is published: columns, types, rows, the first lines."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Final

from faifo.api.datasets import Column, Peek

FIRST: Final = 5
LOOKED_AT: Final = 64 * 1024
COUNTED: Final = 64 * 1024 * 1024
"""Bytes of a file whose lines are counted; of a larger one the number of rows is not said."""
LONGEST: Final = 200
_KINDS: Final = (
    ("number", re.compile(r"[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?")),
    ("date", re.compile(r"\d{4}-\d\d(-\d\d)?([T ][0-9:.]+(Z|[+-]\d\d:?\d\d)?)?")),
)


def peek(path: Path) -> Peek:
    """Return what stands at the beginning of a table; nothing for what is none.

    A table is CSV in UTF-8 with a line of names. A type is said where every value of the first
    lines fits it; it is a guess for people.
    """
    with path.open("rb") as file:
        raw = file.read(LOOKED_AT)
        rest = file.read(1)
        file.seek(0)
        small = path.stat().st_size <= COUNTED
        lines = (
            sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(LOOKED_AT), b""))
            if (small)
            else None
        )
    try:
        text = raw.decode("utf-8-sig", "strict" if not rest else "ignore")
        rows = list(csv.reader(io.StringIO(text), _dialect(text), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return Peek()
    rows = rows[:-1] if rest else rows  # the last one may be cut
    rows = [row for row in rows if row]
    if len(rows) < 2 or len(rows[0]) < 2 or any(len(row) != len(rows[0]) for row in rows):
        return Peek()
    head, *body = rows
    columns = [
        Column(name=name[:LONGEST], type=_type([row[at] for row in body]))
        for at, name in enumerate(head)
    ]
    first = tuple(tuple(value[:LONGEST] for value in row) for row in body[:FIRST])
    count = None if lines is None else len(body) if not rest else lines - 1
    return Peek(columns=tuple(columns), rows=count, first=first)


def _dialect(text: str) -> type[csv.Dialect]:
    head = text.partition("\n")[0]

    class Found(csv.excel):
        delimiter = max(",;\t", key=head.count)

    return Found


def _type(values: list[str]) -> str:
    filled = [one.strip() for one in values if one.strip()]
    for kind, pattern in _KINDS:
        if filled and all(pattern.fullmatch(one) for one in filled):
            return kind
    return "text"
