"""`faifo participant`: many nodes in one installation, each of its own people."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import click
import msgspec

from faifo import clock
from faifo.cli import exit_codes
from faifo.cli.choices import Choices, family
from faifo.cli.directory import here
from faifo.cli.output import line_of, result
from faifo.cli.tables import table
from faifo.errors import ConflictError, SettingsError
from faifo.phrases import Phrase
from faifo.phrases.figures import number, size
from faifo.running import held

# A node that runs looks about every second; one that does not serve it in this time says why.
_SERVED_S: Final = 5.0
_LOOK_S: Final = 0.05


@family(
    "participant",
    example="faifo participant add tay-do --name 'Tay Do Rice' --economy VN\n"
    "faifo publish prices.csv --participant tay-do",
    short_help="Many nodes in one installation.",
)
def command() -> None:
    """Serve many participants beside the node in --dir, by its process and at its listeners.

    Each has a directory of its own, with its DID, keys, books, settings, people and console. Every
    verb works for one of them with --participant NAME.
    """


@command.verb(
    "add",
    example="faifo participant add tay-do --name 'Tay Do Rice' --economy VN\n"
    "faifo participant add osaka --public-url https://osaka.example",
    short_help="Add a participant.",
)
@click.argument("name")
@click.option("--name", "title", help="What people call it (default: NAME).")
@click.option("--economy", default="", help="The economy it belongs to, such as VN.")
@click.option("--public-url", help="Where others reach it (default: NAME below the node's URL).")
def add(
    choices: Choices, name: str, title: str | None, economy: str, public_url: str | None
) -> None:
    """Make the participant NAME: its settings, keys and books. A running node serves it at once.

    A host name of its own, with --public-url, lets it move elsewhere later without another DID.
    """
    from faifo.cli.verbs.init import check_url
    from faifo.node.custody.books import refuse_taken
    from faifo.node.custody.making import make_node
    from faifo.node.custody.participants import place_for
    from faifo.node.settings.hosted import template
    from faifo.node.settings.model import read_settings

    home = here(choices)
    path = place_for(home.path, name)
    if path.exists():
        raise ConflictError(what=Phrase("errors.told.participant.there", name=name))
    installation = read_settings(home.settings)
    url = (public_url or f"{installation.node.public_url.rstrip('/')}/{name}").rstrip("/")
    url, did, _ = check_url(url)
    if did in {installation.did, *_dids(home.path)}:
        raise ConflictError(
            what=Phrase("errors.told.participant.address", url=url),
            advice=Phrase("errors.told.participant.address-of-its-own"),
        )
    node = msgspec.structs.replace(installation.node, public_url=url)
    store = msgspec.structs.replace(installation.store, schema=None)
    refuse_taken(home, msgspec.structs.replace(installation, node=node, store=store))
    text = template(
        name=title or name,
        economy=economy.upper(),
        public_url=url,
        installation=installation,
        folder=home.path,
    )
    # Under its name only when it is whole: a running node serves what it finds.
    fresh = path.with_name(f".{name}.new")
    make_node(fresh, text)
    fresh.rename(path)
    _until_served(home.path, path)
    record = {"name": name, "did": did, "directory": str(path), "public_url": url}
    command = f"faifo status --dir {shlex.quote(str(home.path))} --participant {name}"
    result(choices, record, [choices.say("participant.added", command=command, **record)])


@command.verb("list", example="faifo participant list", short_help="Show the participants.")
def show(choices: Choices) -> int:
    """Show each participant: whether it is served, what it keeps and may keep, and what is wrong.

    Exit code 1 if one of them cannot be served.
    """
    from faifo.node.examining.participants import standings

    rows, troubles, records = [], [], []
    for one in standings(here(choices).path):
        most = f" / {size(one.bytes_limit)}" if one.bytes_limit else ""
        limit = f" / {number(one.datasets_limit, choices.lang)}" if one.datasets_limit else ""
        count = "" if one.datasets is None else f"{number(one.datasets, choices.lang)}{limit}"
        stands = choices.label(one.state)
        rows.append((one.name, stands, one.public_url, count, f"{size(one.bytes)}{most}"))
        record = {**msgspec.structs.asdict(one), "trouble": None}
        if one.trouble is not None:
            what, advice = one.trouble.words(choices.lang)
            troubles += [line_of(f"{one.name}: {what}"), f"  → {line_of(advice)}"]
            told = {"check": one.trouble.check, "facts": one.trouble.told()}
            record["trouble"] = {**told, "text": what, "advice": advice}
        records.append(record)
    lines = table(choices, ("name", "state", "url", "datasets", "size"), rows)
    result(choices, records, [*lines, *troubles] if rows else [choices.say("participant.none")])
    return exit_codes.ERROR if troubles else exit_codes.OK


@command.verb(
    "move",
    example="faifo participant move tay-do /srv/tay-do\n"
    "faifo participant move tay-do /srv/another-installation\n"
    "faifo participant move /srv/osaka",
    short_help="Carry a participant out, in or across.",
)
@click.argument("source")
@click.argument("to", type=click.Path(path_type=Path), required=False)
@click.option("--as", "new_name", help="Its name where it comes to (default: as it was).")
def move(choices: Choices, source: str, to: Path | None, new_name: str | None) -> None:
    """Carry the participant SOURCE to the directory TO, with all that it has; nothing is lost.

    TO is new, and then a node by itself; or an installation, and then it is a participant there.
    Without TO, SOURCE is the directory of a node that does not run, and comes in here. Its DID and
    its log stay as they are. What is carried is not served meanwhile; what broke off goes on when
    the same is asked again. Books in a database stay there.
    """
    from faifo.node.custody.carrying import carry
    from faifo.node.custody.directory import Directory
    from faifo.node.custody.participants import (
        leaving,
        participant,
        participants_of,
        place_for,
    )
    from faifo.node.settings.model import read_settings

    home = here(choices)
    if to is None:
        directory = Directory(Path(source).resolve())
        place, name = home.path, new_name or directory.path.name
        settings = read_settings(directory.settings)
    else:
        directory = participant(home.path, source)
        place, name = to.resolve(), new_name or source
        settings = read_settings(directory.settings)
    if participants_of(directory.path):
        raise ConflictError(
            what=Phrase("errors.told.participant.has", path=directory.path),
            advice=Phrase("errors.told.participant.first"),
        )
    begun = leaving(directory)
    inside = Directory(place).settings.exists() and (
        begun is None or Path(begun.to).resolve() != place
    )
    target = place_for(place, name) if inside else place
    carry(directory, target)
    if inside:
        _until_served(place, target)
    record = {"name": name, "did": settings.did, "directory": str(target)}
    said = "participant.moved-in" if inside else "participant.moved-out"
    lines = [choices.say(said, place=place, url=settings.node.public_url, **record)]
    result(choices, record, lines)


def _dids(home: Path) -> Iterator[str]:
    """Yield the DIDs of the participants; one that is broken has none."""
    from faifo.node.custody.participants import participants_of
    from faifo.node.settings.model import read_settings

    for one in participants_of(home):
        with suppress(SettingsError):
            yield read_settings(one.settings).did


def _until_served(home: Path, path: Path) -> None:
    """Let what is typed next find the participant, where a node runs that will serve it."""
    from faifo.client.finding import NotRunningError, find_node

    until = clock.monotonic() + _SERVED_S
    while held(home) and clock.monotonic() < until:
        try:
            find_node(path)
        except NotRunningError:
            time.sleep(_LOOK_S)
        else:
            return
