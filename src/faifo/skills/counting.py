"""Vacancies and labour demand counted: from CSV, Parquet, or JobPosting of schema.org by the line.

Rows never leave this function: what comes out are counts by occupation, region, month, age group.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from faifo.ai.assess.libraries import library
from faifo.ai.assess.tables import Table
from faifo.errors import Fact, MalformedMessageError
from faifo.messages.dsp_2025_1.terms import alone, listed
from faifo.phrases import Phrase
from faifo.skills.demand import MONTH, OCCUPATION, Counts

if TYPE_CHECKING:
    from polars import DataFrame, Expr

MOST: Final = 1_000_000
# An address of a group of ISCO-08 at ESCO, and its bare code, are one occupation.
GROUP: Final = r"^http://data\.europa\.eu/esco/isco/C(\d{4})$"
NEEDED: Final = ("occupation", "region", "date")
UNKNOWN: Final = "unknown"
_JOB_POSTING: Final = re.compile(r"(https?://schema\.org/|schema:)?JobPosting")


class Counted(NamedTuple):
    """True counts, for `demand.published`.

    `left_out` rows name no ESCO occupation, no day, or no opening.
    """

    counts: Counts
    rows: int
    left_out: int


def count(path: Path) -> Counted:
    """Return the counts of a file.

    CSV and Parquet have the columns occupation, region and date, and may have age (years) and
    openings (how many of them a row stands for). Lines of JSON are JobPosting.

    Raises:
        MalformedMessageError: a line or a number of openings is none.
        SettingsError: no table, it lacks a column, or the package that reads it is not installed.
    """
    if path.suffix.lower() in (".ndjson", ".jsonl"):
        return _postings(path)
    pl = library("polars")
    table = Table(path, NEEDED)
    names = [*NEEDED, *(name for name in ("age", "openings") if name in table.names)]
    counts: Counter[tuple[str, str, str, str]] = Counter()
    rows = left_out = 0
    try:
        for part in table.of(names):
            left_out += part.height - _counted(pl, part, counts)
            rows += part.height
    except pl.exceptions.PolarsError as error:
        raise _unreadable(path, str(error).splitlines()[0][:200]) from None
    return Counted(counts, rows, left_out)


def _counted(pl: Any, part: DataFrame, counts: Counter[tuple[str, str, str, str]]) -> int:
    """Add the rows of a part to `counts`, and return how many could be counted."""
    text = {name: pl.col(name).cast(pl.String) for name in NEEDED}
    many = pl.lit(1, pl.Int64)
    if "openings" in part.columns:  # a program that had gaps in them writes 2.0
        many = pl.col("openings").cast(pl.Float64).cast(pl.Int64)
    found = (
        part.select(
            occupation=text["occupation"],
            region=text["region"].fill_null(UNKNOWN),
            month=text["date"].str.slice(0, 7),
            age=_age(pl, part.columns),
            openings=many,
        )
        .filter(pl.col("month").str.contains(MONTH.pattern), pl.col("openings") > 0)
        .group_by("occupation", "region", "month", "age")
        .agg(many=pl.col("openings").sum(), rows=pl.len())
    )
    good = 0
    for occupation, region, month, age, openings, rows in found.iter_rows():
        if occupation and OCCUPATION.match(occupation):
            counts[re.sub(GROUP, r"\1", occupation), region, month, age] += openings
            good += rows
    return good


def _age(pl: Any, names: list[str]) -> Expr:
    if "age" not in names:
        expr: Expr = pl.lit("_Z")
        return expr
    years = pl.col("age").cast(pl.Int32, strict=False)
    grouped: Expr = (
        pl.when(years.is_between(15, 29)).then(pl.lit("15-29"))
        .when(years.is_between(30, 64)).then(pl.lit("30-64"))
        .when(years >= 65).then(pl.lit("65+"))
        .otherwise(pl.lit("_Z"))
    )  # fmt: skip
    return grouped


def _postings(path: Path) -> Counted:
    counts: Counter[tuple[str, str, str, str]] = Counter()
    rows = left_out = 0
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        for line in lines:
            if not line.strip():
                continue
            rows += 1
            try:
                posting = json.loads(line) if len(line) <= MOST else None
            except ValueError as error:
                raise _unreadable(path, Phrase("errors.told.line", line=rows, why=error)) from None
            cell = _cell(posting)
            if cell is None or not (openings := _openings(posting)):
                left_out += 1
            else:
                counts[cell] += openings
    return Counted(counts, rows, left_out)


def _openings(posting: Any) -> int:
    """Return how many a posting opens: one unless it says so; 0 is none."""
    many = alone(posting.get("totalJobOpenings", 1))
    if isinstance(many, str) and re.fullmatch("[0-9]{1,7}", many):
        many = int(many)
    return int(many) if isinstance(many, int | float) and 0 <= many <= MOST else 1


def _cell(posting: Any) -> tuple[str, str, str, str] | None:
    """Return where a JobPosting is counted; None for what names no ESCO occupation, or no day."""
    types = listed(posting.get("@type")) if isinstance(posting, dict) else []
    if not any(map(_JOB_POSTING.fullmatch, map(str, types))):
        return None
    for one in listed(posting.get("occupationalCategory")):
        code = one.get("codeValue") or one.get("@id") if isinstance(one, dict) else one
        # schema.org lets a label follow the code.
        code = code.split(" ", 1)[0] if isinstance(code, str) else ""
        day = alone(posting.get("datePosted"))
        if OCCUPATION.match(code) and isinstance(day, str) and MONTH.fullmatch(day[:7]):
            return re.sub(GROUP, r"\1", code), _region(posting), day[:7], "_Z"
    return None


def _region(posting: dict[str, Any]) -> str:
    place = next(iter(listed(posting.get("jobLocation"))), None)
    address = place.get("address") if isinstance(place, dict) else None
    region = address.get("addressRegion") if isinstance(address, dict) else None
    return region if isinstance(region, str) and 0 < len(region) <= 200 else UNKNOWN


def _unreadable(path: Path, why: Fact) -> MalformedMessageError:
    return MalformedMessageError(
        what=Phrase("errors.told.file.unreadable", path=path, why=why),
        expected=Phrase("errors.told.demand.table"),
    )
