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
@click.option(
    "--keys", type=click.Path(path_type=Path), help="Where the keys of its months are kept."
)
def command(choices: Choices, target: Path, keys: Path | None) -> None:
    """Copy the node to the folder TARGET: database, keys, settings, trust. It may go on working.

    The copy holds the node's private keys; only its owner can read it. Published files are not in
    it. To restore: stop the node, move its directory away, and `faifo restore TARGET`.

    The copy of an installation holds its participants, too; with --participant it is of one alone.

    What leaves of the log stand for is sealed under a key per month. The keys are in the folder
    faifo-backup-keys beside TARGET, or in --keys: keep them apart from the copy. Whoever deletes a
    month's key closes that month in every backup, for good.
    """
    from faifo.node.custody.backups import KEYS, copy_node

    directory = here(choices)
    keys = (keys or target.absolute().parent / KEYS).absolute()
    made = copy_node(directory, target.absolute(), keys)
    record = {
        "target": str(target), "files": made.files, "bytes": made.bytes, "keys": str(keys),
    }  # fmt: skip
    line = choices.say("backup.done", target=target, files=made.files, size=size(made.bytes))
    note = choices.say("backup.restore", target=target, directory=choices.directory)
    result(choices, record, [line, note, choices.say("backup.keys", keys=keys)])
