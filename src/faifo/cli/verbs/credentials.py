"""`faifo credentials`: what this node can prove about its organisation, and asking for more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from faifo.cli.access import run
from faifo.cli.choices import Choices, family
from faifo.cli.output import result
from faifo.phrases.figures import moment

if TYPE_CHECKING:
    from faifo.api.credentials import Credential


@family(
    "credentials",
    example="faifo credentials request did:web:localhost%3A8090",
    short_help="See and request credentials.",
)
def command() -> None:
    """See what this node can prove, and ask an authority for more."""


@command.verb("list", example="faifo credentials list", short_help="Show what is held.")
def show(choices: Choices) -> None:
    """Show the credentials that this node holds, and whether it still presents them."""
    held = run(choices, lambda client: client.credentials(), stopped=True)
    lines = [f"{', '.join(one.types)}  {_what(choices, one)}" for one in held]
    result(choices, held, lines or [choices.say("credentials.none")])


def _what(choices: Choices, one: Credential) -> str:
    if one.withheld:
        return choices.say("credentials.withheld", issuer=one.issuer, why=one.withheld)
    return choices.say("credentials.held", issuer=one.issuer, until=moment(one.expires))


@command.verb("offers", example="faifo credentials offers", short_help="Show what is offered.")
def offers(choices: Choices) -> None:
    """Show what issuers have offered to this node; request takes up an offer."""
    found = run(choices, lambda client: client.credential_offers(), stopped=True)
    lines = [f"{', '.join(one.credentials)}  {one.issuer}, {moment(one.at)}" for one in found]
    result(choices, found, lines or [choices.say("credentials.no-offers")])


@command.verb(
    "request",
    example="faifo credentials request did:web:localhost%3A8090",
    short_help="Ask an authority for credentials.",
)
@click.argument("issuer", metavar="DID|URL")
@click.option(
    "--type", "types", multiple=True, default=("MembershipCredential",), show_default=True,
    help="The type of credential.",
)  # fmt: skip
def request(choices: Choices, issuer: str, types: tuple[str, ...]) -> None:
    """Ask an authority for credentials; a person there decides, and delivers later."""
    asked = run(choices, lambda client: client.request_credentials(issuer, types))
    line = choices.say("credentials.requested", types=", ".join(asked.types), issuer=asked.issuer)
    result(choices, asked, [line])
