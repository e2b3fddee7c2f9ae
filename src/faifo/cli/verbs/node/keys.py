"""`faifo node keys`: the keys as files; a running node reads them at its next start."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from faifo.cli.choices import Choices, family
from faifo.cli.directory import here
from faifo.cli.output import result
from faifo.cli.tables import table
from faifo.errors import SettingsError
from faifo.phrases import Phrase
from faifo.phrases.figures import moment
from faifo.running import held

if TYPE_CHECKING:
    from faifo.node.custody.directory import Directory
    from faifo.node.custody.keyring import KeyFacts

PURPOSES = ("token", "presentation", "credential")
USUAL_HOURS = 24


@family(
    "keys",
    example="faifo node keys list\nfaifo node keys rotate",
    short_help="Look at the node's keys, or change them.",
)
def command() -> None:
    """Look at the node's keys, or change them."""


@command.verb("list", example="faifo node keys list", short_help="Show the node's keys.")
def show(choices: Choices) -> None:
    """Show the node's keys: what each is for, since when, and how long others still find it."""
    from faifo import clock
    from faifo.node.custody.keyring import list_keys

    directory = here(choices)
    keys = list_keys(directory.keys, now=clock.now())
    rows = [
        (key.id, choices.label(key.purpose), moment(key.created), _state(choices, key))
        for key in keys
    ]
    lines = table(choices, ("key", "purpose", "created", "state"), rows)
    result(choices, [_view(key) for key in keys], lines)


@command.verb(
    "rotate",
    example="faifo node keys rotate\nfaifo node keys rotate --purpose credential",
    short_help="Make a new key and retire the old one.",
)
@click.option("--purpose", type=click.Choice(PURPOSES), default="token", show_default=True)
@click.option(
    "--overlap-hours",
    type=click.IntRange(0, 24 * 3661),
    help="How long the old key stays in the DID document, for what it has signed already:"
    " 24, or for credentials as long as the longest of them is good.",
)
def rotate(choices: Choices, purpose: str, overlap_hours: int | None) -> None:
    """Make a new key; the old one stays published for a while.

    The node publishes both at once, and signs with the new one soon after its next start, so that
    no partner meets a key it cannot find. The purpose is what the key signs: this node's messages
    (token), what it shows of its credentials (presentation), or what it issues (credential).
    If the old key may be in wrong hands, give --overlap-hours 0.
    """
    from faifo import clock
    from faifo.node.custody.keyring import list_keys, rotate_key
    from faifo.trust.keys import KeyPurpose

    directory = here(choices)
    now = clock.now()
    if not any(key.purpose == purpose for key in list_keys(directory.keys, now=now)):
        raise SettingsError(
            what=Phrase("errors.told.keys.none", purpose=purpose),
            expected=Phrase("errors.told.keys.purpose"),
        )
    if overlap_hours is None:
        overlap_hours = _longest(directory) if purpose == "credential" else USUAL_HOURS
    made = rotate_key(
        directory.keys, KeyPurpose(purpose), now=now, overlap=timedelta(hours=overlap_hours)
    )
    running = held(directory.path)
    record = {"key": made, "purpose": purpose, "restart": running}
    until = moment(now + timedelta(hours=overlap_hours))
    lines = [choices.say("keys.rotated", name=made, until=until)]
    if running:
        lines.append(choices.say("keys.restart", directory=choices.directory))
    result(choices, record, lines)


def _longest(directory: Directory) -> int:
    """Return how many hours the longest credential that this authority issues is good."""
    from faifo.node.membership.authority import read_programme

    programme = read_programme(directory.path)
    return 24 * max(one.days for one in programme.authority.type)


def _state(choices: Choices, key: KeyFacts) -> str:
    if key.state == "overlap":
        return choices.say("keys.overlap", until=moment(key.retired))
    return choices.say(f"keys.{key.state}")


def _view(key: KeyFacts) -> dict[str, object]:
    return {
        "id": key.id,
        "purpose": key.purpose,
        "created": key.created,
        "retired": key.retired,
        "state": key.state,
    }
