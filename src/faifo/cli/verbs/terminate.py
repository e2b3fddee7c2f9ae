"""`faifo terminate`: end a negotiation or a transfer, now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from faifo.cli.access import run
from faifo.cli.choices import Choices, verb
from faifo.cli.output import result
from faifo.errors import NotFoundError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from faifo.api.processes import Negotiation, Transfer
    from faifo.client import Client


@verb(
    "terminate",
    example="faifo terminate urn:uuid:019aab3c-0000-7000-8000-000000000000 \\\n"
    "    --reason 'the licence was withdrawn'",
    short_help="End a negotiation or a transfer.",
)
@click.argument("name", metavar="ID")
@click.option("--reason", default="", help="Is told to the other side.")
def command(choices: Choices, name: str, reason: str) -> None:
    """End the negotiation or transfer ID. Of an agreement's transfers, give each one's id."""

    async def work(client: Client) -> Negotiation | Transfer:
        try:
            ended: Negotiation | Transfer = await client.terminate(name, reason)
        except NotFoundError:
            ended = await client.terminate_negotiation(name, reason)
        return await client.settle(ended)

    try:
        ended = run(choices, work)
    except NotFoundError:
        raise NotFoundError(what=Phrase("errors.noun.process"), name=name) from None
    known = ended.state == "TERMINATED" and not ended.one_sided
    phrase = "terminate.done" if known else "terminate.telling"
    result(choices, ended, [choices.say(phrase, id=ended.pid, peer=ended.peer)])
