"""Room: old records in fewer bytes, and what became free given back to the disk."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import msgspec

from faifo.store.packing import PACKED, Slot, read, reference
from faifo.store.schema import (
    AGREEMENTS,
    DECISIONS,
    HISTORY,
    JOURNAL,
    NEGOTIATIONS,
    PEER_RECEIPTS,
    TRANSFERS,
)
from faifo.store.sql.dialect import Connection, Dialect
from faifo.store.sql.ledger import RECORD_COLUMNS, SqlLedger
from faifo.store.sql.packs import SqlPacks

_COLUMNS: Final = {
    **{shape.name: shape.columns for shape in (HISTORY, JOURNAL)},
    **{
        shape.name: (*shape.columns, "revision")
        for shape in (PEER_RECEIPTS, DECISIONS, NEGOTIATIONS, TRANSFERS, AGREEMENTS)
    },
    "log_record": tuple(name for name in RECORD_COLUMNS if name != "record"),
}
"""What stands beside the record in the tables that are packed."""


class _Moment(msgspec.Struct):
    """What is read of a record: when it was written."""

    at: str = ""
    created: str = ""


_moment: Final = msgspec.json.Decoder(_Moment).decode


class SqlRoom:
    """What old rows take; a store that sees to it by itself does nothing here."""

    def __init__(self, connection: Connection, dialect: Dialect, packs: SqlPacks) -> None:
        self._execute = connection.execute
        self._many = connection.executemany
        self._dialect = dialect
        self._packs = packs
        self._ledger = SqlLedger(connection, dialect, packs)
        self._give_back = partial(dialect.give_back, connection)

    async def pack(self, table: str, *, after: int, old: str, limit: int) -> int:
        """Keep records of one of `PACKED` in fewer bytes; they are read as before.

        Goes on behind `after` in the order in which rows came, until one that is not older than
        `old` (as `clock.text` writes it), and looks at `limit` rows. Returns how far it came:
        `after` where there was nothing to do.
        """
        if table not in PACKED:
            raise KeyError(f"{table} is not packed")
        place = self._dialect.packs.get(table)
        if place is None:
            return after
        names = ", ".join((place, *_COLUMNS[table], "record"))
        rows = self._execute(
            f"SELECT {names} FROM {table} WHERE {place} > ? ORDER BY {place} LIMIT ?",  # noqa: S608
            (after, limit),
        ).fetchall()
        changed: list[tuple[Any, ...]] = []
        plain: list[bytes] = []
        for number, *others, record in rows:
            found = read(record or b"")
            if not isinstance(found, Slot) and found.startswith(b"{"):
                told = _moment(found)
                if max(told.at, told.created) >= old:
                    break
                changed.append((number, *others))
                plain.append(found)
            after = number
        if table == "log_record":
            changed = self._bare(changed)
        slots = self._packs.add(table, plain)
        packed = [
            (*row, self._dialect.packed(reference(slot)))
            for row, slot in zip(changed, slots, strict=True)
        ]
        # Written anew in their order they stand close; where each shrinks in its place, half of
        # every page stays empty.
        self._many(f"DELETE FROM {table} WHERE {place} = ?", [row[:1] for row in packed])  # noqa: S608
        marks = ", ".join("?" * (len(_COLUMNS[table]) + 2))
        self._many(f"INSERT INTO {table} ({names}) VALUES ({marks})", packed)  # noqa: S608
        return after

    def _bare(self, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Return rows of the log without their leaves, which stand in the tree."""
        leaf_of = self._ledger.leaves()
        return [
            (number, log, place, kind, side, b"" if leaf_of(log, place) == leaf else leaf, *rest)
            for number, log, place, kind, side, leaf, *rest in rows
        ]

    async def give_back(self, limit: int) -> bool:
        """Give up to `limit` pages back that nothing stands in; tell whether there are more."""
        return self._give_back(limit)
