"""`faifo invite`: a link for somebody without a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from faifo.cli.access import run
from faifo.cli.choices import Choices, verb
from faifo.cli.output import fields, result
from faifo.cli.tables import table
from faifo.phrases.figures import moment

if TYPE_CHECKING:
    from faifo.api.guests import Invitation
    from faifo.client import Client

COLUMNS = ("created", "state", "id", "dataset", "until", "used", "guest", "email", "note")


@verb(
    "invite",
    example="faifo invite rice-prices --until 2026-12-31 --count 5 --note 'for Dr Lan'\n"
    "faifo invite --list\n"
    "faifo invite --revoke urn:uuid:019aab3c-0000-7000-8000-000000000000",
    short_help="A link for somebody without a node.",
)
@click.argument("dataset", required=False)
@click.option("--until", metavar="DATE", help="When it ends: a date, or a time with a zone.")
@click.option("--count", type=click.IntRange(1, 1_000_000), help="For so many requests at most.")
@click.option("--note", default="", help="For whom it is, for your own books.")
@click.option("--list", "listed", is_flag=True, help="Show the invitations.")
@click.option("--revoke", metavar="ID", help="End an invitation, and what was agreed by it.")
def command(choices: Choices, dataset: str | None, until: str | None, count: int | None,
            note: str, listed: bool, revoke: str | None) -> None:  # fmt: skip
    """Make a link by which somebody without a node agrees to the terms of DATASET and reads it.

    Whoever has the link can use it: send it as you would send the data. It is shown this once. Each
    access is booked; it ends by date, by count, or with `faifo stop`. Terms that want a proof that
    a guest cannot give are refused. The node need not be running to invite.
    """
    if sum((dataset is not None, listed, revoke is not None)) != 1:
        raise click.UsageError(choices.say("invite.one"))
    if listed:
        found = run(choices, _all, stopped=True)
        rows = [_row(choices, one) for one in found]
        result(choices, found, table(choices, COLUMNS, rows) or [choices.say("invite.none")])
    elif revoke is not None:
        ended = run(choices, lambda client: client.revoke_invitation(revoke), stopped=True)
        result(choices, ended, [choices.say("invite.revoked", id=ended.id)])
    elif until is None:
        raise click.UsageError(choices.say("invite.until"))
    else:
        from faifo.api.dates import read_moment

        end = read_moment("--until", until, end_of_day=True)
        name = dataset or ""
        made = run(
            choices, lambda client: client.invite(name, end, count=count, note=note), stopped=True
        )
        pairs = [(one, getattr(made, one)) for one in ("id", "dataset", "count", "note")]
        lines = [made.url, *fields(choices, [*pairs, ("until", moment(made.until))])]
        result(choices, made, [*lines, choices.say("invite.once")])


async def _all(client: Client) -> list[Invitation]:
    return [one async for one in client.invitations()]


def _row(choices: Choices, one: Invitation) -> tuple[object, ...]:
    used = str(one.used) if one.count is None else f"{one.used}/{one.count}"
    return (
        moment(one.created), choices.label(one.state), one.id, one.dataset, moment(one.until), used,
        one.guest or "-", one.email or "-", one.note or "-",
    )  # fmt: skip
