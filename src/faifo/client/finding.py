"""Where a running node is: its management URL and key, from its directory.

The key is sent only to a process that holds the directory: what a crashed node left in
running.json may name a port that somebody else has now.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shlex
import time
from pathlib import Path

import msgspec

from faifo.errors import SettingsError, UnreachableError
from faifo.phrases import Phrase, say

# Somebody else may look at the same moment, which is over at once.
LOOKS = 3
LOOK_SECONDS = 0.001


class Found(msgspec.Struct, frozen=True):
    """The way to a running node's management API."""

    url: str
    key: str


class _Running(msgspec.Struct, frozen=True):
    manage_url: str


def with_dir(command: str, directory: Path | str) -> str:
    """Return a command for the node in `directory`, to be pasted: --dir where it is needed."""
    if Path(directory).absolute() == Path(os.environ.get("FAIFO_DIR") or ".").absolute():
        return command
    return f"{command} --dir {shlex.quote(str(directory))}"


class NotRunningError(UnreachableError):
    """The node must be running for this, and is not."""

    def __init__(self, *, directory: Path) -> None:
        super().__init__(who=str(directory), reason=Phrase("errors.not-running.reason"))

    def sentence(self, lang: str = "en") -> str:
        start = with_dir("faifo serve", str(self.who))
        return say("cli.not-running", lang, directory=self.who, start=start)


def find_node(directory: Path | str | None = None) -> Found:
    """Return the way to the node of `directory` (FAIFO_DIR, else the current one).

    Raises:
        SettingsError: there is no node in the directory, or its key cannot be read.
        NotRunningError: it is not running.
    """
    path = Path(directory or os.environ.get("FAIFO_DIR") or ".").absolute()
    if not (path / "faifo.toml").exists():
        raise no_node(path)
    try:
        running = msgspec.json.decode((path / "running.json").read_bytes(), type=_Running)
    except (OSError, msgspec.MsgspecError):
        running = None
    if running is None or not held(path):
        raise NotRunningError(directory=path)
    return Found(running.manage_url, read_key(path / "manage.key"))


def read_key(path: Path | str) -> str:
    """Return the management key in the file at `path`.

    Raises:
        SettingsError: it cannot be read, or holds no key.
    """
    try:
        key = Path(path).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise SettingsError(
            what=Phrase("errors.told.key-file.unreadable", path=str(path), why=why),
            expected=Phrase("errors.told.key-file.key"),
        ) from None
    if not key.isprintable() or not key:
        raise SettingsError(
            what=Phrase("errors.told.key-file.empty", path=str(path)),
            expected=Phrase("errors.told.key-file.line"),
        )
    return key


def held(path: Path, *, alone: bool = False) -> bool:
    """Return whether a process serves the directory at `path` now; `alone`: and shares it not."""
    try:
        descriptor = os.open(path / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        for _ in range(LOOKS):
            with contextlib.suppress(OSError):
                # Processes that serve a node's books in a database share it.
                fcntl.flock(descriptor, (fcntl.LOCK_SH if alone else fcntl.LOCK_EX) | fcntl.LOCK_NB)
                return False
            time.sleep(LOOK_SECONDS)
    finally:
        os.close(descriptor)
    return True


def no_node(path: Path) -> SettingsError:
    """Return the error for a directory without a node."""
    return SettingsError(
        what=Phrase("errors.told.node.none", path=str(path)),
        expected=Phrase("errors.told.node.directory"),
        advice=Phrase("errors.told.node.name-one"),
    )
