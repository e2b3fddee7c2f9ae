"""`faifo exchange`: pause what runs between two nodes, go on with it, or end it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from faifo.cli.access import run
from faifo.cli.choices import Choices, Family, verb
from faifo.cli.output import result
from faifo.cli.saying import settled
from faifo.errors import NotFoundError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from faifo.api.processes import Negotiation, Transfer
    from faifo.client import Client


@click.group("exchange", cls=Family, short_help="Pause, resume or end an exchange.")
def command() -> None:
    """Pause a transfer, go on with it, or end a transfer or a negotiation.

    \b
    Example:
      faifo exchange suspend urn:uuid:019aab3c-0000-7000-8000-000000000000
      faifo exchange resume urn:uuid:019aab3c-0000-7000-8000-000000000000
    """  # noqa: D301 - click wants the character itself


@verb(
    "suspend",
    example="faifo exchange suspend urn:uuid:019aab3c-0000-7000-8000-000000000000 \\\n"
    "    --reason maintenance",
    short_help="Pause a transfer.",
)
@click.argument("name", metavar="TRANSFER")
@click.option("--reason", default="", help="Is told to the other side.")
def suspend(choices: Choices, name: str, reason: str) -> None:
    """Pause TRANSFER: its data are closed until `faifo exchange resume`."""
    paused = run(choices, settled(lambda client: client.suspend(name, reason), "SUSPENDED"))
    phrase = "suspend.done" if paused.state == "SUSPENDED" else "suspend.telling"
    result(choices, paused, [choices.say(phrase, id=paused.pid, peer=paused.peer)])


@verb(
    "resume",
    example="faifo exchange resume urn:uuid:019aab3c-0000-7000-8000-000000000000",
    short_help="Go on with a paused transfer.",
)
@click.argument("name", metavar="TRANSFER")
def resume(choices: Choices, name: str) -> None:
    """Go on with TRANSFER, which was paused; its consumer gets a new token."""
    going = run(choices, settled(lambda client: client.resume(name), "STARTED"))
    phrase = "resume.done" if going.state == "STARTED" else "resume.telling"
    result(choices, going, [choices.say(phrase, id=going.pid, peer=going.peer)])


@verb(
    "terminate",
    example="faifo exchange terminate urn:uuid:019aab3c-0000-7000-8000-000000000000 \\\n"
    "    --reason 'the licence was withdrawn'",
    short_help="End a negotiation or a transfer.",
)
@click.argument("name", metavar="ID")
@click.option("--reason", default="", help="Is told to the other side.")
def terminate(choices: Choices, name: str, reason: str) -> None:
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


@verb(
    "token",
    example="faifo exchange token urn:uuid:019aab3c-0000-7000-8000-000000000000",
    short_help="Print endpoint and token for your own client.",
)
@click.argument("name", metavar="AGREEMENT|TRANSFER")
@click.option("--renew", is_flag=True, help="A new one, also where one is good.")
def token(choices: Choices, name: str, renew: bool) -> None:
    """Print where your own client gets the data of AGREEMENT or TRANSFER, and its token, a secret.

    The same command gives a new token when the old one is about to end. Each is written into the
    journal.
    """
    given = run(choices, lambda client: client.token(name, renew=renew))
    lines = [given.endpoint, f"Authorization: {given.authorization}"]
    if given.expires is not None:
        lines.append(choices.say("exchange.expires", until=given.expires))
    result(choices, given, lines)


command.add_command(token)
command.add_command(suspend)
command.add_command(resume)
command.add_command(terminate)
