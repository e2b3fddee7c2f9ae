"""Private records in a backup: each under the key of its month, which is kept apart from it.

Who deletes a month's key deletes what every backup holds of that month's records; the leaves of the
log that stand for them stay provable. Private are what leaves stand for (salt and record), the rows
of the journal that say the same, and what opens the other side's receipts.
"""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from faifo import ids
from faifo.errors import FaifoError, SettingsError
from faifo.node.custody.directory import write_secret
from faifo.phrases import Phrase
from faifo.store.sql.packs import unpack

_AES_256: Final = 32
_NONCE: Final = 12
_MARK: Final = b"faifo/sealed/v1 "
_MONTH: Final = len("2026-11")
_SEALED: Final = "sealed "
_SEAL: Final = (
    ("log_record", "SET salt = seal(at, salt), record = seal(at, record) WHERE record IS NOT NULL"),
    ("journal", "SET record = seal_in(record, 'detail') WHERE agreement IS NOT NULL"),
    ("peer_receipt", "SET record = seal_in(record, 'opening')"),
)
_OPEN: Final = (
    ("log_record", "SET salt = open(salt), record = open(record)"),
    ("journal", "SET record = ifnull(open_in(record, 'detail'), '') WHERE agreement IS NOT NULL"),
    (
        "peer_receipt",
        "SET record = ifnull(open_in(record, 'opening'), json_remove(record, '$.opening'))",
    ),
)


class _MonthKeys:
    """The keys in a folder, one file a month; `lost` are months that are asked for in vain.

    SQLite tells nobody what an error was that is raised while it calls back: it is kept in `wrong`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, AESGCM | None] = {}
        self.lost: set[str] = set()
        self.wrong: FaifoError | None = None

    def _key(self, month: str, *, make: bool) -> AESGCM | None:
        if month not in self._known:
            try:
                self._known[month] = self._read(key_of(self._folder, month), make=make)
            except FaifoError as error:
                self.wrong = error
                raise
        return self._known[month]

    def _read(self, path: Path, *, make: bool) -> AESGCM | None:
        try:
            if make and not path.exists():
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_secret(path, ids.new_bytes(_AES_256))
            return AESGCM(path.read_bytes()) if path.exists() else None
        except (OSError, ValueError) as error:
            raise SettingsError(
                what=Phrase("errors.told.file.unreadable", path=path, why=error),
                expected=Phrase("errors.told.backup.month-key"),
            ) from None

    def seal(self, at: str, plain: bytes | None) -> bytes | None:
        key = self._key(at[:_MONTH], make=True) if plain is not None else None
        if plain is None or key is None:
            return None
        month, nonce = at[:_MONTH].encode(), ids.new_bytes(_NONCE)
        return _MARK + month + nonce + key.encrypt(nonce, plain, month)

    def open(self, sealed: bytes | None) -> bytes | None:
        """Return what was sealed, as it is if nothing was, None without its month's key."""
        if sealed is None or not sealed.startswith(_MARK):
            return sealed
        month, rest = sealed[len(_MARK) :][:_MONTH], sealed[len(_MARK) + _MONTH :]
        key = self._key(month.decode(), make=False)
        try:
            if key is not None:
                return key.decrypt(rest[:_NONCE], rest[_NONCE:], month)
        except InvalidTag:  # of another key under that name
            pass
        self.lost.add(month.decode())
        return None

    def seal_in(self, record: str | bytes, member: str) -> str:
        """Return a record with one member sealed, still of the type that it was."""
        told = msgspec.json.decode(record)
        if value := told.get(member):
            sealed = self.seal(told["at"], msgspec.json.encode(value)) or b""
            text = _SEALED + base64.b64encode(sealed).decode()
            told[member] = {_SEALED: text} if isinstance(value, dict) else text
        return msgspec.json.encode(told).decode()

    def open_in(self, record: str, member: str) -> str | None:
        told = msgspec.json.decode(record)
        value = told.get(member)
        text = value.get(_SEALED) if isinstance(value, dict) else value
        if isinstance(text, str) and text.startswith(_SEALED):
            plain = self.open(base64.b64decode(text[len(_SEALED) :]))
            if plain is None:
                return None
            told[member] = msgspec.json.decode(plain)
        return msgspec.json.encode(told).decode()


def key_of(folder: Path, month: str) -> Path:
    """Return where the key of a month (`2026-11`) is."""
    return folder / f"{month}.key"


def seal_private(database: Path, folder: Path) -> None:
    """Seal what is private in a copy of a database; keys that are not in `folder` are made.

    What is sealed is packed no more; who puts the copy back packs it anew.

    Raises:
        SettingsError: a key cannot be read or made.
        sqlite3.Error: the copy is damaged, or the disk is full.
    """
    _through(database, _MonthKeys(folder), _SEAL, "DELETE FROM timer WHERE kind = 'retention'")


def open_private(database: Path, folder: Path) -> list[str]:
    """Open it again; return the months whose keys are gone, of which nothing private is left.

    Raises:
        SettingsError: a key cannot be read.
        sqlite3.Error: the copy is damaged, or the disk is full.
    """
    keys = _MonthKeys(folder)
    _through(database, keys, _OPEN, "DELETE FROM journal WHERE record = ''")
    return sorted(keys.lost)


def _through(database: Path, keys: _MonthKeys, steps: Sequence[tuple[str, str]], last: str) -> None:
    try:
        with closing(sqlite3.connect(database)) as connection:
            _change(connection, keys, steps, last)
    except sqlite3.Error as error:
        raise keys.wrong or error from None


def _change(
    connection: sqlite3.Connection, keys: _MonthKeys, steps: Sequence[tuple[str, str]], last: str
) -> None:
    # No file beside it ever holds a page as it was, and nor does the room that becomes free.
    connection.execute("PRAGMA journal_mode = MEMORY")
    connection.execute("PRAGMA secure_delete = ON")
    connection.create_function("seal", 2, keys.seal)
    connection.create_function("open", 1, keys.open)
    connection.create_function("seal_in", 2, keys.seal_in)
    connection.create_function("open_in", 2, keys.open_in)
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master").fetchall()}
    for table, change in steps:
        if table in there:
            unpack(connection, table)
            connection.execute(f"UPDATE {table} {change}")
    connection.execute(last)
    connection.commit()
    connection.execute("PRAGMA journal_mode = DELETE")
