"""Where SQLite differs from other databases; see `store.sql.dialect`."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from faifo.store.finding import Sought
from faifo.store.packing import PACKED
from faifo.store.sql.dialect import PLAIN, Found, Value, plain

MERGED: Final = 8
SPARE: Final = 8
"""Of so many pages one may be free: what comes next is written there."""

# What sqlite3 knows no adapter for, it asks in vain for one, at every value that is bound.
sqlite3.register_adapter(bytes, bytes.__bytes__)
sqlite3.register_adapter(type(None), dict[None, None]().get)


_ID: Final = re.compile("urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DIGEST: Final = re.compile("[0-9a-f]{64}")
_LENGTHS: Final = frozenset({45, 64})


def short(text: str) -> str | bytes:
    """Return an id or a SHA-256, which stand in so many columns and indexes, as their bytes."""
    return _short(text) if len(text) in _LENGTHS else text


@lru_cache(maxsize=4096)
def _short(text: str) -> str | bytes:
    if _ID.fullmatch(text):
        return bytes.fromhex(text[9:].replace("-", ""))
    return bytes.fromhex(text) if _DIGEST.fullmatch(text) else text


def column(value: Any) -> Value:
    """See `dialect.Dialect`. What is no text, be it written as one, is neither id nor digest."""
    if type(value) is str:
        return _short(value) if len(value) in _LENGTHS else value
    return plain(value)


def full(kept: Any) -> Any:
    """Return the text that `short` made shorter; anything else stays as it is."""
    if type(kept) is bytes:
        if len(kept) == 16:
            digits = kept.hex()
            parts = digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]
            return f"urn:uuid:{'-'.join(parts)}"
        if len(kept) == 32:
            return kept.hex()
    return kept


class SqliteConnection(sqlite3.Connection):
    """A connection; nothing is gained by doing something later on it."""

    later = soon = sqlite3.Connection.execute


class SqliteDialect:
    """See `dialect.Dialect`. The catalog's index is FTS5's."""

    error: type[Exception] = sqlite3.Error
    taken: type[Exception] = sqlite3.IntegrityError
    narrow: bool = True
    no_size: str | None = ""
    fixed: str = "CROSS JOIN"
    own_number: tuple[str, ...] = ()
    packs: dict[str, str] = dict.fromkeys(PACKED, "rowid")
    # A text may be an id or a digest.
    as_they_are: frozenset[type] = PLAIN - {str}

    column = staticmethod(column)
    short = staticmethod(short)
    full = staticmethod(full)

    def guarded(self, connection: Any, table: str, statement: str, values: list[Any]) -> int:  # noqa: ARG002
        return int(connection.execute(statement, values).rowcount)

    def numbered(self, connection: Any, table: str, statement: str, values: list[Any]) -> int:  # noqa: ARG002
        return int(connection.execute(statement, values).lastrowid)

    def index(self, connection: Any, place: int, tokens: Iterable[str]) -> None:
        statement = "INSERT INTO catalog_token (rowid, tokens) VALUES (?, ?)"
        connection.execute(statement, (place, " ".join(tokens)))
        # A little with each write: left to itself, FTS5 would now and then merge for 100 ms.
        connection.execute(
            "INSERT INTO catalog_token (catalog_token, rank) VALUES ('merge', ?)", (MERGED,)
        )

    def unindex(self, connection: Any, place: int, tokens: Iterable[str]) -> None:
        # An index without content is told what it held.
        connection.execute(
            "INSERT INTO catalog_token (catalog_token, rowid, tokens) VALUES ('delete', ?, ?)",
            (place, " ".join(tokens)),
        )

    def packed(self, record: bytes) -> bytes:
        return record

    def give_back(self, connection: Any, limit: int) -> bool:
        free, pages = (
            int(connection.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("freelist_count", "page_count")
        )
        over = (SPARE * free - pages) // (SPARE - 1)
        for _ in range(min(over, limit)):
            # Whatever its number, sqlite3 takes one step of the statement, which gives one back.
            connection.execute("PRAGMA incremental_vacuum(1)")
        return over > limit

    def found(self, sought: Sought, clauses: list[Iterable[str]], *, sorting: bool) -> Found:
        # A token is a word in FTS5's language, as ours hold no quotes.
        said = " AND ".join(f"({_any(clause)})" for clause in clauses)
        if sought.never:
            said = f"({said}) NOT ({_any(sought.never)})"
        entry = " CROSS JOIN catalog_entry AS entry ON entry.place = token.rowid"
        source = f"catalog_token AS token{entry if sorting else ''} WHERE catalog_token MATCH ?"
        return Found("token.rowid", source, [said])


def _any(tokens: Iterable[str]) -> str:
    return " OR ".join(f'"{token}"' for token in tokens)


DIALECT: Final = SqliteDialect()
