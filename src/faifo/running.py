"""Which process serves a node's directory, and where it answers: two files that it keeps locked.

The system lets go of a lock when its process ends, in whatever way. So what a killed one left in
`running.json` names nobody, and no key is sent to a port that somebody else has by then.
"""

from __future__ import annotations

import contextlib
import fcntl
import time
from pathlib import Path
from typing import Final

import msgspec

LOCK: Final = "lock"
RUNNING: Final = "running.json"
# Who only looks has the lock of a directory for a moment: whoever finds it taken tries again.
TRIES: Final = 10
LOOKS: Final = 3
TRY_SECONDS: Final = 0.005
LOOK_SECONDS: Final = 0.001


class Running(msgspec.Struct, frozen=True):
    """What a serving process leaves: its number and its management URL."""

    process: int
    manage_url: str


def take(file: int, how: int, *, tries: int = TRIES, pause: float = TRY_SECONDS) -> bool:
    """Take the lock of an open file, and tell whether nobody else keeps it."""
    for _ in range(tries):
        with contextlib.suppress(OSError):
            fcntl.flock(file, how | fcntl.LOCK_NB)
            return True
        time.sleep(pause)
    return False


def held(path: Path) -> bool:
    """Return whether a process has the directory at `path` now."""
    try:
        with (path / LOCK).open("rb") as file:
            # Processes that serve a node's books in a database share it.
            return not take(file.fileno(), fcntl.LOCK_EX, tries=LOOKS, pause=LOOK_SECONDS)
    except OSError:
        return False


def running(path: Path) -> Running | None:
    """Return who serves the directory at `path`, once it answers."""
    try:
        with (path / RUNNING).open("rb") as file:
            # Its writer alone keeps it from being shared.
            if not take(file.fileno(), fcntl.LOCK_SH, tries=1, pause=0.0):
                return msgspec.json.decode(file.read(), type=Running)
    except (OSError, msgspec.MsgspecError):
        pass
    return None
