"""A new node's directory: settings, keys, trust file and books, all or nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

from faifo import ids
from faifo.errors import FaifoError, StorageError
from faifo.node.custody.directory import Directory, write_secret
from faifo.node.custody.keyring import make_first_keys
from faifo.node.custody.trust_file import write_trust
from faifo.node.settings.model import read_settings
from faifo.phrases import Phrase
from faifo.store.sqlite.migrate import prepare


def make_node(path: Path, settings: str) -> None:
    """Make a node in `path`, which is not there or empty, with the text of its settings.

    Raises:
        SettingsError: the settings are none.
        StorageError: it cannot be made; nothing is left of it.
    """
    made = not path.exists()
    try:
        _fill(path, settings)
    except (OSError, FaifoError) as error:
        take_away(path, all_of_it=made)
        if isinstance(error, FaifoError):
            raise
        raise StorageError(
            what=Phrase("errors.told.init.not-made", path=path, why=error.strerror),
            advice=Phrase("errors.told.init.nothing-left"),
        ) from None


def _fill(path: Path, text: str) -> None:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    files = Directory(path)
    files.settings.write_text(text, encoding="utf-8")
    read_settings(files.settings)
    make_first_keys(files.keys)
    write_secret(files.manage_key, f"{ids.new_secret()}\n".encode())
    write_trust(files.trust, ())
    prepare(files.database)


def take_away(path: Path, *, all_of_it: bool) -> None:
    """Remove a directory that was made, or, not `all_of_it`, what is in one that was empty."""
    if all_of_it:
        shutil.rmtree(path, ignore_errors=True)
        return
    for child in path.iterdir():
        if child.is_dir():
            shutil.rmtree(child, ignore_errors=True)
        else:
            child.unlink(missing_ok=True)
