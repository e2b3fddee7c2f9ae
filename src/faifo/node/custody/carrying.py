"""A node's directory carried to another place: out of an installation, into one, or across.

At each moment at most one of the two places can be served, and one of them is whole: first nobody
may serve it where it is, then it is where it is to be, then it is gone from where it was. What
broke off goes on when the same is asked for again.
"""

from __future__ import annotations

import errno
import os
import shutil
import time
from pathlib import Path
from typing import Final

import msgspec

from faifo import clock
from faifo.errors import ConflictError, StorageError
from faifo.node.custody.directory import Directory, sync, write_secret
from faifo.node.custody.participants import LEAVING, Leaving, leaving
from faifo.node.settings.hosted import installation_of
from faifo.phrases import Phrase

PATIENCE_SECONDS: Final = 30.0
# What belongs to a running process.
_LEFT_OUT: Final = ("lock", "running.json")


def carry(directory: Directory, to: Path) -> None:
    """Carry a node's directory to `to`, with all that is in it; a participant is let go first.

    Raises:
        ConflictError: the node runs by itself, or there is something else at `to`.
        StorageError: it cannot be written there; nothing is lost, and the node stays where it is.
    """
    before = leaving(directory)
    if before is not None and before.to != str(to):
        raise ConflictError(
            what=Phrase("errors.told.participant.leaving", path=directory.path, to=before.to),
            advice=Phrase("errors.told.participant.again"),
        )
    arrived = before is not None and Directory(to).settings.exists()
    if not arrived:
        if to.exists():
            raise ConflictError(
                what=Phrase("errors.told.file.there", target=to),
                advice=Phrase("errors.told.backup.new"),
            )
        _let_go(directory, to)
        try:
            if _bring(directory.path, to):
                return
        except OSError as error:
            (directory.path / LEAVING).unlink(missing_ok=True)
            raise StorageError(
                what=Phrase("errors.told.file.unwritable", path=to, why=error.strerror)
            ) from None
    _take_away(directory.path)


def _let_go(directory: Directory, to: Path) -> None:
    """Have nobody serve the directory any more, and wait until nobody does."""
    alone = installation_of(directory.path) is None
    if not alone:
        _write(directory, to)
    until = clock.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            directory.hold()
            break
        except ConflictError:
            if alone or clock.monotonic() > until:
                if not alone:
                    (directory.path / LEAVING).unlink(missing_ok=True)
                raise
            time.sleep(0.05)
    _write(directory, to)
    directory.release()


def _write(directory: Directory, to: Path) -> None:
    write_secret(directory.path / LEAVING, msgspec.json.encode(Leaving(str(to))))


def _bring(path: Path, to: Path) -> bool:
    """Have the whole directory at `to`; tell whether it is gone from `path` already."""
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        path.rename(to)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    else:
        _arrived(to)
        return True
    fresh = to.with_name(f".{to.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        shutil.copytree(path, fresh, symlinks=True, ignore=shutil.ignore_patterns(*_LEFT_OUT))
        for above, _, names in os.walk(fresh):
            for one in (above, *(os.path.join(above, name) for name in names)):  # noqa: PTH118
                if not Path(one).is_symlink():
                    sync(Path(one))
        fresh.rename(to)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    _arrived(to)
    return False


def _arrived(to: Path) -> None:
    (to / LEAVING).unlink(missing_ok=True)
    sync(to)
    sync(to.parent)


def _take_away(path: Path) -> None:
    """Remove what was carried away: first its name, so that half of it is never taken for it."""
    left = path.with_name(f".{path.name}.left")
    path.rename(left)
    shutil.rmtree(left, ignore_errors=True)
