"""`faifo resume`: go on with a transfer that was paused."""

from __future__ import annotations

import click

from faifo.cli.access import run
from faifo.cli.choices import Choices, verb
from faifo.cli.output import result
from faifo.cli.saying import settled


@verb(
    "resume",
    example="faifo resume urn:uuid:019aab3c-0000-7000-8000-000000000000",
    short_help="Go on with a paused transfer.",
)
@click.argument("name", metavar="TRANSFER")
def command(choices: Choices, name: str) -> None:
    """Go on with TRANSFER, which was paused; its consumer gets a new token."""
    going = run(choices, settled(lambda client: client.resume(name), "STARTED"))
    phrase = "resume.done" if going.state == "STARTED" else "resume.telling"
    result(choices, going, [choices.say(phrase, id=going.pid, peer=going.peer)])
