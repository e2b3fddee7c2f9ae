"""The participants of an installation: each a node's directory of its own below `participants`.

A name begins with a letter, so what is half made or half carried, and begins with a dot, is none.
While `leaving.json` is in a directory nobody serves it: it is being carried to another place.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import msgspec

from faifo.errors import ConflictError, NotFoundError, SettingsError
from faifo.node.custody.directory import Directory
from faifo.node.settings.hosted import FOLDER, installation_of
from faifo.phrases import Phrase

LEAVING: Final = "leaving.json"
# What stands at the beginning of a node's own public paths, whose address a participant extends.
RESERVED: Final = frozenset({"data", "dcp", "dsp", "faifo", "health", "inbox", "log", "p"})

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")


class Leaving(msgspec.Struct, frozen=True):
    """Where a participant is being carried to."""

    to: str


def participants_of(installation: Path) -> list[Directory]:
    """Return the participants' directories, by name; whether one can be served is not looked at."""
    try:
        found = sorted((installation / FOLDER).iterdir())
    except FileNotFoundError:
        return []
    return [Directory(one) for one in found if _NAME.fullmatch(one.name) and one.is_dir()]


def participant(installation: Path, name: str) -> Directory:
    """Return the directory of the participant `name`.

    Raises:
        NotFoundError: there is none of that name.
    """
    if _NAME.fullmatch(name):
        directory = Directory(installation / FOLDER / name)
        if directory.settings.exists():
            return directory
    raise NotFoundError(what=Phrase("errors.noun.hosted"), name=name)


def place_for(installation: Path, name: str) -> Path:
    """Return where a new participant `name` is to be; whether something is there is not looked at.

    Raises:
        SettingsError: it is no name for one, or there is no installation.
    """
    if not _NAME.fullmatch(name) or name in RESERVED:
        raise SettingsError(
            what=Phrase("errors.told.participant.name", name=name),
            expected=Phrase("errors.told.participant.names", reserved=", ".join(sorted(RESERVED))),
        )
    if installation_of(installation) is not None:
        raise SettingsError(
            what=Phrase("errors.told.participant.inside", path=installation),
            expected=Phrase("errors.told.participant.installation"),
        )
    return installation / FOLDER / name


def leaving(directory: Directory) -> Leaving | None:
    """Return where the participant is being carried to; None if it is not, or has arrived."""
    try:
        content = (directory.path / LEAVING).read_bytes()
    except FileNotFoundError:
        return None
    try:
        found = msgspec.json.decode(content, type=Leaving)
        return None if Path(found.to).resolve() == directory.path.resolve() else found
    except msgspec.MsgspecError as error:
        raise SettingsError(
            what=Phrase("errors.told.file.unreadable", path=directory.path / LEAVING, why=error),
            expected=Phrase("errors.told.participant.leaving-file"),
        ) from None


def refuse_leaving(directory: Directory) -> None:
    """Raise ConflictError if the directory is being carried to another place."""
    if to := leaving(directory):
        raise ConflictError(
            what=Phrase("errors.told.participant.leaving", path=directory.path, to=to.to),
            advice=Phrase("errors.told.participant.again"),
        )
