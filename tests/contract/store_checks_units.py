"""What a store must do with units of work and their callbacks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from store_units import (
    DEADLINE,
    MOMENT,
    Blocker,
    Open,
    add,
    appends,
    events,
    journal,
    put,
    subjects,
    timer,
    together,
)

from faifo.errors import ConflictError, StorageError
from faifo.store.contract import Transaction
from faifo.store.records import (
    JournalEntry,
)


async def check_a_result_is_returned_and_kept(open_store: Open) -> None:
    store = await open_store()
    assert await store.run(appends("one")) == "one"
    assert await events(store) == ["one"]
    await store.close()
    store = await open_store()
    assert await events(store) == ["one"]
    assert await subjects(store) == ["one"]


async def check_a_failing_unit_leaves_nothing(open_store: Open) -> None:
    store = await open_store()
    with pytest.raises(ValueError, match="no"):
        await store.run(appends("lost", ValueError("no")))
    assert await events(store) == []
    assert await subjects(store) == []


async def check_a_failing_unit_leaves_its_neighbours(open_store: Open) -> None:
    store = await open_store()
    results = await together(
        store,
        appends("before"),
        appends("failing", ValueError("no")),
        appends("after"),
        appends("last fails", ConflictError(what="taken")),
    )
    assert results[0] == "before"
    assert results[2] == "after"
    assert isinstance(results[1], ValueError)
    assert isinstance(results[3], ConflictError)
    assert await events(store) == ["before", "after"]
    assert await subjects(store) == ["after", "before"]


async def check_even_a_cancelled_error_in_a_unit_is_its_own(open_store: Open) -> None:
    store = await open_store()
    results = await together(
        store, appends("a"), appends("b", asyncio.CancelledError()), appends("c")
    )
    assert isinstance(results[1], asyncio.CancelledError)
    assert await events(store) == ["a", "c"]


async def check_what_one_unit_wrote_the_next_sees(open_store: Open) -> None:
    store = await open_store()
    seen = []

    async def look(tx: Transaction) -> None:
        seen.append([row.event for _, row in await tx.journal.find()])

    await together(store, appends("a"), appends("b", ValueError()), look)
    assert seen == [["a"]]


async def check_a_refused_put_in_a_unit_that_goes_on_changes_nothing(open_store: Open) -> None:
    store = await open_store()
    await put(store, "timers", timer("taken", 1))

    async def work(tx: Transaction) -> None:
        await tx.journal.append(journal("before"))
        with pytest.raises(ConflictError):
            await tx.timers.put(timer("taken", 9))
        await tx.journal.append(journal("after"))

    await store.run(work)
    assert await events(store) == ["before", "after"]
    assert await subjects(store, due="2026-03-01T12:00:01.000000Z") == ["taken"]


async def check_awaiting_something_foreign_is_an_error(open_store: Open) -> None:
    store = await open_store()

    async def work(tx: Transaction) -> None:
        await tx.journal.append(journal("lost"))
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError) as caught:
        await store.run(work)
    expected = "a unit of work awaited something that is not its transaction"
    assert str(caught.value) == expected
    with pytest.raises(RuntimeError) as caught:
        await store.read(lambda _: _sleepy())
    assert str(caught.value) == expected
    assert await events(store) == []


async def _sleepy() -> None:
    await asyncio.sleep(0)


async def check_a_cancelled_caller_does_not_undo_its_unit(open_store: Open) -> None:
    store = await open_store()
    blocker = Blocker()
    first = asyncio.create_task(store.run(blocker, few=False))
    await asyncio.to_thread(blocker.running.wait, DEADLINE)
    called: list[str] = []

    async def work(tx: Transaction) -> None:
        await tx.journal.append(journal("kept"))
        tx.after_commit(lambda: called.append("callback"))

    gone = asyncio.create_task(store.run(work))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    blocker.go.set()
    await first
    await add(store, "next")
    assert await events(store) == ["kept", "next"]
    assert called == ["callback"]


async def check_close_finishes_what_is_queued(open_store: Open) -> None:
    store = await open_store()
    blocker = Blocker()
    tasks = [asyncio.create_task(store.run(blocker, few=False))]
    await asyncio.to_thread(blocker.running.wait, DEADLINE)
    tasks += [asyncio.create_task(store.run(appends(f"{number:03}"))) for number in range(40)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(store.close())
    blocker.go.set()
    await asyncio.wait_for(closing, DEADLINE)
    await asyncio.wait_for(asyncio.gather(*tasks), DEADLINE)
    store = await open_store()
    assert await events(store) == [f"{number:03}" for number in range(40)]


async def check_a_closed_store_says_so(open_store: Open) -> None:
    store = await open_store()
    await store.close()
    await store.close()
    for call in (store.run, store.read):
        with pytest.raises(StorageError) as caught:
            await call(appends("late"))
        assert str(caught.value) == "the store is closed; start the node again"


async def check_many_writers_at_once_all_get_their_answer(open_store: Open) -> None:
    store = await open_store()

    async def work(tx: Transaction, name: str) -> int:
        row = await tx.timers.get("t", "counter") or timer("counter", 0)
        later = msgspec.structs.replace(row, due=row.due + timedelta(seconds=1))
        await tx.timers.put(later)
        return await tx.journal.append(journal(name))

    calls = (store.run(lambda tx, n=n: work(tx, f"{n:04}")) for n in range(1200))  # type: ignore[misc]
    numbers = await asyncio.wait_for(asyncio.gather(*calls), DEADLINE)
    assert sorted(numbers) == list(range(1, 1201))
    assert sorted(await events(store)) == [f"{number:04}" for number in range(1200)]
    rows = await store.read(lambda tx: tx.timers.find())
    assert [(row.due - MOMENT).total_seconds() for row in rows] == [1200]
    assert rows[0].revision == 1200


async def check_callbacks_run_in_the_loop_after_commit_and_before_run_returns(
    open_store: Open,
) -> None:
    store = await open_store()
    other = await open_store()
    order: list[object] = []
    reads: list[asyncio.Task[list[str]]] = []

    async def work(tx: Transaction) -> None:
        await tx.journal.append(journal("a"))
        tx.after_commit(lambda: order.append(asyncio.get_running_loop()))
        tx.after_commit(lambda: reads.append(asyncio.create_task(events(other))))
        tx.after_commit(lambda: order.append("second"))
        order.append("work")

    await store.run(work)
    order.append("returned")
    assert order == ["work", asyncio.get_running_loop(), "second", "returned"]
    assert await reads[0] == ["a"]


async def check_callbacks_wait_for_the_commit(open_store: Open) -> None:
    order: list[str] = []

    async def sequencer(tx: Transaction, rows: Sequence[tuple[int, JournalEntry]]) -> None:
        # The loop is free while the writer works: what was handed to it too early runs now.
        ran = threading.Event()
        loop.call_soon_threadsafe(ran.set)
        assert ran.wait(DEADLINE)
        order.append("sequencer")

    loop = asyncio.get_running_loop()
    await _called_back(await open_store(sequencer=sequencer), order, few=False)
    assert order == ["sequencer", "callback"]


async def check_callbacks_of_a_few_rows_wait_for_the_commit(open_store: Open) -> None:
    order: list[str] = []

    async def sequencer(tx: Transaction, rows: Sequence[tuple[int, JournalEntry]]) -> None:
        order.append("sequencer")
        loop.call_soon_threadsafe(order.append, "turn of the loop")

    loop = asyncio.get_running_loop()
    await _called_back(await open_store(sequencer=sequencer), order, few=True)
    assert order == ["sequencer", "turn of the loop", "callback"]


async def check_no_callback_of_a_unit_that_failed(open_store: Open) -> None:
    store = await open_store()
    called: list[str] = []

    def unit(name: str, error: Exception | None) -> Any:
        async def work(tx: Transaction) -> None:
            tx.after_commit(lambda: called.append(name))
            await tx.journal.append(journal(name))
            if error:
                raise error

        return work

    await together(store, unit("a", None), unit("b", ValueError()), unit("c", None))
    assert called == ["a", "c"]


async def check_a_failing_callback_takes_nobody_with_it(open_store: Open) -> None:
    store = await open_store()
    called: list[str] = []

    def fails() -> None:
        raise ValueError("a listener's own fault")

    async def work(tx: Transaction) -> str:
        tx.after_commit(fails)
        tx.after_commit(lambda: called.append("second"))
        return "done"

    assert await together(store, work, appends("b")) == ["done", "b"]
    assert called == ["second"]


async def _called_back(store: Any, order: list[str], *, few: bool) -> None:
    """Run a unit that writes to the journal, and that notes when it is durable."""

    async def work(tx: Transaction) -> None:
        await tx.journal.append(journal("a"))
        tx.after_commit(lambda: order.append("callback"))

    await store.run(work, few=few)
