"""A log, a full disk and a clock that jumps: no leaf is lost, and nothing else is signed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from faifo.errors import ConflictError, StorageError
from faifo.ledger.receipt import check_receipt, read_receipt
from faifo.node.custody.directory import Directory
from faifo.node.custody.keyring import ensure_key, make_first_keys, read_keyring
from faifo.node.examining.books import log_halted
from faifo.node.receipts.log import NodeLog
from faifo.node.settings.model import Settings
from faifo.store.contract import Transaction
from faifo.store.records import JournalEntry
from faifo.store.sqlite.store import SqliteStore, open_store
from faifo.trust.keys import KeyPurpose

DID = "did:web:hanoi.example"
NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[NodeLog]:
    directory = Directory(tmp_path)
    make_first_keys(directory.keys)
    for purpose in (KeyPurpose.AGREEMENT, KeyPurpose.LOG):
        ensure_key(directory.keys, purpose)
    made = NodeLog(directory, did=DID, root="https://hanoi.example", hands=False)
    made.use(read_keyring(directory.keys, did=DID))
    store = await open_store(directory.database, sequencer=made.sequencer(None))
    await made.open(store)
    yield made
    await store.close()


async def accessed(log: NodeLog, at: datetime = NOW, size: int = 10) -> None:
    entry = JournalEntry(event="access-served", at=at, detail={"ballast": "x" * size})
    await log.store.run(lambda tx: tx.journal.append(entry))


async def all_proven(log: NodeLog) -> int:
    """Check the receipts of all records under the newest head; return how many they are."""

    async def look(tx: Transaction) -> list[bytes]:
        return await log.receipts(tx, await tx.ledger.records())

    found = [read_receipt(one) for one in await log.store.read(look)]
    for place, one in enumerate(found):
        check_receipt(one, log.key(1))
        assert one.place == place
    return len(found)


async def test_a_disk_that_is_full_in_the_middle_of_a_batch(log: NodeLog):
    for _ in range(3):
        await accessed(log)
    before, note = log.signed()
    assert isinstance(log.store, SqliteStore)
    full = log.store._connection.execute
    full("PRAGMA max_page_count = 1")  # as many as there are
    with pytest.raises(StorageError, match="database or disk is full; nothing was acknowledged"):
        await accessed(log, size=200_000)
    assert log.signed() == (before, note)
    assert await all_proven(log) == before.size == 3
    full("PRAGMA max_page_count = 1000000")
    await accessed(log)
    assert await all_proven(log) == 4
    assert await log.holds(before.size, before.root)


async def test_a_clock_that_jumps_changes_no_order_and_no_proof(log: NodeLog):
    for jump in (timedelta(0), timedelta(days=-400), timedelta(days=4000), timedelta(seconds=-1)):
        await accessed(log, NOW + jump)
    assert await all_proven(log) == 4
    records = await log.store.read(lambda tx: tx.ledger.records())
    assert [one.at[:4] for one in records] == ["2026", "2025", "2037", "2026"]


async def test_where_the_head_cannot_be_written_down_the_log_goes_on_and_says_so(new_pair: Any):
    pair = await new_pair("\n[receipts]\ndelay_seconds = 0.05\n")
    head = pair.provider.path / "log.head"
    head.unlink()
    head.mkdir()
    (head / "in-the-way").touch()
    await pair.agreement(await pair.publish())
    async with asyncio.timeout(60):
        while "how far the log has come waits to be written down" not in pair.provider.log_tail():
            await asyncio.sleep(0.05)  # a log tells nobody
    (head / "in-the-way").unlink()
    head.rmdir()
    await pair.agreement(await pair.publish())
    async with asyncio.timeout(60):
        while not head.is_file():
            await asyncio.sleep(0.05)  # nor does a file
    assert "Traceback" not in pair.provider.log_tail()


async def test_under_another_address_an_empty_log_is_renamed_and_one_with_leaves_signs_nothing(
    log: NodeLog, tmp_path: Path
):
    async def moved(root: str) -> NodeLog:
        made = NodeLog(Directory(tmp_path), did=DID, root=root, hands=False)
        made.use(read_keyring(tmp_path / "keys", did=DID))
        await made.open(log.store)
        return made

    empty = await moved("https://hue.example/node")
    assert (empty.signed()[0].origin, empty.halted) == ("hue.example/node/log", "")
    await moved("https://hanoi.example")
    await accessed(log)
    away = await moved("https://hue.example/node")
    assert away.halted == (
        "the log is called hanoi.example/log, and by today's node.public_url it would be"
        " hue.example/node/log: others do not find it there"
    )
    with pytest.raises(ConflictError):
        away.signed()
    settings = msgspec.convert({"node": {"public_url": "https://hue.example/node"}}, Settings)
    head = await log.store.read(lambda tx: tx.ledger.head())
    (told,) = log_halted(head, settings)
    assert (told.check, away.halted in told.words("en")[0]) == ("log-halted", True)
    assert (await moved("https://hanoi.example")).halted == ""  # what was a slip leaves nothing
