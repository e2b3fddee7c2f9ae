"""What people put into folders of the node's directory: tables of levels, entries of a register."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from faifo.errors import FaifoError, SettingsError, TooLargeError
from faifo.phrases import Phrase

T = TypeVar("T")

MAX_TABLE: Final = 256 * 1024


def read_own(folder: Path, read: Callable[[str], T], *, expected: str) -> list[tuple[Path, T]]:
    """Return what `read` makes of each TOML file in a folder, by name; none where there is none.

    Raises:
        SettingsError: a file cannot be read, is no such thing, or over `MAX_TABLE`.
    """
    found = []
    for path in sorted(folder.glob("*.toml")):
        try:
            with path.open("rb") as file:
                text = file.read(MAX_TABLE + 1)
            if len(text) > MAX_TABLE:
                what = Phrase("errors.told.file.of", what="TOML", name=path.name)
                raise TooLargeError(what=what, limit=MAX_TABLE)
            found.append((path, read(text.decode("utf-8-sig"))))
        except (OSError, UnicodeDecodeError, FaifoError) as error:
            raise SettingsError(
                what=Phrase("errors.told.file.unreadable", path=path, why=error),
                expected=Phrase(expected),
            ) from None
    return found
