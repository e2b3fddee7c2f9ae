"""Tables and logs over a connection that answers at once.

The methods are async so that units of work read the same for every store; here nothing ever
suspends. Column names come from `schema.py` only, never from outside.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar

import msgspec

from faifo.errors import ConflictError
from faifo.phrases import Phrase
from faifo.store.schema import TableShape
from faifo.store.sql.dialect import Connection, Dialect, Rows, Value
from faifo.store.sql.packs import SqlPacks

R = TypeVar("R", bound=msgspec.Struct)

_encode = msgspec.json.Encoder().encode

Column = Callable[[Any], Value]

Seen = dict[tuple[Any, ...], tuple[Any, bytes | None]]
"""Records as they stand in the transaction that is open, with their places in packs, by table and
key."""
MOST_SEEN: Final = 1000
AT_ONCE: Final = 500


def _reader(shape: TableShape, packs: SqlPacks) -> Callable[[Iterable[Any]], list[Any]]:
    """Return what makes records of their column, which is a JSON text until it is packed."""
    decode = msgspec.json.Decoder(shape.record).decode

    def read(column: Iterable[Any]) -> list[Any]:
        plain = packs.reading()
        return [decode(kept if kept[0] == "{" else plain(kept)) for kept in column]

    return read


def _members(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """Return what gives these members of a record."""
    return attrgetter(*names) if len(names) > 1 else lambda record: (getattr(record, names[0]),)


def _values(names: tuple[str, ...], dialect: Dialect) -> Callable[[Any], list[Value]]:
    """Return what gives the columns of these members of a record."""
    members, column, as_they_are = _members(names), dialect.column, dialect.as_they_are

    def values(record: Any) -> list[Value]:
        return [one if type(one) in as_they_are else column(one) for one in members(record)]

    return values


def _where(shape: TableShape, columns: dict[str, Value]) -> str:
    unknown = columns.keys() - set(shape.columns)
    if unknown:
        raise KeyError(f"{shape.name} has no searchable column {sorted(unknown)}")
    # PostgreSQL has no index for `IS NOT DISTINCT FROM`, which would take both.
    tests = [f"{name} {'IS NULL' if columns[name] is None else '= ?'}" for name in columns]
    return " AND ".join(tests)


def _sought(values: Iterable[Value], column: Column) -> list[Value]:
    return [column(one) for one in values if one is not None]


class SqlTable(Generic[R]):
    """Records by key. `find` and `first` compare the table's indexed columns for equality."""

    def __init__(
        self,
        connection: Connection,
        dialect: Dialect,
        shape: TableShape,
        packs: SqlPacks,
        seen: Seen,
    ) -> None:
        self._execute, self._later = connection.execute, connection.later
        self._packs = packs
        self._column = dialect.column
        self._seen = seen
        self._taken = dialect.taken
        self._guarded = partial(dialect.guarded, connection, shape.name)
        self._replace = self._narrow if dialect.narrow else self._whole
        self._shape = shape
        self._read = _reader(shape, packs)
        self._members = _members(shape.columns)
        self._values = _values(shape.columns, dialect)
        self._key_of = _members(shape.key)
        self._packed = shape.name in dialect.packs
        self._key = " AND ".join(f"{name} = ?" for name in shape.key)
        names = (*shape.columns, "revision", "record")
        self._insert = (
            f"INSERT INTO {shape.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608
            " ON CONFLICT DO NOTHING"
        )
        fresh = ", ".join(f"{name} = excluded.{name}" for name in names if name not in shape.key)
        self._lay = self._insert.replace(
            "DO NOTHING", f"({', '.join(shape.key)}) DO UPDATE SET {fresh}"
        )
        # What a packed record is in its row is no text.
        slot = "CASE typeof(record) WHEN 'blob' THEN record END" if self._packed else "NULL"
        self._stored = (
            f"SELECT {slot}, {', '.join(shape.columns)} FROM {shape.name}"  # noqa: S608
            f" WHERE {self._key} AND revision = ?"
        )
        self._updates: dict[tuple[str, ...], str] = {}
        self._finds: dict[tuple[object, ...], str] = {}
        self._update = self._setting(shape.columns)
        self._delete = f"DELETE FROM {shape.name} WHERE {self._key}"  # noqa: S608
        self._select = f"SELECT record FROM {shape.name}"  # noqa: S608
        self._get = f"{self._select} WHERE {self._key}"

    async def get(self, *key: str | int) -> R | None:
        named = self._named(key)
        name = (self._shape.name, *named)
        if seen := self._seen.get(name):
            known: R = seen[0]
            return known
        row = self._execute(self._get, named).fetchone()
        if row is None:
            return None
        known = self._read(row)[0]
        if len(self._seen) < MOST_SEEN:
            self._seen[name] = (known, row[0] if type(row[0]) is bytes else None)
        return known

    async def put(self, record: R, **changes: Any) -> R:
        """Write `record` with its `changes`, and return it with its new revision.

        Revision 0 inserts.

        Raises:
            ConflictError: the stored revision is another one, or a unique column is taken.
        """
        shape = self._shape
        old: int = record.revision  # type: ignore[attr-defined]
        record = msgspec.structs.replace(record, **changes, revision=old + 1)
        try:
            if old == 0:
                text = _encode(record).decode()
                if not self._guarded(self._insert, [*self._values(record), 1, text]):
                    raise ConflictError(what=Phrase("errors.told.store.exists", name=shape.name))
                changed = 1
            else:
                changed = self._replace(record, old)
        except self._taken as error:
            raise ConflictError(what=Phrase("errors.told.store.exists", name=shape.name)) from error
        if not changed:
            raise ConflictError(
                what=Phrase("errors.told.store.changed", name=shape.name),
                advice=Phrase("errors.told.store.again"),
            )
        return record

    async def lay(self, record: R) -> None:
        record = msgspec.structs.replace(record, revision=1)
        self._seen.pop((self._shape.name, *self._keyed(record)), None)
        self._later(self._lay, [*self._values(record), 1, _encode(record).decode()])

    def _named(self, key: tuple[Value, ...]) -> list[Value]:
        return [*map(self._column, key)]

    def _keyed(self, record: R) -> list[Value]:
        return [*map(self._column, self._key_of(record))]

    def _setting(self, columns: tuple[str, ...]) -> str:
        settings = ", ".join(f"{name} = ?" for name in (*columns, "revision", "record"))
        return f"UPDATE {self._shape.name} SET {settings} WHERE {self._key} AND revision = ?"  # noqa: S608

    def _whole(self, record: R, old: int) -> int:
        """Update the row of revision `old`; return how many rows that were, 0 or 1."""
        values, key = self._values(record), self._keyed(record)
        self._seen.pop((self._shape.name, *key), None)
        text = _encode(record).decode()
        return self._guarded(self._update, [*values, old + 1, text, *key, old])

    def _narrow(self, record: R, old: int) -> int:
        """Do the same and name only columns that changed.

        SQLite rewrites every index of a named column.
        """
        key = self._keyed(record)
        known, slot = self._seen.pop((self._shape.name, *key), (None, None))
        values: Iterable[Any]
        if known is not None and known.revision == old:
            # What is equal is equal in its column.
            values, stored = self._members(record), self._members(known)
        else:
            found = self._execute(self._stored, [*key, old]).fetchone()
            if found is None:
                return 0
            values, (slot, *stored) = self._values(record), found
        column = self._column
        new = {
            name: column(value)
            for name, value, was in zip(self._shape.columns, values, stored, strict=True)
            if value != was
        }
        names = tuple(new)
        update = self._updates.get(names)
        if update is None:
            update = self._updates[names] = self._setting(names)
        text = _encode(record).decode()
        changed = self._guarded(update, [*new.values(), old + 1, text, *key, old])
        self._packs.drop((slot,))
        return changed

    async def delete(self, *key: str | int) -> None:
        """Delete the record, if it is there."""
        named = self._named(key)
        self._seen.pop((self._shape.name, *named), None)
        if self._packed:
            gone = self._execute(f"{self._delete} RETURNING record", named).fetchall()
            self._packs.drop(row[0] for row in gone)
        else:
            self._later(self._delete, named)

    async def find(
        self,
        *,
        after: str | None = None,
        before: str | None = None,
        limit: int | None = None,
        newest_first: bool = False,
        **columns: Value,
    ) -> list[R]:
        """Return matching records in the order of the table's order column.

        `after` and `before` bound that column, exclusively.
        """
        given = (*columns.values(), after, before)
        asked = (*columns, *[one is None for one in given], limit is None, newest_first)
        statement = self._finds.get(asked)
        if statement is None:
            statement = self._finds[asked] = self._finding(
                columns, after=after, before=before, limit=limit, newest_first=newest_first
            )
        values = _sought(given, self._column)
        if limit is not None:
            values.append(limit)
        return self._read(row[0] for row in self._execute(statement, values))

    async def newest(self, **columns: Value) -> AsyncIterator[R]:
        """Yield all matching records, the newest first, and hold `AT_ONCE` of them.

        No two of those that match have the same value in the table's order column.
        """
        before: str | None = None
        narrowed: dict[str, Any] = {**columns, "limit": AT_ONCE, "newest_first": True}
        while found := await self.find(before=before, **narrowed):
            for one in found:
                yield one
            before = getattr(found[-1], self._shape.order)

    def _finding(
        self,
        columns: dict[str, Value],
        *,
        after: str | None,
        before: str | None,
        limit: int | None,
        newest_first: bool,
    ) -> str:
        order = self._shape.order
        tests = [_where(self._shape, columns)] if columns else []
        if after is not None:
            tests.append(f"{order} > ?")
        if before is not None:
            tests.append(f"{order} < ?")
        statement = self._select + (f" WHERE {' AND '.join(tests)}" if tests else "")
        # The key decides between equals, so that the order is the same at every call.
        way = "DESC" if newest_first else "ASC"
        names = dict.fromkeys((order, *self._shape.key))
        statement += f" ORDER BY {', '.join(f'{name} {way}' for name in names)}"
        return statement if limit is None else f"{statement} LIMIT ?"

    async def first(self, **columns: Value) -> R | None:
        found = await self.find(limit=1, **columns)  # type: ignore[arg-type]
        return found[0] if found else None

    async def count(self, **columns: Value) -> int:
        return _count(self._execute, self._shape, columns, self._column)


class SqlLog(Generic[R]):
    """Records that are never changed; each gets the next sequence number, from 1."""

    def __init__(
        self, connection: Connection, dialect: Dialect, shape: TableShape, packs: SqlPacks
    ) -> None:
        self._execute = connection.execute
        self._packs = packs
        self._column = dialect.column
        self._number = partial(dialect.numbered, connection, shape.name)
        self._shape = shape
        self._read = _reader(shape, packs)
        self._values = _values(shape.columns, dialect)
        names = (*dialect.own_number, *shape.columns, "record")
        self._insert = (
            f"INSERT INTO {shape.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608
        )
        self._delete = f"DELETE FROM {shape.name} WHERE seq = ? RETURNING record"  # noqa: S608

    async def append(self, record: R) -> int:
        return self._number(self._insert, [*self._values(record), _encode(record).decode()])

    async def forget(self, seq: int) -> bool:
        """Delete the record of that number for good; no later record gets the number again."""
        gone = self._execute(self._delete, (seq,)).fetchall()
        self._packs.drop(row[0] for row in gone)
        return bool(gone)

    async def find(
        self,
        *,
        after: int = 0,
        limit: int | None = None,
        newest_first: bool = False,
        **columns: Value,
    ) -> list[tuple[int, R]]:
        where, values = _where(self._shape, columns), _sought(columns.values(), self._column)
        statement = f"SELECT seq, record FROM {self._shape.name} WHERE seq > ?"  # noqa: S608
        values.insert(0, after)
        if where:
            statement += f" AND {where}"
        statement += f" ORDER BY seq {'DESC' if newest_first else 'ASC'}"
        if limit is not None:
            statement += " LIMIT ?"
            values.append(limit)
        rows = self._execute(statement, values).fetchall()
        return list(zip((row[0] for row in rows), self._read(row[1] for row in rows), strict=True))

    async def first(self, **columns: Value) -> R | None:
        where, values = _where(self._shape, columns), _sought(columns.values(), self._column)
        statement = f"SELECT record FROM {self._shape.name} WHERE {where} LIMIT 1"  # noqa: S608
        row = self._execute(statement, values).fetchone()
        return self._read(row)[0] if row else None

    async def count(self, **columns: Value) -> int:
        return _count(self._execute, self._shape, columns, self._column)


def _count(
    execute: Callable[..., Rows], shape: TableShape, columns: dict[str, Value], column: Column
) -> int:
    where, values = _where(shape, columns), _sought(columns.values(), column)
    statement = f"SELECT count(*) FROM {shape.name}"  # noqa: S608
    if where:
        statement += f" WHERE {where}"
    return int(execute(statement, values).fetchone()[0])
