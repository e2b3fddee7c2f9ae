"""A person's passphrase: typed at a terminal, or in a file; never an argument."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from faifo.cli.choices import Choices
from faifo.errors import SettingsError, StorageError
from faifo.phrases import Phrase

MOST_BYTES = 4096

option: Callable[[Any], Any] = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file whose first line is the passphrase (default: it is asked for).",
)


def read(choices: Choices, file: Path | None, *, new: bool = False) -> str:
    """Return the passphrase; a new one is asked for twice.

    Raises:
        SettingsError: there is neither a file nor a terminal, or the file is empty.
        StorageError: the file cannot be read.
    """
    if file is not None:
        return _first_line(file)
    if not sys.stdin.isatty():
        raise SettingsError(
            what=Phrase("errors.told.passphrase.nowhere"),
            expected=Phrase("errors.told.passphrase.where"),
        )
    again = choices.say("people.again") if new else False
    found: str = click.prompt(
        choices.say("people.passphrase"), hide_input=True, confirmation_prompt=again, err=True
    )
    return found


def _first_line(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            lines = opened.read(MOST_BYTES).decode().splitlines()
    except OSError as error:
        raise StorageError(
            what=Phrase("errors.told.file.unreadable", path=str(file), why=error.strerror)
        ) from None
    except UnicodeDecodeError:
        lines = []
    if not lines or not lines[0]:
        raise SettingsError(
            what=Phrase("errors.told.passphrase.empty", path=str(file)),
            expected=Phrase("errors.told.passphrase.line"),
        )
    return lines[0]
