"""`faifo stop`: end what stands on a partner, a dataset or an agreement, and refuse it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from faifo.cli.access import run
from faifo.cli.choices import Choices, verb
from faifo.cli.output import result
from faifo.cli.saying import said_why
from faifo.cli.tables import table

if TYPE_CHECKING:
    from faifo.api.stops import Stopped

KINDS = ("partner", "dataset", "agreement")


@verb(
    "stop",
    example="faifo stop partner osaka --reason 'the contract was cancelled'\n"
    "faifo stop\n"
    "faifo stop --lift partner osaka",
    short_help="Stop a partner, a dataset or an agreement.",
)
@click.argument("kind", type=click.Choice(KINDS), required=False)
@click.argument("name", required=False)
@click.option("--reason", default="", help="Is told to the other side.")
@click.option("--lift", is_flag=True, help="Refuse it no longer; what has ended stays ended.")
def command(choices: Choices, kind: str | None, name: str | None, reason: str, lift: bool) -> None:
    """End all agreements and transfers of NAME now, and refuse it until that is lifted.

    What runs is broken off and the other side is told. Without NAME: show what is stopped.

    The node need not be running.
    """
    if kind is None and not lift:
        found = run(choices, lambda client: client.stops(), stopped=True)
        rows = [
            (one.kind, one.name, str(one.since)[:19], said_why(choices, [one.reason]))
            for one in found
        ]
        lines = table(choices, ("kind", "name", "since", "reason"), rows)
        how = [choices.say("stop.lift")] if rows else [choices.say("stop.nothing")]
        result(choices, found, [*lines, *how])
    elif kind is None or name is None:
        raise click.UsageError(choices.say("stop.of-what"))
    elif lift:
        lifted = run(choices, lambda client: client.lift_stop(kind, name), stopped=True)
        result(choices, lifted, [choices.say("stop.lifted", kind=kind, name=lifted.name)])
    else:
        done = run(choices, lambda client: client.stop(kind, name, reason), stopped=True)
        result(choices, done, [choices.say("stop.done", name=done.name), ended(choices, done)])


def ended(choices: Choices, done: Stopped) -> str:
    """Return the line that says what ended."""
    return choices.say(
        "stop.ended",
        agreements=len(done.agreements),
        negotiations=len(done.negotiations),
        transfers=len(done.transfers),
    )
