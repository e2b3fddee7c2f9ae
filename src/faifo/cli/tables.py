"""Tables: columns aligned; their names are shown to a person only, so that scripts see rows."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence

from faifo.cli.choices import Choices
from faifo.cli.output import line_of


def table(choices: Choices, names: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Return the rows as aligned lines, under the names of the columns on a terminal."""
    shown = [[line_of("" if cell is None else cell) for cell in row] for row in rows]
    if shown and sys.stdout.isatty():
        shown.insert(0, [choices.label(name).upper() for name in names])
    widths = [max(map(_width, column)) for column in zip(*shown, strict=True)]
    lines = []
    for row in shown:
        padded = [
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ]
        lines.append("  ".join(padded).rstrip())
    return lines


def _width(text: str) -> int:
    """Return how many places `text` takes: Vietnamese marks take none, CJK letters take two."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )
