"""`faifo node logs`: the end of the node's log file, and what comes to it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from faifo.cli.choices import Choices, verb
from faifo.cli.directory import here
from faifo.cli.output import plain
from faifo.errors import NotFoundError, StorageError
from faifo.phrases import Phrase

PAUSE = 0.25
DEFAULT = "faifo.log"


@verb(
    "logs",
    example="faifo node logs --lines 50\nfaifo node logs --follow",
    short_help="Read the node's log file.",
)
@click.option(
    "-n", "--lines", type=click.IntRange(0, 1_000_000), default=20, show_default=True,
    help="How many of the last lines.",
)  # fmt: skip
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes, until Ctrl-C.")
@click.option(
    "--file",
    "name",
    type=click.Path(path_type=Path),
    help="The log (default: log.file of the settings).",
)
def command(choices: Choices, lines: int, follow: bool, name: Path | None) -> None:
    """Print the last lines of the node's log file, running or not.

    A node has a log file where log.file is set; else its log goes to stderr only.
    """
    from faifo.node.watching.log_file import tail

    path = name or _log_file(choices)
    try:
        for text in tail(path, lines):
            _show(choices, text)
        if follow:
            for text in following(path):
                _show(choices, text)
    except FileNotFoundError:
        raise NotFoundError(what=Phrase("errors.noun.log-file"), name=str(path)) from None
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StorageError(
            what=Phrase("errors.told.file.unreadable", path=str(path), why=error.strerror)
        ) from None


def _log_file(choices: Choices) -> Path:
    from faifo.node.settings.model import read_settings

    directory = here(choices)
    return directory.path / (read_settings(directory.settings).log.file or DEFAULT)


def _show(choices: Choices, line: bytes) -> None:
    # What stands in a log is other people's text in part.
    text = plain(line.decode("utf-8", "replace").rstrip("\n"))
    if choices.json and not text.startswith("{"):
        text = msgspec.json.encode({"line": text}).decode()
    print(text, flush=True)


def following(path: Path) -> Iterator[bytes]:
    """Yield the lines that come, also after the file was rotated or cut."""
    file = path.open("rb")
    file.seek(0, os.SEEK_END)
    rest = b""
    try:
        while True:
            rest += file.readline()
            if rest.endswith(b"\n"):
                yield rest
                rest = b""
                continue
            sys.stdout.flush()
            time.sleep(PAUSE)
            if _replaced(file, path):
                yield from file  # what came before it was moved away
                file.close()
                file, rest = path.open("rb"), b""
    finally:
        file.close()


def _replaced(file: BinaryIO, path: Path) -> bool:
    try:
        now = path.stat()
    except FileNotFoundError:
        return False
    ours = os.fstat(file.fileno())
    return not os.path.samestat(ours, now) or now.st_size < file.tell()
