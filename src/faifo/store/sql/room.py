"""Room: old records in fewer bytes, and what became free given back to the disk."""

from __future__ import annotations

from functools import partial
from typing import Final

import msgspec

from faifo.store.contract import PACKED
from faifo.store.packing import packed
from faifo.store.sql.dialect import Connection, Dialect


class _Moment(msgspec.Struct):
    """What is read of a record: when it was written."""

    at: str = ""
    created: str = ""


_moment: Final = msgspec.json.Decoder(_Moment).decode


class SqlRoom:
    """See `contract.Room`."""

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self._execute = connection.execute
        self._dialect = dialect
        self._give_back = partial(dialect.give_back, connection)

    async def pack(self, table: str, *, after: int, old: str, limit: int) -> int:
        if table not in PACKED:
            raise KeyError(f"{table} is not packed")
        place = self._dialect.packs.get(table)
        if place is None:
            return after
        rows = self._execute(
            f"SELECT {place}, record FROM {table} WHERE {place} > ? ORDER BY {place} LIMIT ?",  # noqa: S608
            (after, limit),
        ).fetchall()
        update = f"UPDATE {table} SET record = ? WHERE {place} = ?"  # noqa: S608
        for number, record in rows:
            plain = record.encode() if isinstance(record, str) else record or b""
            if plain.startswith(b"{"):
                told = _moment(plain)
                if max(told.at, told.created) >= old:
                    break
                self._execute(update, (self._dialect.packed(packed(plain)), number))
            after = number
        return after

    async def give_back(self, limit: int) -> bool:
        return self._give_back(limit)
