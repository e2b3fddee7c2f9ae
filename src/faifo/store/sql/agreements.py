"""The agreements, and how many there are with whom."""

from __future__ import annotations

from typing import Any, Final

from faifo.store import schema
from faifo.store.records import Agreement
from faifo.store.sql.dialect import Connection, Dialect
from faifo.store.sql.packs import SqlPacks
from faifo.store.sql.tables import Seen, SqlTable

_COUNT: Final = (
    "INSERT INTO agreement_count (peer, agreements) VALUES (?, ?) ON CONFLICT (peer) DO UPDATE"
    " SET agreements = agreement_count.agreements + excluded.agreements"
)


class SqlAgreements(SqlTable[Agreement]):
    """The table, which counts what is written to it."""

    def __init__(
        self, connection: Connection, dialect: Dialect, packs: SqlPacks, seen: Seen
    ) -> None:
        super().__init__(connection, dialect, schema.AGREEMENTS, packs, seen)

    async def put(self, record: Agreement, **changes: Any) -> Agreement:
        kept = await super().put(record, **changes)
        if record.revision == 0:
            self._counted(record, 1)
        return kept

    async def delete(self, *key: str | int) -> None:
        old = await self.get(*key)
        if old is not None:
            await super().delete(*key)
            self._counted(old, -1)

    async def with_peer(self, peer: str) -> int:
        """Return how many there are; of those with guests nothing is counted."""
        statement = "SELECT agreements FROM agreement_count WHERE peer = ?"
        row = self._execute(statement, (peer,)).fetchone()
        return int(row[0]) if row else 0

    async def peers(self) -> list[str]:
        """Return the DIDs of those with whom there are any, but for guests."""
        statement = "SELECT peer FROM agreement_count WHERE agreements > 0 ORDER BY peer"
        return [peer for (peer,) in self._execute(statement).fetchall()]

    def _counted(self, record: Agreement, by: int) -> None:
        if not record.of_guest:
            self._later(_COUNT, (record.peer, by))
