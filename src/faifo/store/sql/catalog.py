"""The catalog's index: kept by every write of a dataset, read by nobody's scan.

Which terms datasets have, and which characters, is one index over tokens of our own
(`faifo.folding`), so that a query walks only what may be seen and only what fits.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from faifo.folding import composed
from faifo.store import schema
from faifo.store.finding import Sought, indexed, seen_by, sort_keys, term_token
from faifo.store.records import Dataset
from faifo.store.sql.dialect import Connection, Dialect
from faifo.store.sql.packs import SqlPacks
from faifo.store.sql.tables import Seen, SqlTable

_KEYS: Final = ("id", "title", "description", "keyword", "license", "mediaType", "byteSize")
_SET: Final = ", ".join(f"{name}_key = ?" for name in _KEYS)

_decode = msgspec.json.Decoder(Dataset).decode


class SqlDatasets(SqlTable[Dataset]):
    """The datasets, and what the catalog finds them by."""

    def __init__(
        self, connection: Connection, dialect: Dialect, packs: SqlPacks, seen: Seen
    ) -> None:
        super().__init__(connection, dialect, schema.DATASETS, packs, seen)
        self._entries = SqlEntries(connection, dialect)

    async def get(self, *key: str | int) -> Dataset | None:
        """Return the dataset of that id, or of that id as ids are compared (NFC)."""
        found = await super().get(*key)
        return found or (
            await super().get(composed(str(key[0]))) if not str(key[0]).isascii() else None
        )

    async def put(self, record: Dataset, **changes: Any) -> Dataset:
        old = await self.get(record.id) if record.revision else None
        kept = await super().put(record, **changes)
        self._entries.change(old, kept)
        return kept

    async def delete(self, *key: str | int) -> None:
        old = await self.get(*key)
        self._entries.change(old, None)
        await super().delete(*key)


class SqlEntries:
    """One entry for each dataset that is published and not withdrawn."""

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self._connection = connection
        self._execute = connection.execute
        self._dialect = dialect

    def change(self, old: Dataset | None, new: Dataset | None) -> None:
        """Let `new` take the place of `old`, which is as it was when it was put last."""
        before = old if old and not old.withdrawn else None
        after = new if new and not new.withdrawn else None
        if before and after:
            self._replace(before, after)
        elif before:
            self._remove(before)
        elif after:
            self._add(after)

    def _add(self, dataset: Dataset) -> None:
        number = self._terms(dataset)
        statement = "INSERT INTO catalog_entry (dataset, terms) VALUES (?, ?) RETURNING place"
        (place,) = self._execute(statement, (self._dialect.short(dataset.id), number)).fetchone()
        self._write(place, number, dataset)

    def _replace(self, before: Dataset, after: Dataset) -> None:
        if indexed(before) == indexed(after) and seen_by(before) == seen_by(after):
            return
        place, number = self._found(before)
        self._erase(place, number, before)
        fresh = self._terms(after)
        self._execute("UPDATE catalog_entry SET terms = ? WHERE place = ?", (fresh, place))
        self._write(place, fresh, after)
        self._forget(number)

    def _remove(self, dataset: Dataset) -> None:
        place, number = self._found(dataset)
        self._erase(place, number, dataset)
        self._execute("DELETE FROM catalog_entry WHERE place = ?", (place,))
        self._forget(number)

    def _found(self, dataset: Dataset) -> tuple[int, int]:
        statement = "SELECT place, terms FROM catalog_entry WHERE dataset = ?"
        place, number = self._execute(statement, (self._dialect.short(dataset.id),)).fetchone()
        return place, number

    def _terms(self, dataset: Dataset) -> int:
        text = seen_by(dataset).decode()
        self._execute("INSERT INTO catalog_terms (text) VALUES (?) ON CONFLICT DO NOTHING", (text,))
        statement = "SELECT number FROM catalog_terms WHERE text = ?"
        return int(self._execute(statement, (text,)).fetchone()[0])

    def _forget(self, number: int) -> None:
        self._execute(
            "DELETE FROM catalog_terms WHERE number = ?"
            " AND NOT EXISTS (SELECT 1 FROM catalog_entry WHERE terms = number)",
            (number,),
        )

    def _write(self, place: int, number: int, dataset: Dataset) -> None:
        keys = sort_keys(dataset)
        keys["byteSize"] = keys["byteSize"] if keys["byteSize"] != "" else self._dialect.no_size
        statement = f"UPDATE catalog_entry SET {_SET} WHERE place = ?"  # noqa: S608
        self._execute(statement, [*(keys[name] for name in _KEYS), place])
        self._dialect.index(self._connection, place, tokens_of(number, dataset))

    def _erase(self, place: int, number: int, dataset: Dataset) -> None:
        self._dialect.unindex(self._connection, place, tokens_of(number, dataset))


class SqlCatalog:
    """What is published and not withdrawn, by its terms and by what stands in it."""

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self._connection = connection
        self._execute = connection.execute
        self._dialect = dialect

    async def terms(
        self, *, after: int, upto: int | None, limit: int
    ) -> list[tuple[int, dict[str, Any]]]:
        """Return the distinct terms that say who sees datasets, by number.

        `after` and `upto` bound the numbers; terms that are new get a higher number than all.
        """
        rows = self._execute(
            "SELECT number, text FROM catalog_terms"
            " WHERE number > ? AND number <= coalesce(?, number) ORDER BY number LIMIT ?",
            (after, upto, limit),
        )
        return [(number, msgspec.json.decode(text)) for number, text in rows]

    async def find(self, sought: Sought) -> list[tuple[int, Dataset]]:
        """Return datasets with their places; one that is published later has a higher place.

        What a token stands for may be more than what was asked: `sought` leaves none out that
        fits, and who asks looks again.
        """
        nothing = not sought.every if sought.terms is None else not sought.terms
        if nothing or () in sought.every:
            return []
        key, way = "", ""
        if sought.sort is not None:
            key = f"{sought.sort if sought.sort in _KEYS else 'id'}_key"
            way = "DESC," if sought.descending else "ASC,"
        terms = [[term_token(number) for number in sought.terms]] if sought.terms else []
        place, source, values = self._dialect.found(
            sought, [*terms, *sought.every], sorting=bool(key)
        )
        fixed = self._dialect.fixed
        # The records are read for those in the page only: SQLite would carry them all into a sort.
        rows = self._execute(
            f"SELECT entry.place, dataset.record FROM (SELECT {place} AS place"  # noqa: S608
            f" FROM {source} AND {place} > ?"
            f" ORDER BY {key} {way} {place} LIMIT ? OFFSET ?) AS found"
            f" {fixed} catalog_entry AS entry ON entry.place = found.place"
            f" {fixed} dataset ON dataset.id = entry.dataset"
            f" ORDER BY {key} {way} entry.place",
            (*values, sought.after, sought.limit, sought.skip),
        )
        return [(place, _decode(record)) for place, record in rows]


def rebuild(connection: Connection, dialect: Dialect) -> None:
    """Fill the index from the datasets; nothing is in it yet."""
    entries = SqlEntries(connection, dialect)
    for (record,) in connection.execute("SELECT record FROM dataset ORDER BY id"):
        entries.change(None, _decode(record))


def tokens_of(number: int, dataset: Dataset) -> list[str]:
    """Return what a dataset with the terms of this number is found by."""
    return [term_token(number), *sorted(indexed(dataset))]
