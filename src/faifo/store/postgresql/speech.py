"""Where PostgreSQL differs from other databases; see `store.sql.dialect`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from faifo.store.finding import Sought
from faifo.store.packing import as_text
from faifo.store.postgresql.connection import DatabaseError, TakenError
from faifo.store.sql.dialect import Found, Value, plain

READ_ONLY: Final = "25006"
SURPRISES: Final = frozenset({"22012", "23505"})
"""What changes fail with that changed nothing after all, or met a unique value."""
UNIQUE: Final = frozenset(
    {
        "agreement",
        "credential",
        "invitation",
        "issued",
        "negotiation",
        "passport_recognition",
        "person_decision",
        "transfer",
    }
)
"""The tables where a change may meet a unique value of another row, besides its key."""
LONGEST: Final = 200
"""Characters of a text in a column. Three of these fit into an entry of an index (2,704 bytes)."""
BEGINNING: Final = 100


class PostgresDialect:
    """See `dialect.Dialect`. The catalog's index is an array of tokens under GIN."""

    error: type[Exception] = DatabaseError
    taken: type[Exception] = TakenError
    narrow: bool = (
        False  # an index is rewritten where a value is another one, not where it is named
    )
    no_size: str | None = None
    fixed: str = "JOIN"
    own_number: tuple[str, ...] = ("seq",)
    as_they_are: frozenset[type] = frozenset({int, type(None)})
    packs: dict[str, str] = {"history": "seq", "journal": "seq"}  # noqa: RUF012 - nobody changes it

    def column(self, value: Any) -> Value:
        """Return a text that is too long for an index as its beginning and its digest."""
        given = plain(value)
        if type(given) is str and len(given) > LONGEST:
            digest = hashlib.sha256(given.encode()).hexdigest()
            return f"{given[:BEGINNING]}{digest}"
        return given

    def short(self, text: str) -> str:
        return text

    def full(self, kept: Any) -> Any:
        return kept

    def guarded(self, connection: Any, table: str, statement: str, values: list[Any]) -> int:
        if not connection.careful:
            connection.later(_certain(statement), values)
            return 1
        if table not in UNIQUE:
            plain_change: int = connection.execute(statement, values).rowcount
            return plain_change
        # After an error PostgreSQL goes on only from a savepoint.
        connection.later("SAVEPOINT put")
        try:
            changed: int = connection.execute(statement, values).rowcount
        except TakenError:
            connection.later("ROLLBACK TO put")
            raise
        connection.later("RELEASE put")
        return changed

    def numbered(self, connection: Any, table: str, statement: str, values: list[Any]) -> int:
        numbers: dict[str, int] = connection.numbers
        if table not in numbers:
            raise DatabaseError(f"{table} is written by the writer only", READ_ONLY)
        numbers[table] += 1
        connection.later(statement, [numbers[table], *values])
        return numbers[table]

    def index(self, connection: Any, place: int, tokens: Iterable[str]) -> None:
        statement = "UPDATE catalog_entry SET tokens = ? WHERE place = ?"
        connection.later(statement, (_array(tokens), place))

    def unindex(self, connection: Any, place: int, tokens: Iterable[str]) -> None:
        """Do nothing: the row goes, or gets other tokens."""

    def packed(self, record: bytes) -> str:
        return as_text(record)

    def give_back(self, connection: Any, limit: int) -> bool:  # noqa: ARG002
        """Do nothing: autovacuum does."""
        return False

    def found(self, sought: Sought, clauses: list[Iterable[str]], *, sorting: bool) -> Found:  # noqa: ARG002
        tests = ["entry.tokens && ?" for _ in clauses]
        values = [_array(clause) for clause in clauses]
        if sought.never:
            tests.append("NOT entry.tokens && ?")
            values.append(_array(sought.never))
        source = f"catalog_entry AS entry WHERE {' AND '.join(tests)}"
        return Found("entry.place", source, values)


@cache
def _certain(statement: str) -> str:
    """Return a change that fails where it changes nothing: nobody waits to hear how many it was.

    It hardly ever does, as there is one writer; then the group is run again, with care.
    """
    insert, conflict, _ = statement.partition(" ON CONFLICT DO NOTHING")
    if conflict:
        return insert
    return f"WITH changed AS ({statement} RETURNING 1) SELECT 1 / count(*) FROM changed"  # noqa: S608


def _array(tokens: Iterable[str]) -> str:
    # Ours hold no quotes.
    return "{" + ",".join(f'"{token}"' for token in tokens) + "}"


DIALECT: Final = PostgresDialect()
