"""`faifo exchange`: negotiate in person; pause what runs between two nodes, or end it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import click

from faifo.cli.access import run
from faifo.cli.asking import accepting
from faifo.cli.choices import Choices, family
from faifo.cli.output import result
from faifo.cli.saying import settled
from faifo.cli.terms import term_options, terms_given
from faifo.errors import NotFoundError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from faifo.api.processes import Negotiation, Transfer
    from faifo.client import Client


@family(
    "exchange",
    example="faifo exchange suspend urn:uuid:019aab3c-0000-7000-8000-000000000000\n"
    "faifo exchange resume urn:uuid:019aab3c-0000-7000-8000-000000000000",
    short_help="Negotiate, and pause or end what runs.",
)
def command() -> None:
    """Negotiate under terms of your own, and pause, resume or end what runs."""


@command.verb(
    "suspend",
    example="faifo exchange suspend urn:uuid:019aab3c-0000-7000-8000-000000000000 \\\n"
    "    --reason maintenance",
    short_help="Pause a transfer or an agreement.",
)
@click.argument("name", metavar="ID")
@click.option("--reason", default="", help="Is told to the other side.")
def suspend(choices: Choices, name: str, reason: str) -> None:
    """Pause the transfer or agreement ID: its data are closed until `faifo exchange resume`."""
    try:
        paused = run(choices, settled(lambda client: client.suspend(name, reason), "SUSPENDED"))
    except NotFoundError:
        return _changed(choices, name, "suspend", reason)
    phrase = "suspend.done" if paused.state == "SUSPENDED" else "suspend.telling"
    return result(choices, paused, [choices.say(phrase, id=paused.pid, peer=paused.peer)])


@command.verb(
    "resume",
    example="faifo exchange resume urn:uuid:019aab3c-0000-7000-8000-000000000000",
    short_help="Go on with what was paused.",
)
@click.argument("name", metavar="ID")
def resume(choices: Choices, name: str) -> None:
    """Go on with the transfer or agreement ID, which was paused; a transfer gets a new token.

    An agreement is resumed by who suspended it. Its transfers stay paused until they are resumed.
    """
    try:
        going = run(choices, settled(lambda client: client.resume(name), "STARTED"))
    except NotFoundError:
        return _changed(choices, name, "resume", "")
    phrase = "resume.done" if going.state == "STARTED" else "resume.telling"
    return result(choices, going, [choices.say(phrase, id=going.pid, peer=going.peer)])


@command.verb(
    "amend",
    example="faifo exchange amend urn:uuid:019aab3c-0000-7000-8000-000000000000 \\\n"
    "    urn:uuid:019aab3d-0000-7000-8000-000000000000",
    short_help="Put an agreement in the place of another.",
)
@click.argument("name", metavar="OLD")
@click.argument("replacement", metavar="NEW")
def amend(choices: Choices, name: str, replacement: str) -> None:
    """End the agreement OLD because NEW, with the same partner about the same dataset, replaces it.

    NEW comes of a negotiation of its own; see `faifo exchange propose`. The other side is told.
    """
    _changed(choices, name, "amend", "", replacement=replacement)


def _changed(
    choices: Choices, name: str, action: str, reason: str, *, replacement: str | None = None
) -> None:
    kept = run(
        choices,
        lambda client: client.change_agreement(name, action, reason, replacement=replacement),
    )
    said = choices.say(f"exchange.{action}", id=kept.id, other=replacement or "")
    result(choices, kept, [said])


@command.verb(
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


@command.verb(
    "propose",
    example="faifo exchange propose provider rice-prices --until 2026-12-31 --purpose research",
    short_help="Ask for a dataset under terms of your own.",
)
@click.argument("node")
@click.argument("dataset")
@click.option("--offer", help="The id of the offer that yours answers, where there are several.")
@term_options
def propose(choices: Choices, node: str, dataset: str, offer: str | None, **given: Any) -> None:
    """Negotiate for DATASET of NODE with an offer of your own: the options are all its terms.

    A Faifo node agrees to what is not wider than its own offer, and says of the rest why not.
    """
    terms = terms_given(given)
    purpose = next(iter(terms.purposes), None)

    _agreed(
        choices,
        lambda client: client.negotiate(node, dataset, purpose=purpose, offer=offer, terms=terms),
    )


@command.verb(
    "counter",
    example="faifo exchange counter urn:uuid:019aab3c-0000-7000-8000-000000000000 \\\n"
    "    --purpose research",
    short_help="Answer a proposal with your own.",
)
@click.argument("name", metavar="NEGOTIATION")
@term_options
def counter(choices: Choices, name: str, **given: Any) -> None:
    """Answer what the other side has proposed in NEGOTIATION with terms of your own.

    As consumer you answer a provider's offer; as provider a request that still waits for a person
    of yours. `faifo show NEGOTIATION` says what differs.
    """
    terms = terms_given(given)
    said = run(choices, lambda client: client.counter_offer(name, terms))
    phrase = "exchange.agreed" if said.agreement else "exchange.countered"
    told = choices.say(phrase, id=said.agreement or said.pid, peer=said.peer)
    result(choices, said, [told])


@command.verb(
    "accept",
    example="faifo exchange accept urn:uuid:019aab3c-0000-7000-8000-000000000000",
    short_help="Accept a provider's offer.",
)
@click.argument("name", metavar="NEGOTIATION")
@accepting
def accept(choices: Choices, name: str, accept_terms: tuple[str, ...]) -> None:
    """Accept the offer that waits for a person in NEGOTIATION; see `faifo list negotiations`."""
    _agreed(choices, lambda client: client.accept_offer(name, accept_terms=accept_terms))


def _agreed(choices: Choices, work: Callable[[Client], Awaitable[Negotiation]]) -> None:
    done = run(choices, work)
    result(choices, done, [choices.say("exchange.agreed", id=done.agreement, peer=done.peer)])


@command.verb(
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
