"""Where a node's books are: a file in its directory, or a schema of a PostgreSQL database."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from faifo import __version__
from faifo.errors import ConflictError, SettingsError
from faifo.node.custody.directory import Directory
from faifo.node.settings.model import Settings
from faifo.phrases import Phrase
from faifo.store.contract import Sequencer, Store, Work
from faifo.store.sql.condition import Condition

if TYPE_CHECKING:
    from faifo.store.postgresql.place import Place

T = TypeVar("T")

READABLE = 40
MOVED = ".moved-"
"""What a file whose books are in a database has behind its name, before the time."""

Part = Literal["all", "control", "data"]
"""What a process does: the protocol with its messages and timers, the handing out of data, both."""


class Books(Protocol):
    """`shown` names them to people; `error` is what is raised where they cannot be read."""

    shown: str
    error: type[Exception]

    async def open(self, sequencer: Sequencer | None = None, *, part: Part = "all") -> Store:
        """Open them for this process, making or migrating them.

        A database may be open in others too; `part` says what this one does.

        Raises:
            SettingsError, StorageError: what is in the way.
        """

    def check(self) -> None:
        """Raise ConflictError where the node has books in another place, too, or only there."""

    def examine(self) -> Condition:
        """Look whether they are of this Faifo, and whole."""

    def look(self, work: Work[T]) -> T:
        """Run `work`, which must only read, without a node."""


class FileBooks:
    """An SQLite file; who holds the directory has it alone."""

    error: type[Exception] = sqlite3.Error

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shown = str(path)

    async def open(self, sequencer: Sequencer | None = None, *, part: Part = "all") -> Store:
        from faifo.store.sqlite.store import open_store

        if part != "all":
            raise SettingsError(
                what=Phrase("errors.told.store.part", part=part),
                expected=Phrase("errors.told.store.part-wanted"),
            )
        self.check()
        return await open_store(self.path, sequencer=sequencer)

    def check(self) -> None:
        if self.path.exists():
            return
        carried = sorted(self.path.parent.glob(f"{self.path.name}{MOVED}*"))
        if carried:
            raise ConflictError(
                what=Phrase("errors.told.store.carried", path=carried[-1]),
                advice=Phrase("errors.told.store.carried-set"),
            )

    def examine(self) -> Condition:
        from faifo.store.sqlite.looking import examine

        return examine(self.path)

    def look(self, work: Work[T]) -> T:
        from faifo.store.sqlite.looking import look

        return look(self.path, work)


class DatabaseBooks:
    """A schema of a database."""

    def __init__(self, place: Place, file: Path) -> None:
        from faifo.store.postgresql.connection import DatabaseError

        self.place = place
        self.shown = place.shown
        self.error: type[Exception] = DatabaseError
        self._file = file

    async def open(self, sequencer: Sequencer | None = None, *, part: Part = "all") -> Store:
        from faifo.store.postgresql.store import open_store

        self.check()
        store = await open_store(self.place, sequencer=sequencer)
        try:
            await store.join(part, __version__)
        except BaseException:
            await store.close()
            raise
        return store

    def check(self) -> None:
        if self.in_the_way():
            raise ConflictError(
                what=Phrase("errors.told.store.two", path=self._file, name=self.shown),
                advice=Phrase("errors.told.store.move"),
            )

    def in_the_way(self) -> bool:
        """Tell whether something happened by books in the directory, too."""
        try:
            rows = self._file.exists() and FileBooks(self._file).look(
                lambda tx: tx.journal.find(limit=1)
            )
        except sqlite3.Error:
            return True
        return bool(rows)

    def examine(self) -> Condition:
        from faifo.store.postgresql.looking import examine

        return examine(self.place)

    def look(self, work: Work[T]) -> T:
        from faifo.store.postgresql.looking import look

        return look(self.place, work)


def books_of(directory: Directory, settings: Settings) -> Books:
    """Return where the settings say that the books are.

    Raises:
        SettingsError: the package for PostgreSQL is not installed.
    """
    said = settings.store
    if not said.url:
        return FileBooks(directory.database)
    if find_spec("psycopg") is None:
        raise SettingsError(
            what=Phrase("errors.told.store.no-package"),
            expected=Phrase("errors.told.store.install"),
        )
    from faifo.store.postgresql.place import Place

    password_file = directory.path / said.password_file if said.password_file else None
    schema = said.schema or schema_for(settings.did)
    return DatabaseBooks(Place(said.url, schema, password_file), directory.database)


def refuse_taken(directory: Directory, settings: Settings) -> None:
    """Look that a new node would get no books of somebody before it, who had the same address.

    Raises:
        ConflictError: there are some in the database.
        SettingsError, StorageError: that cannot be found out.
    """
    books = books_of(directory, settings)
    if not isinstance(books, DatabaseBooks):
        return
    from faifo.store.postgresql.place import failed

    try:
        taken = books.examine().schema is not None
    except books.error as error:
        raise failed(books.place, error) from None
    if taken:
        raise ConflictError(
            what=Phrase("errors.told.store.there", name=books.shown),
            advice=Phrase("errors.told.store.rename", schema=books.place.schema),
        )


def schema_for(did: str) -> str:
    """Return the schema of a node that names none: its DID as a name, told apart by a digest."""
    readable = re.sub(r"[^a-z0-9]+", "_", did.lower())[:READABLE]
    return f"{readable}_{hashlib.sha256(did.encode()).hexdigest()[:8]}"
