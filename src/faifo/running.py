"""Which process serves a node's directory, and where it answers: two files that it keeps locked.

The system lets go of a lock when its process ends, in whatever way. So what a killed one left in
`running.json` names nobody, and no key is sent to a port that somebody else has by then.
"""

from __future__ import annotations

import fcntl
from pathlib import Path

import msgspec

LOCK = "lock"
RUNNING = "running.json"


class Running(msgspec.Struct, frozen=True):
    """What a serving process leaves: its number and its management URL."""

    process: int
    manage_url: str


def held(path: Path) -> bool:
    """Return whether a process has the directory at `path` now."""
    # Processes that serve a node's books in a database share it.
    return _locked(path / LOCK, fcntl.LOCK_EX) is not None


def running(path: Path) -> Running | None:
    """Return who serves the directory at `path`, once it answers."""
    content = _locked(path / RUNNING, fcntl.LOCK_SH)
    try:
        return msgspec.json.decode(content, type=Running) if content else None
    except msgspec.MsgspecError:
        return None


def _locked(path: Path, against: int) -> bytes | None:
    """Return what is in a file that a process keeps locked; None if none does."""
    try:
        with path.open("rb") as file:
            try:
                fcntl.flock(file, against | fcntl.LOCK_NB)
            except OSError:
                return file.read()
    except OSError:
        pass
    return None
