"""Labour demand as counts that reveal nobody: cells, what is hidden, and the forms it goes out in.

A cell is an occupation (ESCO), region, month and age group of one economy. A count under the
minimum is hidden, and so many others of its row with it that the row's total tells nothing of them;
all that is shown is rounded. Which of the hidden were small is not said.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Final, NamedTuple

from faifo.errors import MalformedMessageError, RefusedError
from faifo.phrases import Phrase

TOTAL: Final = "_T"
YOUNG: Final = "15-29"
AGES: Final = (YOUNG, "30-64", "65+", "_Z")
"""`_Z`: not applicable, as for vacancies, which have no age; the code of SDMX."""
HIDDEN, FREE = "C", "F"
MINIMUM: Final = 10
ROUNDING: Final = 5
MAX_CELLS: Final = 5_000_000
COLUMNS: Final = (
    "economy", "occupation", "region", "month", "age", "value", "status", "minimum", "rounding",
)  # fmt: skip
STRUCTURE: Final = "FAIFO:LABOUR_DEMAND(1.0)"
SDMX: Final = (
    "STRUCTURE", "STRUCTURE_ID", "ACTION", "REF_AREA", "OCCUPATION", "REGION", "AGE",
    "TIME_PERIOD", "OBS_VALUE", "CONF_STATUS",
)  # fmt: skip
SDMX_AGES: Final = {YOUNG: "Y15T29", "30-64": "Y30T64", "65+": "Y_GE65"}
"""What an age group is called in SDMX, whose codes hold no plus sign."""
# ESCO's occupations: by address, or by the code of ISCO-08 and what ESCO adds to it.
OCCUPATION: Final = re.compile(
    r"(http://data\.europa\.eu/esco/(occupation/[0-9a-f-]{36}|isco/C\d{1,4})|\d{4}(\.\d{1,3})*)\Z"
)
MONTH: Final = re.compile(r"^[0-9]{4}-(0[1-9]|1[0-2])$")
_ECONOMY: Final = re.compile(r"([A-Z]{2}|_T)\Z")

Counts = Mapping[tuple[str, str, str, str], int]


class Cell(NamedTuple):
    """One published count; `value` is None where it is hidden."""

    economy: str
    occupation: str
    region: str
    month: str
    age: str
    value: int | None
    minimum: int
    rounding: int

    @property
    def row(self) -> tuple[str, str, str, str]:
        return self.economy, self.occupation, self.region, self.month


def published(
    counts: Counts, economy: str, *, minimum: int = MINIMUM, rounding: int = ROUNDING
) -> list[Cell]:
    """Return what may be published of counts by occupation, region, month and age group.

    Args:
        counts: the true counts; zeros are not told.
        economy: whose they are, as ISO 3166-1 has it.
        minimum: no smaller count is shown.
        rounding: what is shown is a multiple of it.

    Raises:
        RefusedError: the minimum or the rounding protects nobody.
    """
    if minimum < 3 or not 1 < rounding <= minimum:
        raise RefusedError(
            what=Phrase("errors.told.demand.rules"),
            reasons=(Phrase("errors.told.demand.least", minimum=minimum, rounding=rounding),),
        )
    found = []
    half = rounding // 2
    for (occupation, region, month), cells in groupby(sorted(counts.items()), key=_row_of):
        ages = {place[3]: count for place, count in cells if count}
        hidden = _hidden(ages, minimum)
        if ages.keys() - {"_Z"}:
            ages[TOTAL] = sum(ages.values())
        for age, count in ages.items():
            value = None if age in hidden else rounding * ((count + half) // rounding)
            found.append(Cell(economy, occupation, region, month, age, value, minimum, rounding))
    return found


def _row_of(cell: tuple[tuple[str, str, str, str], int]) -> tuple[str, str, str]:
    occupation, region, month, _ = cell[0]
    return occupation, region, month


def _hidden(ages: Mapping[str, int], minimum: int) -> set[str]:
    """Return which cells of a row are hidden: alone or together they must not be told."""
    hidden = {age for age, count in ages.items() if count < minimum}
    if not hidden:
        return hidden
    rest = sorted((count, age) for age, count in ages.items() if age not in hidden)
    while len(hidden) < 2 or sum(ages[age] for age in hidden) < minimum:
        if not rest:
            # Nothing is left to hide them with: the total would tell them.
            return {*hidden, TOTAL}
        hidden.add(rest.pop(0)[1])
    return hidden


def check(cells: Iterable[Cell]) -> list[Cell]:
    """Return cells that came from elsewhere, if they reveal nobody.

    Raises:
        MalformedMessageError: a cell is no such cell, or stands twice.
        RefusedError: a count is under its minimum, or can be told by subtraction from a total.
    """
    rows: dict[tuple[str, ...], dict[str, Cell]] = {}
    found = []
    for cell in cells:
        at = rows.setdefault(cell.row, {})
        if cell.age in at or not _well_formed(cell):
            raise MalformedMessageError(
                what=Phrase("errors.told.demand.cell", cell=" ".join(map(str, cell[:6]))),
                expected=Phrase("errors.told.demand.cells"),
            )
        at[cell.age] = cell
        if cell.value is not None and (
            cell.minimum < 3
            or 0 < cell.value < cell.minimum - cell.rounding // 2
            or cell.value % cell.rounding
        ):
            raise _reveals("under", cell)
        found.append(cell)
    for at in rows.values():
        total = at.get(TOTAL)
        hidden = [cell for age, cell in at.items() if cell.value is None and age != TOTAL]
        if total is None or total.value is None or not hidden:
            continue
        shown = sum(cell.value or 0 for age, cell in at.items() if age != TOTAL)
        # Rounding moves each of them by half a step at most.
        slack = total.rounding // 2 * len(at)
        if len(hidden) < 2 or total.value - shown + slack < total.minimum:
            raise _reveals("subtraction", hidden[0])
    return found


def _well_formed(cell: Cell) -> bool:
    return bool(
        _ECONOMY.match(cell.economy)
        and OCCUPATION.match(cell.occupation)
        and MONTH.fullmatch(cell.month)
        and cell.age in (*AGES, TOTAL)
        and cell.minimum > 0
        and cell.rounding > 0
        and (cell.value is None or cell.value >= 0)
    )


def _reveals(how: str, cell: Cell) -> RefusedError:
    place = " ".join((*cell.row, cell.age))
    return RefusedError(
        what=Phrase("errors.told.demand.merging"),
        reasons=(Phrase(f"errors.told.demand.{how}", place=place, minimum=cell.minimum),),
    )


def merged(tables: Iterable[Iterable[Cell]]) -> list[Cell]:
    """Return the cells of several economies, and their sums by occupation, month and age group.

    Only what each has published is read: no row of a person moves. A sum in which one economy has
    a hidden cell is hidden too. Raises as `check`.
    """
    cells = check(cell for table in tables for cell in table)
    sums: dict[tuple[str, str, str], list[Cell]] = {}
    for cell in cells:
        if cell.economy != TOTAL:
            sums.setdefault((cell.occupation, cell.month, cell.age), []).append(cell)
    found = [cell for cell in cells if cell.economy != TOTAL]
    for (occupation, month, age), parts in sorted(sums.items()):
        values = [part.value for part in parts if part.value is not None]
        value = sum(values) if len(values) == len(parts) else None
        rules = max(part.minimum for part in parts), min(part.rounding for part in parts)
        found.append(Cell(TOTAL, occupation, TOTAL, month, age, value, *rules))
    return found


def as_csv(cells: Iterable[Cell]) -> str:
    """Return the cells as CSV with a head (RFC 4180 but for LF)."""
    return _csv(COLUMNS, (
        (*cell.row, cell.age, cell.value, HIDDEN if cell.value is None else FREE, *cell[6:])
        for cell in cells
    ))  # fmt: skip


def as_sdmx(cells: Iterable[Cell]) -> str:
    """Return the cells as SDMX-CSV 2.0; a hidden value is NaN (missing), with the status C."""
    return _csv(SDMX, (
        ("dataflow", STRUCTURE, "I", cell.economy, sdmx_code(cell.occupation), cell.region,
         SDMX_AGES.get(cell.age, cell.age), cell.month,
         *(("NaN", HIDDEN) if cell.value is None else (cell.value, FREE)))
        for cell in cells
    ))  # fmt: skip


def sdmx_code(occupation: str) -> str:
    """Return the last part of an occupation's address at ESCO, as a code of SDMX: `C0110`.

    Bare digits would not do: readers of SDMX-CSV take 0110 for the number 110.
    """
    name = occupation.rpartition("/")[2].replace(".", "_")
    return f"C{name}" if name[0].isdigit() and "-" not in name else name


def _csv(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    return out.getvalue()


def read_csv(text: str) -> Iterator[Cell]:
    """Yield the cells in CSV that `as_csv` wrote.

    Raises:
        MalformedMessageError: it has other columns, or a number is none.
    """
    # A spreadsheet that has saved the table puts a mark before it.
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise MalformedMessageError(
            what=Phrase("errors.told.demand.columns"),
            expected=Phrase("errors.told.demand.cells"),
        )
    for at in range(MAX_CELLS + 1):
        try:
            one: Any = next(reader)
            value = int(one["value"]) if one["value"] else None
            numbers = int(one["minimum"]), int(one["rounding"])
        except StopIteration:
            return
        except (csv.Error, ValueError, TypeError):
            raise _no_cell(at) from None
        # What is over the columns has no name.
        if at == MAX_CELLS or None in one or (value is None) != (one["status"] == HIDDEN):
            raise _no_cell(at)
        yield Cell(
            one["economy"], one["occupation"], one["region"], one["month"], one["age"], value,
            *numbers,
        )  # fmt: skip


def _no_cell(at: int) -> MalformedMessageError:
    return MalformedMessageError(
        what=Phrase("errors.told.demand.cell", cell=str(at + 1)),
        expected=Phrase("errors.told.demand.cells"),
    )
