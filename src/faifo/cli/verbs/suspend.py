"""`faifo suspend`: pause a transfer."""

from __future__ import annotations

import click

from faifo.cli.access import run
from faifo.cli.choices import Choices, verb
from faifo.cli.output import result
from faifo.cli.saying import settled


@verb(
    "suspend",
    example="faifo suspend urn:uuid:019aab3c-0000-7000-8000-000000000000 --reason maintenance",
    short_help="Pause a transfer.",
)
@click.argument("name", metavar="TRANSFER")
@click.option("--reason", default="", help="Is told to the other side.")
def command(choices: Choices, name: str, reason: str) -> None:
    """Pause TRANSFER: its data are closed until `faifo resume`."""
    paused = run(choices, settled(lambda client: client.suspend(name, reason), "SUSPENDED"))
    phrase = "suspend.done" if paused.state == "SUSPENDED" else "suspend.telling"
    result(choices, paused, [choices.say(phrase, id=paused.pid, peer=paused.peer)])
