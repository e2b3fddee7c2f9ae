"""`faifo store`: where a node's books are, and how they come to another place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from faifo.cli.choices import Choices, family
from faifo.cli.directory import here
from faifo.cli.output import result

if TYPE_CHECKING:
    from faifo.node.custody.moving import Moved


@family("store", example="faifo store move database", short_help="Where the node's books are.")
def command() -> None:
    """Carry a node's books to a PostgreSQL database, or back to its directory."""


@command.verb(
    "move",
    example="faifo store move database\nfaifo store move directory",
    short_help="Carry the books to another place.",
)
@click.argument("to", metavar="TO", type=click.Choice(["database", "directory"]))
def move(choices: Choices, to: str) -> None:
    """Carry the node's books TO the database that store.url names, or back to the directory.

    Every table is compared before the move counts. What was left stays under another name. The
    node must not run. After the way back, remove store.url from the settings.
    """
    from faifo.node.custody.moving import move_books

    moved: Moved = move_books(here(choices), to_database=to == "database")
    facts = {"to": moved.to, "rows": moved.rows, "tables": moved.tables, "left": moved.left}
    lines = [choices.say("store.moved", **facts)]
    if to == "directory":
        lines.append(choices.say("store.settings"))
    result(choices, moved, lines)
