"""The demo's tables; data/SOURCES.md says where each is from, of which year and place."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

_DATA: Final = Path(__file__).parent / "data"
ECONOMIES: Final = _DATA / "economies.csv"
"""The economies of APEC and ASEAN."""
AIRPORTS: Final = _DATA / "airports.csv"
"""The airports of ASEAN's member states that have an IATA code."""
JOBS: Final = _DATA / "jobs.csv"
"""How many were without work in the United States, 1948 to 2003."""
ALL: Final = (ECONOMIES, AIRPORTS, JOBS)


def loan_applications() -> list[dict[str, str]]:
    """Return the rows of `loanapp` as they are: texts, empty where a value is missing."""
    with (_DATA / "loanapp.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
