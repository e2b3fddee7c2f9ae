"""`faifo trust`: the participants that this node deals with. Works on the file, running or not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from faifo.cli.access import run
from faifo.cli.choices import Choices, family
from faifo.cli.directory import here
from faifo.cli.output import result
from faifo.cli.tables import table
from faifo.cli.verbs.stop import ended
from faifo.errors import MalformedMessageError, NotFoundError, SettingsError
from faifo.folding import composed
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from faifo.api.node import Introduction
    from faifo.client import Client
    from faifo.node.custody.trust_file import TrustedParticipant


@family(
    "trust",
    example="faifo trust add did:web:node.example.org --name 'Osaka Traders' --economy JP\n"
    "faifo trust list\n"
    "faifo trust remove 'Osaka Traders'",
    short_help="Say with whom this node deals.",
)
def command() -> None:
    """Say with whom this node deals."""


@command.verb(
    "add",
    example="faifo trust add did:web:localhost%3A8082 --name Osaka --economy JP",
    short_help="Trust a participant.",
)
@click.argument("did", metavar="DID|URL")
@click.option("--name", default="", help="What you call it; verbs take this name for the node.")
@click.option("--economy", default="", help="The economy it belongs to, such as JP.")
@click.option(
    "--needs",
    multiple=True,
    type=click.Choice(("edc-scopes", "edc-formats", "unlisted-keys", "enveloped", "unbound")),
    help="What it needs beyond the standard; several times.",
)
def add(choices: Choices, did: str, name: str, economy: str, needs: tuple[str, ...]) -> None:
    """Trust the participant with this DID, or with the node at this URL."""
    from faifo.node.custody.trust_file import TrustedParticipant, add_trust
    from faifo.trust.dcp.needs import Need

    path = _file(choices)
    did, notes = _named(choices, did)
    try:
        participant = TrustedParticipant(
            did=did, name=name, economy=economy, needs=tuple(Need(one) for one in needs)
        )
        add_trust(path, participant)
    except MalformedMessageError as error:
        raise SettingsError(what=error.what, expected=error.expected) from None
    result(choices, _view(participant), [choices.say("trust.added", did=did), *notes])


@command.verb(
    "issuer",
    example="faifo trust issuer did:web:localhost%3A8090 --recognises",
    short_help="Believe an issuer of credentials.",
)
@click.argument("did", metavar="DID|URL")
@click.option(
    "--type", "types", multiple=True, default=("MembershipCredential",), show_default=True,
    help="Believe it for this type of credential.",
)  # fmt: skip
@click.option("--recognises", is_flag=True, help="Believe those, too, that it recognises.")
def issuer(choices: Choices, did: str, types: tuple[str, ...], recognises: bool) -> None:
    """Believe the credentials of this issuer. They count where trust.mode is credentials."""
    from faifo.node.custody.trust_file import TrustedIssuer, add_issuer

    path = _file(choices)
    did, notes = _named(choices, did)
    add_issuer(path, TrustedIssuer(did=did, types=types, recognises=recognises))
    record = {"did": did, "types": list(types), "recognises": recognises}
    said = choices.say("trust.issuer", did=did, types=", ".join(types))
    result(choices, record, [said, *notes])


@command.verb(
    "pair",
    example="faifo trust pair\n"
    "faifo trust pair 'https://rice.example.org/p/pair?name=Rice' --fingerprint 'abcd efgh …'",
    short_help="Trust each other by a link.",
)
@click.argument("link", required=False)
@click.option("--fingerprint", help="What the other side has read to you: trust it, if it is so.")
@click.option("--name", help="What you call it (default: as the link says).")
@click.option("--economy", help="The economy it belongs to (default: as the link says).")
def pair(
    choices: Choices,
    link: str | None,
    fingerprint: str | None,
    name: str | None,
    economy: str | None,
) -> None:
    """Show this node's own link and fingerprint, or who is behind the LINK of another.

    Send your link to the other side, compare fingerprints by telephone, and confirm: both sides do.
    """

    async def work(client: Client) -> Introduction:
        met = await client.introduction(link or "")
        if not (link and fingerprint):
            return met
        called, where = (name or met.name, economy or met.economy)
        return await client.trust(link, fingerprint, name=called, economy=where)

    met = run(choices, work, stopped=True)
    key = "own" if not link else "trusted" if met.trusted else "met"
    facts = {"did": met.did, "name": met.name, "fingerprint": met.fingerprint, "link": met.link}
    result(choices, met, choices.say(f"pairing.{key}", **facts).splitlines())


@command.verb("list", example="faifo trust list", short_help="Show who is trusted.")
def show(choices: Choices) -> None:
    """Show the participants that this node deals with."""
    from faifo.node.custody.trust_file import read_trust

    entries = read_trust(_file(choices))
    rows = [(entry.did, entry.name or "-", entry.economy) for entry in entries]
    lines = table(choices, ("did", "name", "economy"), rows)
    views = [_view(entry) for entry in entries]
    result(choices, views, lines or [choices.say("trust.nobody")])


@command.verb(
    "remove",
    example="faifo trust remove Osaka\nfaifo trust remove did:web:localhost%3A8082",
    short_help="No longer trust a participant.",
)
@click.argument("name", metavar="DID|URL|NAME")
def remove(choices: Choices, name: str) -> None:
    """No longer trust the participant with this DID, URL or name: its next message is refused.

    Its agreements and transfers end, and it is told. The node need not be running.
    """
    from faifo.node.custody.trust_file import read_trust, write_trust

    path = _file(choices)
    entries = read_trust(path)
    wanted = composed(_named(choices, name)[0])
    gone = [entry for entry in entries if wanted in {entry.did, composed(entry.name)}]
    if not gone:
        raise NotFoundError(what=Phrase("errors.noun.participant"), name=name)
    if len(gone) > 1:
        raise SettingsError(
            what=Phrase("errors.told.trust.several", gone=len(gone), name=name),
            expected=Phrase("errors.told.trust.one", dids=", ".join(entry.did for entry in gone)),
        )
    write_trust(path, tuple(entry for entry in entries if entry is not gone[0]))
    did = gone[0].did
    why = choices.say("trust.why")
    done = run(
        choices, lambda client: client.stop("partner", did, why, lasting=False), stopped=True
    )
    lines = [choices.say("trust.removed", did=did), ended(choices, done)]
    result(choices, _view(gone[0]), lines)


def _named(choices: Choices, node: str) -> tuple[str, list[str]]:
    """Return the DID of a DID or URL, and what to say of one that its node hardly has."""
    from faifo.trust.did import did_of_node_url, did_web_place

    try:
        if node.startswith(("http://", "https://")):
            return did_of_node_url(node.rstrip("/")), []
        if not node.startswith("did:web:"):
            return node, []
        usual = did_of_node_url(f"https://{did_web_place(node)}")
    except MalformedMessageError as error:
        raise SettingsError(what=error.what, expected=error.expected) from None
    return node, [] if usual == node else [choices.say("trust.spelt", did=node, usual=usual)]


def _file(choices: Choices) -> Path:
    return here(choices).trust


def _view(entry: TrustedParticipant) -> dict[str, object]:
    view: dict[str, object] = {"did": entry.did, "name": entry.name, "economy": entry.economy}
    return {**view, "needs": list(entry.needs)} if entry.needs else view
