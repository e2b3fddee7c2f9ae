"""Packing writes rows anew: all that stands beside a record has to be in them as it was."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from faifo.store.contract import PACKED
from faifo.store.packing import unpacked
from faifo.store.sqlite.store import open_store

LATER = "2027-01-01T00:00:00.000000Z"


def _columns(connection: sqlite3.Connection, table: str) -> list[tuple[str, str]]:
    rows = connection.execute(f"PRAGMA table_info({table})").fetchall()
    return [(row[1], row[2]) for row in rows]


def _record(number: int) -> str:
    return f'{{"at":"2026-01-01T00:00:00.{number:06}Z","told":"{"word " * 200}"}}'


def _fill(connection: sqlite3.Connection, table: str) -> None:
    columns = _columns(connection, table)
    marks = ", ".join("?" * len(columns))
    for number in range(1, 4):
        values = [
            _record(number) if name == "record" else number if "INT" in kind else f"{name} {number}"
            for name, kind in columns
        ]
        connection.execute(f"INSERT INTO {table} VALUES ({marks})", values)


def _rows(path: Path, table: str) -> tuple[list[Any], list[Any]]:
    """Return what stands in a table beside its records, and those."""
    with closing(sqlite3.connect(path)) as connection:
        others = [name for name, _ in _columns(connection, table) if name != "record"]
        beside = connection.execute(f"SELECT rowid, {', '.join(others)} FROM {table}").fetchall()
        return beside, [row[0] for row in connection.execute(f"SELECT record FROM {table}")]


@pytest.mark.parametrize("table", PACKED)
async def test_packing_changes_nothing_but_the_record(tmp_path: Path, table: str) -> None:
    path = tmp_path / "faifo.db"
    await (await open_store(path)).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        _fill(connection, table)
    beside, _ = _rows(path, table)
    store = await open_store(path)
    await store.run(lambda tx: tx.room.pack(table, after=0, old=LATER, limit=100))
    await store.close()
    now, records = _rows(path, table)
    assert now == beside
    assert [unpacked(one).decode() for one in records] == [_record(number) for number in (1, 2, 3)]
    assert all(len(one) < len(_record(1)) / 5 for one in records)
