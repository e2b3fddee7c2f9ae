"""Timers fire when they are due, survive a restart, and fail alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from faifo import clock
from faifo.errors import ConflictError, StorageError
from faifo.node.delivery import timers as timers_module
from faifo.node.delivery.timers import Timers
from faifo.store.contract import Store, Transaction

PATIENCE = 10.0
SOON = timedelta(milliseconds=50)
NEVER = timedelta(days=30)


class Fired:
    """A handler that keeps what it was called with; `wait` returns at the given number."""

    def __init__(self) -> None:
        self.subjects: list[str] = []
        self.refuse: dict[str, Exception] = {}
        self._changed = asyncio.Event()

    async def __call__(self, tx: Transaction, subject: str, now: datetime) -> None:
        assert await tx.timers.count(subject=subject) == 0
        assert now.tzinfo is not None
        tx.after_commit(lambda: self._add(subject))
        if subject in self.refuse:
            raise self.refuse[subject]

    def _add(self, subject: str) -> None:
        self.subjects.append(subject)
        self._changed.set()

    async def wait(self, number: int) -> list[str]:
        async with asyncio.timeout(PATIENCE):
            while len(self.subjects) < number:
                self._changed.clear()
                await self._changed.wait()
        return self.subjects


@pytest.fixture
def fired() -> Fired:
    return Fired()


@asynccontextmanager
async def running(store: Any, fired: Fired) -> AsyncIterator[Timers]:
    timers = Timers(store)
    timers.handle("t", fired)
    timers.start()
    try:
        yield timers
    finally:
        await timers.stop()


async def _set(store: Store, timers: Timers, **due: timedelta) -> None:
    async def work(tx: Transaction) -> None:
        for subject, span in due.items():
            await timers.set(tx, "t", subject, clock.now() + span)

    await store.run(work)


async def _left(store: Store) -> list[str]:
    return [row.subject for row in await store.read(lambda tx: tx.timers.find())]


async def test_what_is_due_at_start_fires_then_in_order(store: Store, fired: Fired) -> None:
    await _set(store, Timers(store), b=-SOON, a=-NEVER, later=NEVER)
    async with running(store, fired):
        assert await fired.wait(2) == ["a", "b"]
    assert await _left(store) == ["later"]


async def test_a_timer_set_while_it_sleeps_fires(store: Store, fired: Fired) -> None:
    async with running(store, fired) as timers:
        await _set(store, timers, far=NEVER)
        await _set(store, timers, soon=SOON)
        assert await fired.wait(1) == ["soon"]
        await _set(store, timers, second=SOON)
        assert await fired.wait(2) == ["soon", "second"]
    assert await _left(store) == ["far"]


async def test_setting_again_moves_a_timer(store: Store, fired: Fired) -> None:
    async with running(store, fired) as timers:
        await _set(store, timers, put_off=SOON, brought_forward=NEVER)
        await _set(store, timers, put_off=NEVER, brought_forward=SOON)
        assert await fired.wait(1) == ["brought_forward"]
        await _set(store, timers, marker=SOON)
        assert await fired.wait(2) == ["brought_forward", "marker"]
    assert await _left(store) == ["put_off"]


async def test_a_cancelled_timer_does_not_fire(store: Store, fired: Fired) -> None:
    async with running(store, fired) as timers:
        await _set(store, timers, gone=SOON, marker=SOON * 2)
        await store.run(lambda tx: timers.cancel(tx, "t", "gone"))
        assert await fired.wait(1) == ["marker"]


async def test_a_timer_of_a_unit_that_failed_is_not_set(store: Store, fired: Fired) -> None:
    async with running(store, fired) as timers:

        async def work(tx: Transaction) -> None:
            await timers.set(tx, "t", "never", clock.now())
            raise ConflictError(what="no")

        with pytest.raises(ConflictError):
            await store.run(work)
        await _set(store, timers, marker=SOON)
        assert await fired.wait(1) == ["marker"]


async def test_a_refusing_handler_does_not_take_others(store: Store, fired: Fired) -> None:
    fired.refuse["b"] = ConflictError(what="no")
    await _set(store, Timers(store), a=-SOON * 3, b=-SOON * 2, c=-SOON)
    async with running(store, fired) as timers:
        await _set(store, timers, after=SOON)
        subjects = (await fired.wait(3))[:]
        assert [subject for subject in subjects if subject != "b"][:2] == ["a", "c"]
        async with asyncio.timeout(PATIENCE):
            while "after" not in fired.subjects:
                await fired.wait(len(fired.subjects) + 1)


async def test_a_kind_without_a_handler_does_not_stop_the_others(
    store: Store, fired: Fired, caplog: pytest.LogCaptureFixture
) -> None:
    timers = Timers(store)
    await store.run(lambda tx: timers.set(tx, "unknown", "x", clock.now() - NEVER))
    await _set(store, timers, a=-SOON)
    async with running(store, fired):
        assert await fired.wait(1) == ["a"]
    assert "no handler for a timer of kind unknown" in caplog.text


async def test_more_than_one_batch(store: Store, fired: Fired) -> None:
    async def work(tx: Transaction) -> None:
        for number in range(250):
            await Timers(store).set(tx, "t", str(number), clock.now() - SOON)

    await store.run(work)
    async with running(store, fired):
        assert sorted(map(int, await fired.wait(250))) == list(range(250))


class Faulty:
    """A store whose next `run` fails."""

    def __init__(self, store: Store, failures: int) -> None:
        self._store = store
        self.failures = failures
        self.read = store.read

    async def run(self, work: Any) -> Any:
        if self.failures:
            self.failures -= 1
            raise StorageError(what="the disk is full")
        return await self._store.run(work)


async def test_a_storage_error_is_waited_out(
    store: Store, fired: Fired, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers_module, "AFTER_FAILURE", timedelta(milliseconds=1))
    await _set(store, Timers(store), a=-SOON)
    faulty = Faulty(store, failures=3)
    async with running(faulty, fired):
        assert await fired.wait(1) == ["a"]
    assert faulty.failures == 0


async def test_a_bug_in_a_handler_does_not_stop_the_others(
    store: Store, fired: Fired, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers_module, "AFTER_FAILURE", timedelta(milliseconds=1))
    fired.refuse["b"] = ValueError("a bug")
    await _set(store, Timers(store), a=-SOON * 3, b=-SOON * 2, c=-SOON)
    async with running(store, fired) as timers:
        async with asyncio.timeout(2):
            while not {"a", "c"} <= set(fired.subjects):
                await fired.wait(len(fired.subjects) + 1)
        await _set(store, timers, d=SOON)
        async with asyncio.timeout(2):
            while "d" not in fired.subjects:
                await fired.wait(len(fired.subjects) + 1)


async def test_what_a_refusing_handler_wrote_is_not_kept(store: Store, fired: Fired) -> None:
    async def half(tx: Transaction, subject: str, now: datetime) -> None:
        await Timers(store).set(tx, "t", "half", now + NEVER)
        raise ConflictError(what="no")

    timers = Timers(store)
    timers.handle("half", half)
    timers.handle("t", fired)
    await store.run(lambda tx: timers.set(tx, "half", "x", clock.now() - NEVER))
    await _set(store, timers, marker=-SOON)
    timers.start()
    try:
        await fired.wait(1)
        left = await store.read(lambda tx: tx.timers.find(kind="t"))
        assert left == []
    finally:
        await timers.stop()


class Interleaved:
    """A store where another unit of work commits between a snapshot and its reader."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.run, self.shared = store.run, store.shared
        self.between: Any = None
        self.when: Any = None

    async def read(self, work: Any) -> Any:
        result = await self._store.read(work)
        if self.between and self.when():
            between, self.between = self.between, None
            await between()
        return result


async def test_a_timer_set_while_the_next_one_is_looked_up_is_not_missed(
    store: Store, fired: Fired
) -> None:
    interleaved = Interleaved(store)
    await _set(store, Timers(store), first=SOON)
    async with running(interleaved, fired) as timers:

        async def between() -> None:
            await _set(store, timers, second=SOON)

        interleaved.when = lambda: fired.subjects == ["first"]
        interleaved.between = between
        await fired.wait(1)
        async with asyncio.timeout(2):
            assert await fired.wait(2) == ["first", "second"]


async def test_a_clock_that_is_right_again_is_seen_while_it_waits(
    store: Store, fired: Fired, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it waits for then stands far in the past, and nothing is before that."""
    wrong, really = timedelta(days=-10), clock.now
    monkeypatch.setattr(clock, "now", lambda: really() + wrong)
    async with running(store, fired) as timers:
        await store.run(lambda tx: timers.set(tx, "t", "week", clock.now() + timedelta(days=7)))
        async with asyncio.timeout(PATIENCE):
            while timers._next is None:  # until it waits
                await asyncio.sleep(0)
        wrong = timedelta()
        await store.run(lambda tx: timers.set(tx, "t", "soon", clock.now() + SOON))
        assert await fired.wait(1) == ["soon"]


@pytest.mark.parametrize("jump", [timedelta(days=10), timedelta(days=-10)], ids=["ahead", "back"])
async def test_timers_follow_a_clock_that_jumps(
    store: Store, fired: Fired, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    """What waits for a week waits for a week, and what is due soon is due soon."""
    wrong, really = timedelta(), clock.now
    monkeypatch.setattr(clock, "now", lambda: really() + wrong)
    async with running(store, fired) as timers:
        week = clock.now() + timedelta(days=7)
        never = datetime.max.replace(tzinfo=UTC)
        await store.run(lambda tx: timers.set(tx, "t", "never", never))
        await store.run(lambda tx: timers.set(tx, "t", "week", week))
        await store.run(lambda tx: timers.set(tx, "t", "soon", clock.now() + timedelta(seconds=1)))
        wrong = jump
        await store.run(lambda tx: timers.set(tx, "t", "new", clock.now() + SOON))
        assert await fired.wait(2) == ["new", "soon"]
        kept = await store.read(lambda tx: tx.timers.get("t", "week"))
        assert kept is not None
        assert abs(kept.due - week - jump) < timedelta(seconds=1)
        wrong = timedelta()
        await store.run(lambda tx: timers.set(tx, "t", "again", clock.now() + SOON))
        assert (await fired.wait(3))[2:] == ["again"]
        kept = await store.read(lambda tx: tx.timers.get("t", "week"))
        assert kept is not None
        assert abs(kept.due - week) < timedelta(seconds=1)


async def test_what_falls_due_while_the_machine_sleeps_is_due_when_it_wakes(
    store: Store, fired: Fired, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept, now, since_boot = timedelta(), clock.now, clock.since_boot
    monkeypatch.setattr(clock, "now", lambda: now() + slept)
    monkeypatch.setattr(clock, "since_boot", lambda: since_boot() + slept.total_seconds())
    async with running(store, fired) as timers:
        await store.run(lambda tx: timers.set(tx, "t", "day", clock.now() + timedelta(hours=8)))
        slept = timedelta(hours=9)
        timers.look()
        assert await fired.wait(1) == ["day"]


async def test_a_timer_beyond_the_years_is_due_at_their_end(store: Store) -> None:
    west = datetime.fromisoformat("9999-12-31T23:59:59-07:00")
    timers = Timers(store)
    await store.run(lambda tx: timers.set(tx, "t", "a", west))
    kept = await store.read(lambda tx: tx.timers.get("t", "a"))
    assert kept is not None
    assert clock.text(kept.due) == "9999-12-31T23:59:59.999999Z"
