"""`faifo backup`: a copy of the whole node that can be started, taken while it works."""

from __future__ import annotations

from pathlib import Path

import click

from faifo.cli.choices import Choices, verb
from faifo.cli.directory import here
from faifo.cli.output import result
from faifo.phrases.figures import size


@verb(
    "backup",
    example="faifo backup /backups/vietnam-2026-11-22",
    short_help="Copy the whole node.",
)
@click.argument("target", type=click.Path(path_type=Path))
def command(choices: Choices, target: Path) -> None:
    """Copy the node to the folder TARGET: database, keys, settings, trust. It may go on working.

    The copy holds the node's private keys; only its owner can read it. Published files are not in
    it. To restore: stop the node, move its directory away, and `faifo restore TARGET`.
    """
    from faifo.node.custody.backups import copy_node

    directory = here(choices)
    made = copy_node(directory, target.absolute())
    record = {"target": str(target), "files": made.files, "bytes": made.bytes}
    line = choices.say("backup.done", target=target, files=made.files, size=size(made.bytes))
    note = choices.say("backup.restore", target=target, directory=choices.directory)
    result(choices, record, [line, note])
