"""A node's books moved between its directory and a database."""

from __future__ import annotations

import sqlite3

import msgspec

from faifo import clock
from faifo.errors import SettingsError
from faifo.node.custody.books import MOVED, DatabaseBooks, FileBooks, books_of
from faifo.node.custody.directory import Directory
from faifo.node.settings.model import read_settings
from faifo.phrases import Phrase


class Moved(msgspec.Struct, frozen=True):
    """Where the books are now, how many rows of how many tables, and where what was left is."""

    to: str
    tables: int
    rows: int
    left: str


def move_books(directory: Directory, *, to_database: bool) -> Moved:
    """Carry the books of a node that does not run, and give those that are left another name.

    Raises:
        SettingsError: no database is set.
        ConflictError: the node runs, or there are books already where they are to go.
        StorageError: what is in the way; the books are where they were.
    """
    books = books_of(directory, read_settings(directory.settings))
    if not isinstance(books, DatabaseBooks):
        raise SettingsError(
            what=Phrase("errors.told.store.no-url"), expected=Phrase("errors.told.store.url-like")
        )
    from faifo.store.postgresql.carrying import set_aside, to_file
    from faifo.store.postgresql.carrying import to_database as carry_over
    from faifo.store.postgresql.place import failed
    from faifo.store.sqlite.faults import damaged

    place, path = books.place, directory.database
    at = clock.now().strftime("%Y%m%dt%H%M%S")
    directory.hold()
    try:
        if to_database:
            FileBooks(path).check()
            done = carry_over(path, place)
            left = path.with_name(f"{path.name}{MOVED}{at}")
            path.rename(left)
            return Moved(place.shown, done.tables, done.rows, str(left))
        if path.exists() and not books.in_the_way():
            path.unlink()
        done = to_file(place, path, alone=True)
        name = f"{place.schema[:40]}_moved_{at}"
        try:
            set_aside(place, name)
        except books.error:
            path.unlink()  # the books are where they were
            raise
        return Moved(str(path), done.tables, done.rows, name)
    except sqlite3.Error as error:
        raise damaged(path, error) from error
    except books.error as error:
        raise failed(place, error) from error
    finally:
        directory.release()
