"""What the tables ask of a database, and where databases differ.

Statements are written once: with `?` for values, and only with what every database understands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any, Final, NamedTuple, Protocol

from faifo import clock
from faifo.store.finding import Sought

Value = str | int | bytes | None

PLAIN: Final[frozenset[type]] = frozenset({str, int, type(None)})


class Rows(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """A connection that answers at once, in the thread that asks."""

    def execute(self, statement: str, values: Any = ..., /) -> Rows: ...
    def later(self, statement: str, values: Any = ..., /) -> object: ...
    def executemany(self, statement: str, values: Iterable[Any], /) -> object: ...
    def close(self) -> None: ...


class Found(NamedTuple):
    """How the catalog's index is asked: where a place stands, in what, and the values of that."""

    place: str
    source: str
    values: list[Any]


class Dialect(Protocol):
    """Where databases differ.

    `error` is what a database raises, and `taken` that of it for a unique column with this value.
    `narrow`: an update is to name only the columns that change. `no_size` is what a dataset of
    unknown size is sorted by. `fixed` joins in the order in which the tables are named.
    `own_number` is the column that `numbered` gives a value to, if it does.
    `packs` are the tables whose old records are packed, and the column that counts their rows.
    `as_they_are`: values of these types are written as `column` would write them.
    """

    error: type[Exception]
    taken: type[Exception]
    narrow: bool
    no_size: str | None
    fixed: str
    own_number: tuple[str, ...]
    packs: dict[str, str]
    as_they_are: frozenset[type]

    def column(self, value: Any) -> Value:
        """Return what is written and looked for in a column, of a member of a record."""

    def short(self, text: str) -> str | bytes:
        """Return a text that is an id or a digest as it stands in a column, no text being lost."""

    def full(self, kept: Any) -> Any:
        """Return the text that is kept so, or what else it is."""

    def guarded(self, connection: Any, table: str, statement: str, values: list[Any]) -> int:
        """Return how many rows a change by its key changed; after `taken` the unit can go on.

        It may say 1 before it is known, and have the group run again if that was wrong.
        """

    def numbered(self, connection: Any, table: str, statement: str, values: list[Any]) -> int:
        """Insert a row of a log; return its number, the next without a gap."""

    def index(self, connection: Any, place: int, tokens: Iterable[str]) -> None:
        """Let the catalog's entry at `place` be found by `tokens`."""

    def unindex(self, connection: Any, place: int, tokens: Iterable[str]) -> None:
        """Let it be found by them no more."""

    def packed(self, record: bytes) -> str | bytes:
        """Return a packed record as it is written."""

    def give_back(self, connection: Any, limit: int) -> bool:
        """Give up to `limit` pages back that nothing stands in; tell whether there are more."""

    def found(self, sought: Sought, clauses: list[Iterable[str]], *, sorting: bool) -> Found:
        """Return how to ask for places with a token of each clause and none of `sought.never`.

        With `sorting` the columns of `catalog_entry AS entry` are in the source too.
        """


def plain(value: Any) -> Value:
    """Return a member of a record as a database takes it."""
    if type(value) in PLAIN:
        return value  # type: ignore[no-any-return]
    if isinstance(value, datetime):
        return clock.text(value)
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, Enum):
        return str(value.value)
    return value  # type: ignore[no-any-return]
