"""All figures as CSV that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from typing import Final

from faifo.ai.evidence import EvidenceSet
from faifo.ai.metrics.groups import place_of

COLUMNS: Final = ("method", "attribute", "figure", "slice", "value", "low", "high", "n", "note")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def figures_csv(found: EvidenceSet) -> str:
    """Return one line per figure."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for evidence in found.evidence:
        attribute = place_of(evidence.parameters)
        for figure in evidence.figures:
            texts = [evidence.method.id, attribute, figure.name, figure.slice]
            numbers = [figure.value, figure.low, figure.high]
            writer.writerow(
                [
                    *map(harmless, texts),
                    *("" if value is None else repr(value) for value in numbers),
                    evidence.n,
                    harmless(figure.note),
                ]
            )
    return buffer.getvalue()


def harmless(text: str) -> str:
    """Return a text that a spreadsheet shows and does not run."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
