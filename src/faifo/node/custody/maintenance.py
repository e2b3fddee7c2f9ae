"""Maintenance: the node takes nothing from others until a person ends it; its own people go on.

It stands in a file, so that a restart in the middle of the work does not open the door.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from faifo.api.node import Maintenance
from faifo.errors import SettingsError
from faifo.node.custody.directory import write_secret
from faifo.phrases import Phrase

FILE = "maintenance.json"


class Pause:
    """Whether the node is in maintenance: `now` says since when and why."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self.now = read_maintenance(folder)

    def begin(self, maintenance: Maintenance) -> None:
        """Write it down, then stand still."""
        write_secret(self._path, msgspec.json.encode(maintenance))
        self.now = maintenance

    def end(self) -> None:
        self._path.unlink(missing_ok=True)
        self.now = None


def read_maintenance(folder: Path) -> Maintenance | None:
    """Return what the file of a node's directory says; None if there is none.

    Raises:
        SettingsError: the file is something else.
    """
    path = folder / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Maintenance)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise SettingsError(
            what=Phrase("errors.told.file.unreadable", path=path, why=error),
            expected=Phrase("errors.told.maintenance.file"),
        ) from None
