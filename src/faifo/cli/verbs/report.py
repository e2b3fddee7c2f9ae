"""`faifo report`: who read what, for those who answer for the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from faifo.cli.access import run
from faifo.cli.choices import Choices, family
from faifo.cli.output import note, result
from faifo.cli.tables import table
from faifo.phrases.figures import moment, size

if TYPE_CHECKING:
    from faifo.api.reports import AccessReport, AccessRow

GROUPS = ("day", "partner", "dataset", "agreement", "purpose")
FIGURES = ("served", "refused", "bytes", "first", "last")


@family(
    "report",
    example="faifo report accesses --by partner --month 2026-11",
    short_help="Who read what, when, for which purpose.",
)
def command() -> None:
    """Reports over the books of this node."""


@command.verb(
    "accesses",
    example="faifo report accesses --by partner --month 2026-11\n"
    "faifo report accesses --by partner --by dataset --by purpose --csv > readers.csv\n"
    "faifo report accesses --by day --dataset rice-prices --since 2026-10-01",
    short_help="Who read what, and how much.",
)
@click.option("--by", type=click.Choice(GROUPS), multiple=True, default=("partner",),
              show_default=True, help="What to group by; may be repeated.")  # fmt: skip
@click.option("--month", help="The month, such as 2026-11 (default: this one).")
@click.option("--since", help="The first day, such as 2026-11-01.")
@click.option("--until", help="The last day.")
@click.option("--partner", help="Only of this DID, URL or trusted name.")
@click.option("--dataset", help="Only of this dataset.")
@click.option("--purpose", help="Only where exactly these purposes were agreed.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=1000, show_default=True)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV for a spreadsheet.")
def accesses(choices: Choices, by: tuple[str, ...], month: str | None, as_csv: bool, limit: int,
             **narrowed: str | None) -> None:  # fmt: skip
    """Say who read what, when, for which purpose and how much, those who read most first.

    Days are of UTC. The node need not be running.
    """
    from faifo.api import reports

    if month is not None:
        if narrowed["since"] or narrowed["until"]:
            raise click.UsageError(choices.say("report.month-or-days"))
        narrowed["since"], narrowed["until"] = reports.month(month)
    wanted = {name: value for name, value in narrowed.items() if value}
    by = tuple(dict.fromkeys(by))
    found = run(
        choices, lambda client: client.report_accesses(by, limit=limit, **wanted), stopped=True
    )
    if as_csv and not choices.json:
        click.echo(reports.as_csv(found), nl=False)
    else:
        result(choices, found, _lines(choices, found))
    if found.more:
        note(choices, choices.say("report.more", limit=limit))


def _lines(choices: Choices, found: AccessReport) -> list[str]:
    days = {"since": found.since, "until": found.until}
    if not found.rows:
        return [choices.say("report.none", **days)]
    rows = [
        (*_groups(found, one), one.served, one.refused, size(one.bytes), moment(one.first),
         moment(one.last))
        for one in found.rows
    ]  # fmt: skip
    total = choices.say(
        "report.total", served=found.served, refused=found.refused, size=size(found.bytes), **days
    )
    return [*table(choices, (*found.by, *FIGURES), rows), total]


def _groups(found: AccessReport, one: AccessRow) -> list[str]:
    return [str(one.name if name == "partner" and one.name else getattr(one, name) or "-")
            for name in found.by]  # fmt: skip
