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
from faifo.errors import Fact, MalformedMessageError
from faifo.phrases import Phrase
from faifo.skills.demand import MONTH, OCCUPATION, Counts

if TYPE_CHECKING:
    from polars import Expr, LazyFrame

MOST: Final = 1_000_000
# An address of a group of ISCO-08 at ESCO, and its bare code, are one occupation.
GROUP: Final = r"^http://data\.europa\.eu/esco/isco/C(\d{4})$"
NEEDED: Final = ("occupation", "region", "date")
UNKNOWN: Final = "unknown"
_JOB: Final = re.compile(r"(https?://schema\.org/|schema:)?JobPosting")


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
        MalformedMessageError: it is none of these, or lacks a column.
        SettingsError: the package that reads tables is not installed.
    """
    if path.suffix in (".ndjson", ".jsonl"):
        return _postings(path)
    pl = library("polars")
    try:
        frame = (
            pl.scan_parquet(path)
            if path.suffix == ".parquet"
            else pl.scan_csv(path, infer_schema=False, separator=_separator(path))
        )
        return _tabled(pl, frame)
    except pl.exceptions.PolarsError as error:
        raise _unreadable(path, str(error).splitlines()[0][:200]) from None


def _separator(path: Path) -> str:
    """Return what gives the needed columns: spreadsheets of many economies write semicolons."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        head = file.readline(MOST)

    def fitting(mark: str) -> int:
        return len({one.strip(' "\n') for one in head.split(mark)} & {*NEEDED})

    return max(",;\t", key=fitting)


def _tabled(pl: Any, frame: LazyFrame) -> Counted:
    names = frame.collect_schema().names()
    lacking = [name for name in NEEDED if name not in names]
    if lacking:
        raise MalformedMessageError(
            what=Phrase("errors.told.demand.lacks", columns=", ".join(lacking)),
            expected=Phrase("errors.told.demand.table"),
        )
    text = {name: pl.col(name).cast(pl.String) for name in NEEDED}
    openings = pl.lit(1, pl.Int64)
    if "openings" in names:  # a program that had gaps in them writes 2.0
        openings = pl.col("openings").cast(pl.Float64).cast(pl.Int64)
    found = (
        frame.select(
            occupation=text["occupation"].str.strip_chars(),
            region=text["region"].str.strip_chars().replace("", None).fill_null(UNKNOWN),
            month=text["date"].str.slice(0, 7),
            age=_age(pl, names),
            openings=openings,
        )
        .group_by("occupation", "region", "month", "age", pl.col("openings") > 0)
        .agg(many=pl.col("openings").sum(), rows=pl.len())
        # All columns: asked for some, polars takes a line with a field too many, shifted.
        .collect(engine="streaming", optimizations=pl.QueryOptFlags(projection_pushdown=False))
    )
    known = [one for one in found["occupation"].unique() if one and OCCUPATION.match(one)]
    good = found.filter(
        pl.col("occupation").is_in(known), pl.col("month").str.contains(MONTH.pattern),
        pl.col("openings"),
    )  # fmt: skip
    counts: Counter[tuple[str, str, str, str]] = Counter()
    columns = ("occupation", "region", "month", "age", "many")
    for occupation, region, month, age, openings in good.select(columns).iter_rows():
        counts[re.sub(GROUP, r"\1", occupation), region, month, age] += openings
    rows = int(found["rows"].sum())
    return Counted(counts, rows, rows - int(good["rows"].sum()))


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
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if not line.strip():
                continue
            rows += 1
            try:
                posting = json.loads(line) if len(line) <= MOST else None
            except ValueError as error:
                raise _unreadable(path, Phrase("errors.told.line", line=rows, why=error)) from None
            cell = _cell(posting)
            if cell is None:
                left_out += 1
            else:
                counts[cell] += _openings(posting)
    return Counted(counts, rows, left_out)


def _openings(posting: Any) -> int:
    """Return how many; 0 for what is no such number. Many sites write numbers as texts."""
    told = posting.get("totalJobOpenings")
    try:
        many = 1 if told is None else float(told)
    except (TypeError, ValueError):
        return 0
    return int(many) if 0 < many <= MOST else 0


def _cell(posting: Any) -> tuple[str, str, str, str] | None:
    """Return where a JobPosting is counted; None for no occupation of ESCO, day or opening."""
    if not isinstance(posting, dict) or not _openings(posting):
        return None
    kinds = posting.get("@type")
    if not any(_JOB.fullmatch(str(one)) for one in (kinds if isinstance(kinds, list) else [kinds])):
        return None
    category = posting.get("occupationalCategory")
    for one in category if isinstance(category, list) else [category]:
        code = one.get("codeValue") or one.get("@id") if isinstance(one, dict) else one
        # schema.org lets a label follow the code.
        code = code.split(" ", 1)[0] if isinstance(code, str) else ""
        day = posting.get("datePosted")
        if OCCUPATION.match(code) and isinstance(day, str) and MONTH.fullmatch(day[:7]):
            return re.sub(GROUP, r"\1", code), _region(posting), day[:7], "_Z"
    return None


def _region(posting: dict[str, Any]) -> str:
    place = posting.get("jobLocation")
    place = place[0] if isinstance(place, list) and place else place
    address = place.get("address") if isinstance(place, dict) else None
    region = address.get("addressRegion") if isinstance(address, dict) else None
    return region if isinstance(region, str) and 0 < len(region) <= 200 else UNKNOWN


def _unreadable(path: Path, why: Fact) -> MalformedMessageError:
    return MalformedMessageError(
        what=Phrase("errors.told.file.unreadable", path=path, why=why),
        expected=Phrase("errors.told.demand.table"),
    )
