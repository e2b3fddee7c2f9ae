"""The demo's three tables; data/SOURCES.md says where each is from, of which year and place."""

from __future__ import annotations

import csv
from pathlib import Path

_DATA = Path(__file__).parent / "data"


def economies() -> Path:
    """Return the table of the economies of APEC and ASEAN."""
    return _DATA / "economies.csv"


def airports() -> Path:
    """Return the table of the airports of ASEAN's member states that have an IATA code."""
    return _DATA / "airports.csv"


def loan_applications() -> list[dict[str, str]]:
    """Return the rows of `loanapp` as they are: texts, empty where a value is missing."""
    with (_DATA / "loanapp.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
