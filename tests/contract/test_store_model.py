"""Random units of work against a store and against a plain model of it."""

from __future__ import annotations

import asyncio
import copy
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_openers import STORES, opened
from store_units import MOMENT, history, journal, negotiation, timer

from faifo.errors import ConflictError
from faifo.store.contract import Store, Transaction
from faifo.store.records import Negotiation, Timer
from faifo.store.sql import packs

NAMES = st.sampled_from(["a", "b", "c"])
OPERATION = st.one_of(
    st.tuples(st.just("insert"), NAMES, st.integers(0, 5)),
    st.tuples(st.just("update"), NAMES, st.integers(0, 5)),
    st.tuples(st.just("stale"), NAMES, st.integers(0, 5)),
    st.tuples(st.just("delete"), NAMES, st.none()),
    st.tuples(st.just("append"), st.text(max_size=3), st.none()),
    st.tuples(st.just("raise"), st.none(), st.none()),
)
UNIT = st.lists(OPERATION, max_size=5)
GROUPS = st.lists(st.lists(UNIT, min_size=1, max_size=4), max_size=5)


class Model:
    """What a store holds, as a dict and a list."""

    def __init__(self) -> None:
        self.timers: dict[str, Timer] = {}
        self.journal: list[str] = []

    def unit(self, operations: list[Any]) -> bool:
        """Do the whole unit or nothing; tell which."""
        timers, events = dict(self.timers), list(self.journal)
        for what, name, due in operations:
            if what == "append":
                events.append(name)
            elif what == "delete":
                timers.pop(name, None)
            elif what == "insert" and name not in timers:
                timers[name] = msgspec.structs.replace(timer(name, due), revision=1)
            elif what == "update" and name in timers:
                old = timers[name]
                moved = MOMENT + timedelta(seconds=due)
                timers[name] = msgspec.structs.replace(old, due=moved, revision=old.revision + 1)
            else:
                return False
        self.timers, self.journal = timers, events
        return True


async def apply(tx: Transaction, operations: list[Any]) -> None:
    for what, name, due in operations:
        if what == "append":
            await tx.journal.append(journal(name))
        elif what == "delete":
            await tx.timers.delete("t", name)
        elif what == "insert":
            await tx.timers.put(timer(name, due))
        elif what == "raise":
            raise ConflictError(what="on purpose")
        else:
            row = await tx.timers.get("t", name) or timer(name, 0)
            revision = row.revision + 7 if what == "stale" else row.revision or 99
            moved = msgspec.structs.replace(row, due=timer(name, due).due, revision=revision)
            await tx.timers.put(moved)


async def compare(store: Store, model: Model) -> None:
    async def work(tx: Transaction) -> None:
        rows = sorted(model.timers.values(), key=lambda row: (row.due, row.subject))
        assert await tx.timers.find() == rows
        assert await tx.timers.find(newest_first=True, limit=2) == rows[::-1][:2]
        assert await tx.timers.count() == len(rows)
        events = [(seq, row.event) for seq, row in await tx.journal.find()]
        assert events == list(enumerate(model.journal, 1))
        for name in ("a", "b", "c"):
            assert await tx.timers.get("t", name) == model.timers.get(name)

    await store.read(work)


@pytest.mark.parametrize("name", STORES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(groups=GROUPS)
def test_a_store_does_what_a_dict_does(name: str, groups: list[list[Any]]) -> None:
    async def scenario(folder: Path) -> None:
        model = Model()
        async with opened(STORES[name], folder) as open_store:
            store = await open_store()
            for group in groups:
                units = (store.run(lambda tx, u=unit: apply(tx, u)) for unit in group)  # type: ignore[misc]
                results = await asyncio.gather(*units, return_exceptions=True)
                expected = [model.unit(unit) for unit in group]
                assert [not isinstance(result, ConflictError) for result in results] == expected
                assert not [r for r in results if r and not isinstance(r, ConflictError)]
                await compare(store, model)
            await store.close()
            await compare(await open_store(), model)

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(scenario(Path(folder)))


PIDS = st.sampled_from([f"urn:uuid:018f0000-0000-7000-8000-00000000000{n}" for n in range(4)])
TOUCH = st.one_of(
    st.tuples(st.just("say"), st.text(max_size=3)),
    st.tuples(st.just("forget"), st.integers(1, 9)),
    st.tuples(st.just("put"), PIDS),
    st.tuples(st.just("delete"), PIDS),
    st.tuples(st.just("pack"), st.sampled_from(["history", "negotiation"])),
    st.tuples(st.just("fail"), st.none()),
)


class Books:
    """Messages by their numbers, and processes by their ids."""

    def __init__(self) -> None:
        self.messages: dict[int, bytes] = {}
        self.last = 0
        self.processes: dict[str, Negotiation] = {}


async def touch(tx: Transaction, books: Books, operations: list[Any]) -> None:
    for what, value in operations:
        if what == "say":
            books.last += 1
            assert await tx.history.append(history(value.encode())) == books.last
            books.messages[books.last] = value.encode()
        elif what == "forget":
            there = books.messages.pop(value, None) is not None
            assert await tx.history.forget(value) == there
        elif what == "put":
            old = books.processes.get(value) or negotiation(value)
            changed = msgspec.structs.replace(old, reason=(f"{old.revision}",))
            books.processes[value] = await tx.negotiations.put(changed)
        elif what == "delete":
            await tx.negotiations.delete(value)
            books.processes.pop(value, None)
        elif what == "pack":
            await tx.room.pack(value, after=0, old="9", limit=100)
        else:
            raise ConflictError(what="on purpose")


@pytest.mark.parametrize("name", STORES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(units=st.lists(st.lists(TOUCH, max_size=8), max_size=6))
def test_packing_at_any_time_changes_nothing(name: str, units: list[list[Any]]) -> None:
    async def compare(store: Store, books: Books) -> None:
        async def work(tx: Transaction) -> None:
            found = await tx.history.find()
            assert {seq: one.body for seq, one in found} == books.messages
            rows = await tx.negotiations.find()
            assert rows == [books.processes[pid] for pid in sorted(books.processes)]

        await store.read(work)

    async def scenario(folder: Path) -> None:
        books = Books()
        async with opened(STORES[name], folder) as open_store:
            store = await open_store()
            for unit in units:
                after = copy.deepcopy(books)
                try:
                    await store.run(lambda tx, u=unit, a=after: touch(tx, a, u))  # type: ignore[misc]
                    books = after
                except ConflictError:
                    pass
                await compare(store, books)
            await store.close()
            await compare(await open_store(), books)

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as small:
        small.setattr(packs, "ROWS", 3)
        asyncio.run(scenario(Path(folder)))
