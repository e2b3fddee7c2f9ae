"""Reports over the books: who read what, when, for which purpose, and how much."""

from __future__ import annotations

import csv
import io
from calendar import monthrange
from datetime import date

from faifo.api.operation import Answer, Moment, Parameter, get
from faifo.errors import SettingsError
from faifo.phrases import Phrase
from faifo.phrases.figures import moment

GROUPS = ("day", "partner", "dataset", "agreement", "purpose")
FIGURES = ("served", "refused", "bytes", "first", "last")
MOST = 10_000


class AccessRow(Answer, frozen=True, kw_only=True):
    """The accesses of one group; what it is not grouped by is None.

    `partner` is a DID, or of a guest `mailto:` and the address; `name` what the trust file calls
    it. `purpose`: those that were agreed, with semicolons; "" where none were. `bytes` of bodies.
    """

    day: str | None
    partner: str | None
    name: str
    dataset: str | None
    agreement: str | None
    purpose: str | None
    served: int
    refused: int
    bytes: int
    first: Moment
    last: Moment


class AccessReport(Answer, frozen=True, kw_only=True):
    """From the day `since` to the day `until`, both within (UTC).

    `rows` by who read most, or by day; `more` tells that there are further ones. `served`,
    `refused` and `bytes` are of all.
    """

    since: str
    until: str
    by: tuple[str, ...]
    rows: tuple[AccessRow, ...]
    more: bool
    served: int
    refused: int
    bytes: int


def month(text: str) -> tuple[str, str]:
    """Return the first and the last day of a month such as `2026-11`.

    Raises:
        SettingsError: it is no month.
    """
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise SettingsError(
            what=Phrase("errors.told.option.is", option="--month", text=text),
            expected=Phrase("errors.told.report.month"),
        ) from None
    last = first.replace(day=monthrange(first.year, first.month)[1])
    return first.isoformat(), last.isoformat()


def read_groups(text: str) -> tuple[str, ...]:
    """Return what a report is grouped by: names of `GROUPS` with commas.

    Raises:
        SettingsError: there is another name in it, or one twice.
    """
    names = tuple(one.strip() for one in text.split(","))
    if set(names) - set(GROUPS) or len(set(names)) < len(names):
        raise SettingsError(
            what=Phrase("errors.told.option.is", option="by", text=text[:100]),
            expected=Phrase("errors.told.report.groups", known=", ".join(GROUPS)),
        )
    return names


def as_csv(found: AccessReport) -> str:
    """Return the rows for a spreadsheet. Spec: RFC 4180 §2."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    pairs = (("partner", "name") if group == "partner" else (group,) for group in found.by)
    names = [name for pair in pairs for name in pair]
    writer.writerow([*names, *FIGURES])
    for one in found.rows:
        told = [_cell(getattr(one, name)) for name in names]
        times = [moment(one.first), moment(one.last)]
        writer.writerow([*told, one.served, one.refused, one.bytes, *times])
    return text.getvalue()


def _cell(value: object) -> str:
    """Return a text that a spreadsheet does not take for a formula: partners wrote it."""
    text = "".join(sign if sign.isprintable() else " " for sign in str(value or ""))
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


GET_ACCESSES = get(
    "reportAccesses",
    "/reports/accesses",
    "who read what, when, for which purpose and how much, by groups",
    AccessReport,
    query=(
        Parameter(
            "by", f"what to group by, with commas: {', '.join(GROUPS)}; `partner` unless said"
        ),
        Parameter(
            "since", "the first day, such as 2026-11-01; the first of this month unless said"
        ),
        Parameter("until", "the last day; today unless said"),
        Parameter("partner", "only of this DID, URL or trusted name"),
        Parameter("dataset", "only of this dataset"),
        Parameter("purpose", "only where exactly these purposes were agreed"),
        Parameter("limit", "how many rows, at most", least=1, most=MOST),
    ),
)
