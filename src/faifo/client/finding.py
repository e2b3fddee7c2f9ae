"""Where a running node is: its management URL and key, from its directory."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import msgspec

from faifo.errors import SettingsError, UnreachableError
from faifo.phrases import Phrase, say
from faifo.running import running


class Found(msgspec.Struct, frozen=True):
    """The way to a running node's management API."""

    url: str
    key: str


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
    found = running(path)
    if found is None:
        raise NotRunningError(directory=path)
    return Found(found.manage_url, read_key(path / "manage.key"))


def read_key(path: Path | str) -> str:
    """Return the management key in the file at `path`.

    Raises:
        SettingsError: it cannot be read, or holds no key.
    """
    try:
        key = Path(path).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            what=Phrase("errors.told.key-file.unreadable", path=str(path), why=error),
            expected=Phrase("errors.told.key-file.key"),
        ) from None
    if not key.isprintable() or not key:
        raise SettingsError(
            what=Phrase("errors.told.key-file.empty", path=str(path)),
            expected=Phrase("errors.told.key-file.line"),
        )
    return key


def no_node(path: Path) -> SettingsError:
    """Return the error for a directory without a node."""
    return SettingsError(
        what=Phrase("errors.told.node.none", path=str(path)),
        expected=Phrase("errors.told.node.directory"),
        advice=Phrase("errors.told.node.name-one"),
    )
