"""Counts reveal nobody: not alone, not by subtraction, not merged; and forms that others read."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faifo.errors import MalformedMessageError, RefusedError, SettingsError
from faifo.skills import demand
from faifo.skills.counting import count
from faifo.skills.demand import Cell, as_csv, as_sdmx, check, merged, published, read_csv

COOK, CODER = "5120", "2512.4"
WHERE = (COOK, "Hà Nội", "2026-10")


def counts(**ages: int) -> dict[tuple[str, str, str, str], int]:
    names = {"young": "15-29", "grown": "30-64", "old": "65+", "none": "_Z"}
    return {(*WHERE, names[age]): number for age, number in ages.items()}


def told(**ages: int) -> dict[str, int | None]:
    return {cell.age: cell.value for cell in published(counts(**ages), "VN")}


def test_what_is_large_is_rounded_and_has_a_total() -> None:
    assert told(young=101, grown=203) == {"15-29": 100, "30-64": 205, "_T": 305}


def test_one_small_cell_hides_the_next_so_that_the_total_tells_nothing() -> None:
    assert told(young=3, grown=50, old=60) == {"15-29": None, "30-64": None, "65+": 60, "_T": 115}


def test_where_nothing_is_left_to_hide_it_with_the_total_goes_too() -> None:
    assert told(young=3) == {"15-29": None, "_T": None}
    assert told(young=3, old=4) == {"15-29": None, "65+": None, "_T": None}


def test_vacancies_have_no_age_and_no_second_total() -> None:
    assert told(none=31) == {"_Z": 30}
    assert told(none=9) == {"_Z": None}


rows = st.dictionaries(st.sampled_from(["15-29", "30-64", "65+", "_Z"]), st.integers(1, 60))


@given(rows, st.integers(3, 20))
def test_no_row_tells_a_small_count(ages: dict[str, int], minimum: int) -> None:
    found = published(
        {(*WHERE, age): number for age, number in ages.items()}, "VN", minimum=minimum, rounding=3
    )
    by_age = {cell.age: cell for cell in found}
    hidden = {age for age in ages if by_age[age].value is None}
    assert all(ages[age] >= minimum for age in set(ages) - hidden)
    if hidden and "_T" in by_age and by_age["_T"].value is not None:
        assert len(hidden) >= 2
        assert sum(ages[age] for age in hidden) >= minimum
    assert check(found) == found


def test_rules_that_protect_nobody_are_refused() -> None:
    for rules in ({"minimum": 2}, {"rounding": 1}, {"rounding": 11}):
        with pytest.raises(RefusedError):
            published(counts(young=50), "VN", **rules)


def cell(age: str, value: int | None, **change: Any) -> Cell:
    facts = {"economy": "VN", "occupation": COOK, "region": "Hà Nội", "month": "2026-10",
             "age": age, "value": value, "minimum": 10, "rounding": 5}  # fmt: skip
    return Cell(**{**facts, **change})


REVEALING = {
    "a count under the minimum": ([cell("15-29", 5)], "under its minimum"),
    "one hidden beside a total": (
        [cell("15-29", None), cell("30-64", 50), cell("_T", 55)],
        "by subtraction",
    ),
    "two hidden that are few together": (
        [cell("15-29", None), cell("65+", None), cell("30-64", 100), cell("_T", 100)],
        "by subtraction",
    ),
    "not rounded": ([cell("15-29", 51)], "under its minimum or not rounded"),
}


@pytest.mark.parametrize("name", REVEALING)
def test_a_partners_table_that_reveals_is_refused(name: str) -> None:
    cells, why = REVEALING[name]
    with pytest.raises(RefusedError, match=why):
        merged([cells])


def test_a_cell_that_is_none_or_stands_twice_is_refused() -> None:
    for wrong in (
        [cell("15-29", 50, occupation="cook")], [cell("15-29", 50)] * 2, [cell("20", 50)],
        [cell("15-29", 50, month="2026")], [cell("15-29", 50, economy="Viet Nam")],
    ):  # fmt: skip
        with pytest.raises(MalformedMessageError):
            merged([wrong])


def test_economies_are_added_from_what_each_has_published() -> None:
    korea = [cell("15-29", 40, economy="KR", region="Seoul")]
    found = merged([[cell("15-29", 50)], korea])
    assert found[-1] == cell("15-29", 90, economy="_T", region="_T")
    hidden = [cell("15-29", None, economy="KR", region="Seoul")]
    assert merged([[cell("15-29", 50)], hidden])[-1].value is None


def test_csv_comes_back() -> None:
    cells = published(counts(young=3, grown=50, old=60), "VN")
    assert list(read_csv(as_csv(cells))) == cells
    assert list(read_csv("\ufeff" + as_csv(cells).replace("\n", "\r\n"))) == cells
    with pytest.raises(MalformedMessageError):
        list(read_csv("a,b\n1,2\n"))
    with pytest.raises(MalformedMessageError):
        list(read_csv(as_csv(cells).replace(",C,", ",F,")))


@pytest.mark.parametrize("end", [",1", "\r\r\r,", "x" * 200_000])
def test_csv_that_is_none_is_refused_with_its_row(end: str) -> None:
    text = demand.as_csv(demand.published(counts(young=20), "VN"))
    with pytest.raises(MalformedMessageError, match="expected"):
        list(demand.read_csv(text.rstrip() + end))


def test_sdmx_csv_says_what_is_hidden_by_its_status() -> None:
    cells = published(counts(young=3, grown=50, old=60), "VN")
    found = list(csv.DictReader(io.StringIO(as_sdmx(cells))))
    assert {(one["AGE"], one["OBS_VALUE"], one["CONF_STATUS"]) for one in found} == {
        ("Y15T29", "NaN", "C"), ("Y30T64", "NaN", "C"), ("Y_GE65", "60", "F"), ("_T", "115", "F"),
    }  # fmt: skip
    assert {(one["STRUCTURE"], one["ACTION"], one["TIME_PERIOD"]) for one in found} == {
        ("dataflow", "I", "2026-10")
    }


CODES = {
    "0110": "C0110",
    "2512.4": "C2512_4",
    "http://data.europa.eu/esco/isco/C5120": "C5120",
    "http://data.europa.eu/esco/occupation/90f75f67-495d-49fa-ab57-2f320e251d7e":
        "90f75f67-495d-49fa-ab57-2f320e251d7e",
}  # fmt: skip


@pytest.mark.parametrize("name", CODES)
def test_an_occupation_is_a_code_that_no_reader_takes_for_a_number(name: str) -> None:
    assert demand.OCCUPATION.match(name)
    assert demand.sdmx_code(name) == CODES[name]


TABLE = "occupation,region,date,age,openings\n" + "".join(
    f"{COOK},Hà Nội,2026-10-0{day},{age},2\n" for day in range(1, 9) for age in (16, 29, 30, 70)
)


def test_a_table_is_counted_by_age_group(tmp_path: Path) -> None:
    pytest.importorskip("polars")
    path = tmp_path / "rows.csv"
    path.write_text(
        TABLE.replace(f"{COOK},", f"http://data.europa.eu/esco/isco/C{COOK},", 5)
        + "cook,Hà Nội,2026-10-01,20,1\n" + f"{COOK},Hà Nội,,20,1\n{COOK},Hà Nội,2026-13-1,20,1\n"
    )  # fmt: skip
    found = count(path)
    assert found.counts == counts(young=32, grown=16, old=16)
    assert (found.rows, found.left_out) == (35, 3)
    import polars as pl

    pl.read_csv(path, infer_schema=False).write_parquet(tmp_path / "rows.parquet")
    assert count(tmp_path / "rows.parquet") == found


def test_rows_that_open_nothing_are_left_out_and_take_nothing_from_others(tmp_path: Path) -> None:
    pytest.importorskip("polars")
    path, more = tmp_path / "rows.csv", f"{COOK},Hà Nội,2026-10-01,20,"
    path.write_text(TABLE + "".join(f"{more}{openings}\n" for openings in (-9, 0, "")))
    found = count(path)
    assert found.counts == counts(young=32, grown=16, old=16)
    assert (found.rows, found.left_out) == (35, 3)


def test_a_line_with_a_field_too_many_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("polars")
    path = tmp_path / "rows.csv"
    path.write_text("wage,occupation,region,date,note\n" + f"1,{COOK},Hà Nội,2026-10-01,\n" * 2
                    + f"0,5,{COOK},Hà Nội,2026-10-01,\n")  # fmt: skip
    with pytest.raises(SettingsError, match="a line"):
        count(path)


def test_a_table_without_a_column_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("polars")
    (tmp_path / "rows.csv").write_text("occupation,region\n1,2\n")
    with pytest.raises(SettingsError, match="date"):
        count(tmp_path / "rows.csv")
    (tmp_path / "rows.csv").write_text(f"occupation,region,date,openings\n{COOK},a,2026-10-04,x\n")
    with pytest.raises(MalformedMessageError, match=r"rows\.csv cannot be read"):
        count(tmp_path / "rows.csv")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_table_of_a_spreadsheet_is_counted(tmp_path: Path, encoding: str) -> None:
    pytest.importorskip("polars")
    path = tmp_path / "rows.CSV"
    text = f"occupation;region;date;openings\r\n{COOK}; Hà Nội ;2026-10-04;3\r\n\r\n"
    path.write_bytes(text.encode(encoding))
    assert count(path) == ({(COOK, "Hà Nội", "2026-10", "_Z"): 3}, 1, 0)


def test_job_postings_are_counted(tmp_path: Path) -> None:
    posting = {
        "@context": "https://schema.org", "@type": "JobPosting", "title": "Đầu bếp",
        "datePosted": "2026-10-04", "totalJobOpenings": 3,
        "occupationalCategory": {"@type": "CategoryCode", "codeValue": COOK},
        "jobLocation": {"@type": "Place", "address": {"addressRegion": "Hà Nội"}},
    }  # fmt: skip
    others = [{**posting, "occupationalCategory": f"{CODER} coder", "jobLocation": None}, {"a": 1}]
    path = tmp_path / "jobs.ndjson"
    path.write_text("\n".join(json.dumps(one) for one in (posting, posting, *others)))
    found = count(path)
    assert found.counts == {
        (COOK, "Hà Nội", "2026-10", "_Z"): 6, (CODER, "unknown", "2026-10", "_Z"): 3,
    }  # fmt: skip
    assert (found.rows, found.left_out) == (4, 1)


@pytest.mark.parametrize(
    ("change", "openings"),
    [
        ({"@type": ["Thing", "JobPosting"]}, 3),
        ({"@type": "https://schema.org/JobPosting", "datePosted": ["2026-10-04"]}, 3),
        ({"@type": "schema:JobPosting"}, 3),
        ({"@type": "Person"}, 0),
        ({"totalJobOpenings": "4"}, 4),
        ({"totalJobOpenings": [5.0]}, 5),
        ({"totalJobOpenings": "many"}, 1),
        ({"totalJobOpenings": float("nan")}, 1),
        ({"totalJobOpenings": None}, 1),
        ({"totalJobOpenings": 0}, 0),
    ],
)
def test_job_postings_of_others_are_counted(
    tmp_path: Path, change: dict[str, Any], openings: int
) -> None:
    posting = {
        "@type": "JobPosting", "datePosted": "2026-10-04", "totalJobOpenings": 3,
        "occupationalCategory": COOK,
    }  # fmt: skip
    path = tmp_path / "jobs.jsonl"
    path.write_text("\ufeff" + json.dumps({**posting, **change}), "utf-8")
    found = count(path)
    assert (sum(found.counts.values()), found.left_out) == (openings, not openings)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_table_is_counted_by_its_marks(tmp_path: Path, mark: str) -> None:
    pytest.importorskip("polars")
    rows = [["occupation", '"region"', "date", "openings"], [COOK, "Hà Nội", "2026-10-04", "2.0"]]
    text = "\r\n".join(mark.join(row) for row in rows)
    (tmp_path / "rows.csv").write_text(text, encoding="utf-8-sig")
    assert count(tmp_path / "rows.csv").counts == {(COOK, "Hà Nội", "2026-10", "_Z"): 2}


def test_the_young_stand_apart() -> None:
    assert demand.AGES[0] == demand.YOUNG == "15-29"
