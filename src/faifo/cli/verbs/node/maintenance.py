"""`faifo node maintenance`: take nothing from others for a while, and say so."""

from __future__ import annotations

import click

from faifo.cli.access import run
from faifo.cli.choices import Choices, verb
from faifo.cli.output import result
from faifo.phrases.figures import moment


@verb(
    "maintenance",
    example="faifo node maintenance on --reason 'a new disk' --until 2026-12-01T08:00Z\n"
    "faifo node maintenance off",
    short_help="Take nothing from others for a while.",
)
@click.argument("what", required=False, type=click.Choice(["on", "off"]))
@click.option("--reason", default="", help="Is told to others.")
@click.option("--until", help="When it will end, as far as is known; others come again then.")
def command(choices: Choices, what: str | None, reason: str, until: str | None) -> None:
    """Switch maintenance on or off; without a word say whether it is on.

    Others get the answer that the node is in maintenance, why, and when to come again; they try
    later, and nothing is lost. This node's own people go on. It lasts until `off`, over restarts
    too. The node need not be running.
    """
    from faifo.api.dates import read_moment

    end = read_moment("--until", until, end_of_day=False) if until else None
    if what == "on":
        now = run(choices, lambda client: client.begin_maintenance(reason, end), stopped=True)
    elif what == "off":
        now = run(choices, lambda client: client.end_maintenance(), stopped=True)
    else:
        now = run(choices, lambda client: client.maintenance(), stopped=True)
    line = choices.say("maintenance.off")
    if now.since:
        line = choices.say("maintenance.on", since=moment(now.since), reason=now.reason or "-")
    result(choices, now, [line])
