from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from faifo.demo import loan_model, tables

APEC = {
    1989: "AU BN CA ID JP KR MY NZ PH SG TH US",
    1991: "CN HK TW",
    1993: "MX PG",
    1994: "CL",
    1998: "PE RU VN",
}
ASEAN = {
    1967: "ID MY PH SG TH",
    1984: "BN",
    1995: "VN",
    1997: "LA MM",
    1999: "KH",
    2025: "TL",
}

TAKEN = ("airports.csv", "loanapp.csv", "jobs.csv")


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with tables.ECONOMIES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("column", "joined"), [("apec_since", APEC), ("asean_since", ASEAN)])
def test_members_by_their_year_of_joining(rows: list[dict[str, str]], column: Any, joined: Any):
    found: dict[int, set[str]] = {}
    for row in rows:
        if row[column]:
            found.setdefault(int(row[column]), set()).add(row["economy_code"])
    assert found == {year: set(codes.split()) for year, codes in joined.items()}


def test_there_are_21_and_11_economies_and_7_in_both(rows: list[dict[str, str]]):
    apec = {row["economy_code"] for row in rows if row["apec_since"]}
    asean = {row["economy_code"] for row in rows if row["asean_since"]}
    assert (len(apec), len(asean), len(apec & asean), len(rows)) == (21, 11, 7, 25)


def test_codes_and_names_are_unique_and_well_formed(rows: list[dict[str, str]]):
    for column, length in (("economy_code", 2), ("alpha3", 3)):
        codes = [row[column] for row in rows]
        assert len(set(codes)) == len(rows)
        assert all(code.isascii() and code.isupper() and len(code) == length for code in codes)
    assert len({row["name"] for row in rows}) == len(rows)
    assert [row["economy_code"] for row in rows] == sorted(row["economy_code"] for row in rows)


def test_names_are_those_that_the_organisations_use(rows: list[dict[str, str]]):
    names = {row["economy_code"]: row["name"] for row in rows}
    expected = {"TW": "Chinese Taipei", "HK": "Hong Kong, China", "VN": "Viet Nam"}
    assert expected.items() <= names.items()


def test_every_column_has_a_source(rows: list[dict[str, str]]):
    sources = tables.ECONOMIES.with_name("SOURCES.md").read_text("utf-8")
    assert all(f"| `{column}` |" in sources for column in rows[0])


def test_the_airports_are_those_of_asean(rows: list[dict[str, str]]):
    with tables.AIRPORTS.open(encoding="utf-8", newline="") as file:
        airports = list(csv.DictReader(file))
    assert len(airports) == 428
    assert {row["country"] for row in airports} == {
        row["economy_code"] for row in rows if row["asean_since"]
    }
    assert len({row["iata"] for row in airports}) == len(airports)
    assert {(row["iata"], row["icao"]) for row in airports} >= {("HAN", "VVNB"), ("SIN", "WSSS")}


def test_the_loan_applications_are_all_there():
    table = tables.loan_applications()
    assert len(table) == 1989
    assert {row["approve"] for row in table} == {"0", "1"}
    assert loan_model.usable(table) == table


def test_sex_and_age_are_told_where_the_source_tells_them():
    found = Counter((row["male"], row["old"]) for row in tables.loan_applications())
    assert found == {
        ("1", "0"): 863, ("1", "1"): 742,
        ("0", "0"): 185, ("0", "1"): 184,
        ("", "0"): 11, ("", "1"): 4,
    }  # fmt: skip


def test_the_jobs_are_told_for_every_year():
    with tables.JOBS.open(encoding="utf-8", newline="") as file:
        years = {int(row["year"]): float(row["unem"]) for row in csv.DictReader(file)}
    assert list(years) == list(range(1948, 2004))
    assert (max(years, key=years.get), max(years.values())) == (1982, 9.7)


def test_the_tables_of_others_are_small_and_their_licence_comes_along():
    folder = tables.AIRPORTS.parent
    assert sum((folder / name).stat().st_size for name in TAKEN) < 112_000
    sources = " ".join((folder / "SOURCES.md").read_text("utf-8").split())
    notice = " ".join((Path(__file__).parents[3] / "NOTICE").read_text("utf-8").split())
    for holder in ("2020- Mike Borsetti", "2014 mwgg", "2021 Tetsu HARUYAMA"):
        assert holder in sources
        assert holder in notice
    assert sources.count("The above copyright notice and this permission notice shall be") == 2
    assert all(f"## {name}" in sources for name in TAKEN)


def test_the_demo_needs_no_package_beside_the_node_own():
    look = (
        "import sys; from faifo.demo import credit, story; credit.measure();"
        " print(sorted({'pandas', 'numpy', 'polars', 'sklearn'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
