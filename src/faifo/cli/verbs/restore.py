"""`faifo restore`: a node from its backup, with a log that nobody can take for the one before."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from faifo.cli.choices import Choices, verb
from faifo.cli.directory import here
from faifo.cli.output import result


@verb(
    "restore",
    example="faifo restore /backups/vietnam-2026-11-22 --dir vietnam\nfaifo restore --dir vietnam",
    short_help="Put a backup back.",
)
@click.argument("backup", type=click.Path(path_type=Path), required=False)
@click.option(
    "--keys",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Where the keys of its months are kept.",
)
def command(choices: Choices, backup: Path | None, keys: Path | None) -> None:
    """Copy BACKUP to the directory of a node, which must be empty, and begin a new log there.

    Partners may hold proofs of what the node did after the backup; its log cannot continue as if
    they did not. The new log says which one it follows. Without BACKUP the directory itself is what
    was restored, by other means. The node must not run.

    Participants that are in BACKUP are put back with it, each with a new log of its own.

    The keys of its months are looked for beside BACKUP in the folder faifo-backup-keys, or in
    --keys. Without its key, what is private of a month is gone.
    """
    from faifo.node.custody.participants import participants_of
    from faifo.node.receipts.restoring import put_back, succeed

    lost: list[str] = []
    if backup is not None:
        lost = put_back(backup.absolute(), Path(choices.directory).absolute(), keys)
    directory = here(choices)
    done = asyncio.run(succeed(directory))
    for one in participants_of(directory.path) if backup is not None else ():
        asyncio.run(succeed(one))
    code = "restore.succeeded" if done.origin else "restore.done"
    facts = {"former": done.former, "size": done.size, "origin": done.origin}
    lines = [choices.say(code, **facts)]
    if lost:
        lines.append(choices.say("restore.lost", months=", ".join(lost)))
    result(choices, {**facts, "lost": lost}, lines)
