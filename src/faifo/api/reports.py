"""Reports over the books: who read what, when, for which purpose, and how much."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from faifo.api.operation import Answer, Moment, Parameter, get
from faifo.errors import SettingsError
from faifo.phrases import Phrase

GROUPS = ("day", "partner", "dataset", "agreement", "purpose")
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
