"""What a store must do with readers and with the sequencer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest
from store_units import DEADLINE, Open, add, appends, events, history, journal, put, timer, together

from faifo.errors import ConflictError, StorageError
from faifo.store.contract import Sequencer, Transaction
from faifo.store.records import (
    JournalEntry,
)


async def check_a_read_is_one_snapshot(open_store: Open) -> None:
    store = await open_store()
    await add(store, "a")
    reading, written = threading.Event(), threading.Event()

    async def work(tx: Transaction) -> tuple[int, int, int]:
        before = await tx.journal.count()
        reading.set()
        assert written.wait(DEADLINE)
        return before, await tx.journal.count(), await tx.timers.count()

    task = asyncio.create_task(store.read(work))
    assert await asyncio.to_thread(reading.wait, DEADLINE)
    await store.run(appends("b"))
    written.set()
    assert await task == (1, 1, 0)
    assert await events(store) == ["a", "b"]


async def check_a_read_sees_what_was_acknowledged(open_store: Open) -> None:
    store = await open_store()
    for number in range(50):
        await add(store, str(number))
        for few in (False, True):
            assert await store.read(lambda tx: tx.journal.count(), few=few) == number + 1


async def check_writing_in_read_is_an_error(open_store: Open) -> None:
    store = await open_store()
    for few in (False, True):
        with pytest.raises(RuntimeError) as caught:
            await store.read(appends("no"), few=few)
        assert str(caught.value) == "a unit of work tried to write in `read`"
        assert await events(store) == []
    await add(store, "a")
    assert await events(store) == ["a"]


async def check_an_error_in_read_reaches_its_caller(open_store: Open) -> None:
    store = await open_store()

    async def work(tx: Transaction) -> None:
        await tx.journal.count()
        raise ConflictError(what="as it was")

    for _ in range(5):
        with pytest.raises(ConflictError, match="as it was"):
            await store.read(work)
    await add(store, "a")
    assert await events(store) == ["a"]


class Recorder:
    """A sequencer that keeps what it got, and can raise."""

    def __init__(self) -> None:
        self.groups: list[list[tuple[int, str]]] = []
        self.error: Exception | None = None

    async def __call__(self, _tx: Transaction, rows: Sequence[tuple[int, JournalEntry]]) -> None:
        self.groups.append([(seq, row.event) for seq, row in rows])
        if self.error:
            raise self.error


def _as_sequencer(recorder: Recorder) -> Sequencer:
    return recorder


async def check_the_sequencer_gets_one_call_per_group(open_store: Open) -> None:
    recorder = Recorder()
    store = await open_store(sequencer=_as_sequencer(recorder))
    await together(store, *(appends(f"{number:02}") for number in range(30)))
    assert recorder.groups == [[(number + 1, f"{number:02}") for number in range(30)]]
    await put(store, "timers", timer("nothing for the journal"))
    assert len(recorder.groups) == 1


async def check_the_sequencer_gets_exactly_what_succeeded(open_store: Open) -> None:
    recorder = Recorder()
    store = await open_store(sequencer=_as_sequencer(recorder))
    await together(
        store,
        appends("a"),
        appends("lost", ValueError()),
        appends("b"),
        appends("lost too", ConflictError(what="x")),
    )
    assert recorder.groups == [[(1, "a"), (2, "b")]]
    await together(store, appends("lost", ValueError()))
    assert len(recorder.groups) == 1


async def check_the_sequencer_writes_in_the_same_commit(open_store: Open) -> None:
    called: list[str] = []

    async def sequencer(tx: Transaction, rows: Sequence[tuple[int, JournalEntry]]) -> None:
        assert await tx.journal.count() == len(rows)
        for seq, row in rows:
            await tx.history.append(history(f"{seq} {row.event}".encode()))
            await tx.journal.append(journal("leaf"))
        tx.after_commit(lambda: called.append("published"))

    store = await open_store(sequencer=sequencer)
    other = await open_store()
    outcomes = await together(store, appends("a"), appends("b"), appends("lost", ValueError("no")))
    assert outcomes[:2] == ["a", "b"]
    rows = await other.read(lambda tx: tx.history.find())
    assert [row.body for _, row in rows] == [b"1 a", b"2 b"]
    assert await events(other) == ["a", "b", "leaf", "leaf"]
    assert called == ["published"]


async def check_a_raising_sequencer_rolls_back_the_whole_group(open_store: Open) -> None:
    recorder = Recorder()
    store = await open_store(sequencer=_as_sequencer(recorder))
    called: list[str] = []

    async def loud(tx: Transaction) -> None:
        await tx.journal.append(journal("loud"))
        tx.after_commit(lambda: called.append("too early"))

    recorder.error = StorageError(what="the log is full")
    results = await together(store, appends("a"), loud, appends("c"))
    assert [str(result) for result in results] == ["the log is full"] * 3
    assert called == []
    recorder.error = None
    assert await events(store) == []
    await add(store, "d")
    assert recorder.groups[-1] == [(1, "d")]
    assert await events(store) == ["d"]
