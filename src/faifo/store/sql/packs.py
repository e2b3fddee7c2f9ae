"""The packs, which hold old records of one table each; see `store.packing`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from faifo.store.packing import Slot, packed, read, unpacked
from faifo.store.sql.dialect import Connection

ROWS: Final = 64
"""So many records fill a pack: with more it takes longer to read one of them than it saves."""


class SqlPacks:
    """Packs on one connection. What is dropped goes at the end of the unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute
        self._dropped: defaultdict[int, set[int]] = defaultdict(set)

    def reading(self) -> Callable[[str | bytes], bytes]:
        """Return what reads records of rows; it opens a pack once for rows in turn."""
        number, records = 0, list[bytes]()

        def plain(kept: str | bytes) -> bytes:
            nonlocal number, records
            found = read(kept)
            if not isinstance(found, Slot):
                return found
            if found.pack != number:
                number, records = found.pack, self._records(found.pack)
            return records[found.at]

        return plain

    def add(self, table: str, records: Sequence[bytes]) -> list[Slot]:
        """Pack records of a table after those that it has, and return where each is."""
        newest = self._execute(
            "SELECT number, data FROM pack WHERE kind = ? ORDER BY number DESC LIMIT 1", (table,)
        ).fetchone()
        slots: list[Slot] = []
        if newest:
            number, there = newest[0], unpacked(newest[1])
            if len(there) < ROWS:
                more = records[: ROWS - len(there)]
                slots += [Slot(number, at) for at in range(len(there), len(there) + len(more))]
                self._keep(number, [*there, *more])
        for start in range(len(slots), len(records), ROWS):
            part = records[start : start + ROWS]
            row = self._execute(
                "INSERT INTO pack (kind, data) VALUES (?, ?) RETURNING number",
                (table, packed(part)),
            ).fetchone()
            slots += [Slot(row[0], at) for at in range(len(part))]
        return slots

    def begin(self) -> None:
        """Forget what was dropped by a unit of work that came to nothing."""
        self._dropped.clear()

    def drop(self, kept: Iterable[str | bytes | None]) -> None:
        """Have the records go that these rows had."""
        for one in kept:
            found = read(one) if one else b""
            if isinstance(found, Slot):
                self._dropped[found.pack].add(found.at)

    def settle(self) -> None:
        """Write the packs anew without what was dropped."""
        for number, gone in self._dropped.items():
            there = self._records(number)
            self._keep(number, [b"" if at in gone else one for at, one in enumerate(there)])
        self._dropped.clear()

    def _records(self, number: int) -> list[bytes]:
        row = self._execute("SELECT data FROM pack WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise ValueError(f"the pack {number} is gone")
        return unpacked(row[0])

    def _keep(self, number: int, records: Sequence[bytes]) -> None:
        if any(records):
            self._execute("UPDATE pack SET data = ? WHERE number = ?", (packed(records), number))
        else:
            self._execute("DELETE FROM pack WHERE number = ?", (number,))


def unpack(connection: Any, table: str) -> None:
    """Write every packed record of a table in a file into its row again."""
    plain = SqlPacks(connection).reading()
    rows = connection.execute(
        f"SELECT rowid, record FROM {table} WHERE typeof(record) = 'blob' AND record < x'20'"  # noqa: S608
    ).fetchall()
    for number, record in rows:
        value = plain(record) if table == "log_record" else plain(record).decode()
        connection.execute(f"UPDATE {table} SET record = ? WHERE rowid = ?", (value, number))  # noqa: S608
    if rows:
        connection.execute("DELETE FROM pack WHERE kind = ?", (table,))
