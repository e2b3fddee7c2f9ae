"""The tables of the log; see `node.receipts.log`. The newest one is written, unless halted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from faifo.ledger.growth import Growth
from faifo.ledger.tiles import ENTRIES, WIDTH, Tile, bundle, unbundle
from faifo.ledger.tree import EMPTY_ROOT, HASH_BYTES, leaf_hash
from faifo.store.packing import deflated, inflated
from faifo.store.records import LogHead, LogRecord
from faifo.store.sql.dialect import Connection, Dialect
from faifo.store.sql.packs import SqlPacks

_HEAD = "SELECT number, origin, size, root, halted, why, coalesce(note, ?) FROM log"
RECORD_COLUMNS = LogRecord._fields
_COLUMNS = ", ".join(RECORD_COLUMNS)


class SqlLedger:
    def __init__(self, connection: Connection, dialect: Dialect, packs: SqlPacks) -> None:
        self._short, self._full = dialect.short, dialect.full
        self._packs = packs
        self._execute, self._later = connection.execute, connection.later
        self._many = connection.executemany

    async def head(self, number: int | None = None) -> LogHead | None:
        """Return the newest log, or that of the number."""
        row = self._execute(
            f"{_HEAD} WHERE number = coalesce(?, (SELECT max(number) FROM log))",  # noqa: S608
            (b"", number),
        ).fetchone()
        return LogHead(*row) if row else None

    async def begin(self, number: int, origin: str) -> None:
        """Begin a log, or give one without leaves another name."""
        self._execute(
            "INSERT INTO log (number, origin, size, root) VALUES (?, ?, 0, ?)"
            " ON CONFLICT (number) DO UPDATE SET origin = excluded.origin",
            (number, origin, EMPTY_ROOT),
        )

    async def halt(self, number: int, size: int, why: str) -> None:
        """Keep that nothing of a log beyond `size` may be signed; the first time counts."""
        self._execute(
            "UPDATE log SET halted = ?, why = ? WHERE number = ? AND halted IS NULL",
            (size, why, number),
        )

    async def growth(self, head: LogHead) -> Growth:
        rows = self._execute(
            "SELECT level, n, data FROM log_edge WHERE log = ? ORDER BY level, n", (head.number,)
        )
        return Growth.loaded(head.size, rows)

    async def append(
        self, number: int, growth: Growth, records: Iterable[LogRecord], note: bytes
    ) -> None:
        """Write what has grown, what the new leaves stand for, and what was signed of the head."""
        grown = growth.take()
        for tile, data in grown.tiles:
            kept = deflated(data) if tile.level == ENTRIES else data
            self._later(
                "INSERT INTO log_tile VALUES (?, ?, ?, ?)", (number, tile.level, tile.number, kept)
            )
        for level in {max(tile.level, 0) for tile, _ in grown.tiles}:
            self._later(
                "DELETE FROM log_edge WHERE log = ? AND level = ? AND n < ?",
                (number, level, grown.starts[level]),
            )
        self._many(
            f"INSERT INTO log_edge VALUES ({number}, ?, ?, ?)",  # noqa: S608
            grown.rows,
        )
        self._many(
            f"INSERT INTO log_record ({_COLUMNS}) VALUES ({', '.join('?' * 13)})",  # noqa: S608
            map(self._row, records),
        )
        self._later(
            "UPDATE log SET size = ?, root = ?, note = ? WHERE number = ?",
            (growth.size, growth.root, note, number),
        )

    async def tile(self, number: int, tile: Tile) -> bytes | None:
        """Return the bytes of a tile; a bundle that is full comes whole."""
        data = self._full_tile(number, tile)
        if data:
            return data if tile.level == ENTRIES else data[: tile.width * HASH_BYTES]
        first = tile.number * WIDTH
        found = self._execute(
            "SELECT data FROM log_edge WHERE log = ? AND level = ? AND n >= ? AND n < ? ORDER BY n",
            (number, max(tile.level, 0), first, first + tile.width),
        ).fetchall()
        if len(found) < tile.width:
            return None
        if tile.level == ENTRIES:
            return bundle(one for (one,) in found)
        return b"".join(leaf_hash(one) if tile.level == 0 else one for (one,) in found)

    def _full_tile(self, number: int, tile: Tile) -> bytes | None:
        row = self._execute(
            "SELECT data FROM log_tile WHERE log = ? AND level = ? AND n = ?",
            (number, tile.level, tile.number),
        ).fetchone()
        return row and (inflated(row[0]) if tile.level == ENTRIES else row[0])

    def leaves(self) -> Callable[[int, int], bytes]:
        """Return what tells the leaf at a place of a log; it opens a bundle once for all in it."""
        known, bundled = (0, 0), list[bytes]()

        def leaf(log: int, place: int) -> bytes:
            nonlocal known, bundled
            name = (log, place // WIDTH)
            if name != known:
                known, data = name, self._full_tile(log, Tile(ENTRIES, place // WIDTH))
                bundled = unbundle(data) if data else []
            if bundled:
                return bundled[place % WIDTH]
            row = self._execute(
                "SELECT data FROM log_edge WHERE log = ? AND level = 0 AND n = ?", (log, place)
            ).fetchone()
            return row[0] if row else b""

        return leaf

    async def record(self, number: int, place: int) -> LogRecord | None:
        found = self._records("log = ? AND place = ?", (number, place))
        return found[0] if found else None

    async def records(
        self, *, after: tuple[int, int] = (0, -1), limit: int = 100, **columns: str | int
    ) -> list[LogRecord]:
        """Return records by log, agreement, process, peer or owed, in the order of their places."""
        # The index of a column is to be used where one is named, not that of the places; and a
        # partial index only if its condition stands in the query as it is.
        own = "+" if columns else ""
        wanted = [self._short(one) if isinstance(one, str) else one for one in columns.values()]
        tests = [f"({own}log, {own}place) > (?, ?)", *(f"{name} = ?" for name in columns)]
        order = f"ORDER BY {own}log, {own}place LIMIT ?"
        if columns.get("owed") == 1:
            tests.append("owed = 1")
        return self._records(f"{' AND '.join(tests)} {order}", [*after, *wanted, limit])

    async def handed(self, places: Iterable[tuple[int, int]]) -> None:
        """Keep that the other side has the receipts of these (log, place)."""
        self._many("UPDATE log_record SET owed = 0 WHERE log = ? AND place = ?", places)

    async def erase(self, places: Iterable[tuple[int, int]]) -> None:
        """Remove salt and record of the leaves at these (log, place); the leaves stay."""
        for one in places:
            self._packs.drop(self._kept("log = ? AND place = ?", one))
            self._later(
                "UPDATE log_record SET salt = NULL, record = NULL WHERE log = ? AND place = ?", one
            )

    async def owed_to(self) -> list[str]:
        """Return whom receipts are owed."""
        rows = self._execute("SELECT DISTINCT peer FROM log_record WHERE owed = 1")
        return [one for (one,) in rows if one]

    async def move(
        self, old: int, place: int, first: LogRecord, growth: Growth, note: bytes
    ) -> None:
        """Begin a log with `first`, then what log `old` has from `place` on, never signed."""
        moved = self._records("log = ? AND place >= ? ORDER BY place", (old, place))
        self._packs.drop(self._kept("log = ? AND place >= ?", (old, place)))
        self._execute("DELETE FROM log_record WHERE log = ? AND place >= ?", (old, place))
        start = growth.add([one.leaf for one in (first, *moved)])
        again = [
            one._replace(log=first.log, place=at) for at, one in enumerate((first, *moved), start)
        ]
        await self.append(first.log, growth, again, note)

    def _records(self, where: str, values: Sequence[Any]) -> list[LogRecord]:
        rows = self._execute(f"SELECT {_COLUMNS} FROM log_record WHERE {where}", values)  # noqa: S608
        plain, leaf_of, full = self._packs.reading(), self.leaves(), self._full
        found = []
        for log, place, kind, side, leaf, salt, record, event, at, *ids, peer, owed in rows:
            agreement, process = map(full, ids)
            whole = leaf or leaf_of(log, place)
            found.append(
                LogRecord(
                    log, place, kind, side, whole, salt, plain(record) if record else record,
                    event, at, agreement, process, peer, owed,
                )
            )  # fmt: skip
        return found

    def _row(self, record: LogRecord) -> tuple[Any, ...]:
        # A tuple, with which sqlite3 is quicker than with its subclasses.
        agreement, process, short = record.agreement, record.process, self._short
        return (
            *record[:9], agreement and short(agreement), process and short(process), *record[11:]
        )  # fmt: skip

    def _kept(self, where: str, values: Sequence[Any]) -> list[bytes | None]:
        rows = self._execute(f"SELECT record FROM log_record WHERE {where}", values)  # noqa: S608
        return [row[0] for row in rows]
