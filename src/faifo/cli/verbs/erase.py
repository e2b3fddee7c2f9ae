"""`faifo erase`: what leaves of the log stand for goes; that they are there stays proven."""

from __future__ import annotations

from typing import get_args

import click

from faifo.api.evidence import Why
from faifo.cli.access import run
from faifo.cli.choices import Choices, verb
from faifo.cli.output import result
from faifo.phrases import say


@verb(
    "erase",
    example="faifo erase urn:uuid:019aab3c-0000-7000-8000-000000000000 --reason request --yes",
    short_help="Erase the records under an agreement.",
)
@click.argument("agreement")
@click.option(
    "--reason",
    type=click.Choice(get_args(Why)),
    required=True,
    help="Why; it stands in the log for good.",
)
@click.option("--process", help="Only what a transfer or negotiation left.")
@click.option("--place", type=click.IntRange(0), help="Only one leaf of this node's log.")
@click.option(
    "--log", help="Only of this log of the node, as receipts name it; a place alone: the newest."
)
@click.option("--yes", is_flag=True, help="It cannot be undone, and is meant.")
def command(
    choices: Choices,
    agreement: str,
    reason: str,
    process: str | None,
    place: int | None,
    log: str | None,
    *,
    yes: bool,
) -> None:
    """Remove records and salts under AGREEMENT, so that nobody can tell what its leaves stand for.

    Receipts stay true: the leaf is in the log. The other side is asked to do likewise, and that it
    was erased is written down. The agreement itself stays.
    """
    if not yes:
        raise click.UsageError(say("cli.usage.erase-unasked", "en"))
    done = run(
        choices,
        lambda client: client.erase(agreement, reason, process=process, number=place, log=log),
        stopped=True,
    )
    facts = {"count": len(done.places), "theirs": done.theirs, "peer": done.peer}
    lines = [choices.say("erase.done", **facts)]
    lines.append(choices.say("erase.clean" if done.clean else "erase.busy"))
    lines += [choices.say("erase.copy", copy=one) for one in done.copies]
    result(choices, done, lines)
