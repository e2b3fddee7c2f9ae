"""Packing writes rows anew: all that stands beside a record has to be in them as it was."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import AsyncIterator
from contextlib import closing
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contract.store_units import history, negotiation
from faifo.store.contract import Transaction
from faifo.store.packing import PACKED, unpacked
from faifo.store.sql.packs import ROWS, SqlPacks
from faifo.store.sqlite.store import SqliteStore, open_store

WORDS = resources.files("faifo.store")
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


def _rows(path: Path, table: str) -> tuple[list[Any], list[Any], list[str]]:
    """Return what stands in a table beside its records, there, and what those are."""
    with closing(sqlite3.connect(path)) as connection:
        others = [name for name, _ in _columns(connection, table) if name != "record"]
        beside = connection.execute(f"SELECT rowid, {', '.join(others)} FROM {table}").fetchall()
        there = [row[0] for row in connection.execute(f"SELECT record FROM {table}")]
        plain = SqlPacks(connection).reading()  # type: ignore[arg-type]
        return beside, there, [plain(one).decode() for one in there]


@pytest.mark.parametrize("table", PACKED)
async def test_packing_changes_nothing_but_the_record(tmp_path: Path, table: str) -> None:
    path = tmp_path / "faifo.db"
    await (await open_store(path)).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        _fill(connection, table)
    before = _rows(path, table)
    store = await open_store(path)
    await store.run(lambda tx: tx.room.pack(table, after=0, old=LATER, limit=100))
    await store.close()
    beside, there, records = _rows(path, table)
    assert beside == before[0]
    assert records == [_record(number) for number in (1, 2, 3)]
    assert all(len(one) < 8 for one in there)


def _packs(path: Path) -> list[list[bytes]]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT data FROM pack ORDER BY number").fetchall()
    return [unpacked(data) for (data,) in rows]


async def _packed(store: SqliteStore, table: str) -> None:
    await store.run(lambda tx: tx.room.pack(table, after=0, old=LATER, limit=1000))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await open_store(tmp_path / "faifo.db")
    yield opened
    await opened.close()


async def test_what_comes_later_is_packed_with_what_is_there(store: SqliteStore, tmp_path: Path):
    bodies = [b"%d" % number for number in range(2 * ROWS + 5)]
    sizes = []
    for part in (bodies[:10], bodies[10:30], bodies[30:]):
        for body in part:
            await store.run(lambda tx, body=body: tx.history.append(history(body)))  # type: ignore[misc]
        await _packed(store, "history")
        sizes.append([len(one) for one in _packs(tmp_path / "faifo.db")])
    assert sizes == [[10], [30], [ROWS, ROWS, 5]]
    found = await store.read(lambda tx: tx.history.find())
    assert [(seq, one.body) for seq, one in found] == list(enumerate(bodies, 1))
    newest = await store.read(lambda tx: tx.history.find(newest_first=True, after=3, limit=2))
    assert [seq for seq, _ in newest] == [len(bodies), len(bodies) - 1]


async def test_what_is_deleted_or_changed_is_in_no_pack_any_more(
    store: SqliteStore, tmp_path: Path
):
    async def fill(tx: Transaction) -> None:
        for number in range(3):
            await tx.history.append(history(b"secret %d" % number))
            await tx.negotiations.put(negotiation(f"n{number}", reason=(f"why {number}",)))

    await store.run(fill)
    await _packed(store, "history")
    await _packed(store, "negotiation")

    async def change(tx: Transaction) -> None:
        assert await tx.history.forget(1)
        assert not await tx.history.forget(1)
        await tx.negotiations.delete("n0")
        kept = await tx.negotiations.get("n1")
        assert kept
        await tx.negotiations.put(msgspec.structs.replace(kept, reason=()))
        await tx.negotiations.delete("nobody")

    async def fail(tx: Transaction) -> None:
        await change(tx)
        raise RuntimeError("no")

    async def read(tx: Transaction) -> list[object]:
        return [await tx.history.find(), await tx.negotiations.find()]

    before, packs = await store.read(read), _packs(tmp_path / "faifo.db")
    with pytest.raises(RuntimeError, match="no"):
        await store.run(fail)
    assert (await store.read(read), _packs(tmp_path / "faifo.db")) == (before, packs)
    await store.run(change)
    messages, processes = _packs(tmp_path / "faifo.db")
    assert [bool(one) for one in messages] == [False, True, True]
    assert [b"why" in one for one in processes] == [False, False, True]
    assert len(await store.read(lambda tx: tx.history.find())) == 2

    async def empty(tx: Transaction) -> None:
        for seq in (2, 3):
            await tx.history.forget(seq)

    await store.run(empty)
    assert len(_packs(tmp_path / "faifo.db")) == 1


async def test_what_was_packed_alone_is_packed_with_others(store: SqliteStore, tmp_path: Path):
    await store.run(lambda tx: tx.negotiations.put(negotiation("n")))
    before = await store.read(lambda tx: tx.negotiations.get("n"))
    with closing(sqlite3.connect(tmp_path / "faifo.db")) as connection, connection:
        (plain,) = connection.execute("SELECT record FROM negotiation").fetchone()
        work = zlib.compressobj(wbits=-15, zdict=(WORDS / "words-1.bin").read_bytes())
        alone = b"\x01" + work.compress(msgspec.msgpack.encode([plain.encode()])) + work.flush()
        connection.execute("UPDATE negotiation SET record = ?", (alone,))
    assert await store.read(lambda tx: tx.negotiations.get("n")) == before
    await _packed(store, "negotiation")
    assert _packs(tmp_path / "faifo.db") == [[plain.encode()]]
    assert await store.read(lambda tx: tx.negotiations.get("n")) == before
