"""Another process that writes to the file is waited for, and by nobody in the loop."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from faifo import clock
from faifo.errors import StorageError
from faifo.store.contract import Transaction
from faifo.store.records import JournalEntry
from faifo.store.sqlite import store as module
from faifo.store.sqlite.store import open_store


async def _unit(tx: Transaction) -> None:
    await tx.journal.append(JournalEntry(event="a", at=clock.now()))


async def test_the_loop_goes_on_while_another_process_writes(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "faifo.db")
    with closing(sqlite3.connect(tmp_path / "faifo.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.create_task(store.run(_unit, few=True))
        for _ in range(100):
            await asyncio.sleep(0)
        assert not writing.done()
        other.execute("ROLLBACK")
        await asyncio.wait_for(writing, 10)
    assert await store.read(lambda tx: tx.journal.count()) == 1
    await store.close()


async def test_who_keeps_the_file_for_good_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.0)
    store = await open_store(tmp_path / "faifo.db")
    with closing(sqlite3.connect(tmp_path / "faifo.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="locked"):
            await store.run(_unit, few=True)
        other.execute("ROLLBACK")
    await store.run(_unit, few=True)
    await store.close()
