"""Several processes over one schema: in turn, and told of each other."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

import postgresql_server
from contract.store_units import events, journal
from faifo import clock
from faifo.errors import StorageError
from faifo.store.contract import EVERYTHING, Transaction
from faifo.store.postgresql import migrate, replicas
from faifo.store.postgresql import store as store_module
from faifo.store.postgresql.place import Place
from faifo.store.postgresql.store import PostgresStore, open_store

PATIENCE = 20.0

Two = tuple[PostgresStore, PostgresStore]


@pytest.fixture
def there(tmp_path: Path) -> Place:
    return postgresql_server.place(tmp_path)


class Heard:
    """What a process over the store has heard from others."""

    def __init__(self, store: PostgresStore) -> None:
        self.subjects: asyncio.Queue[str] = asyncio.Queue()
        store.listen(self._take)

    def _take(self, subject: str, by_others: bool) -> None:
        if by_others:
            self.subjects.put_nowait(subject)

    async def until(self, subject: str) -> list[str]:
        found: list[str] = []
        while subject not in found:
            found.append(await asyncio.wait_for(self.subjects.get(), PATIENCE))
        return found


@pytest.fixture
async def two(there: Place) -> AsyncIterator[Two]:
    async with AsyncExitStack() as stack:
        opened = []
        for part in ("control", "data"):
            store = await open_store(there)
            stack.push_async_callback(store.close)
            await store.join(part, "1")
            opened.append(store)
        yield opened[0], opened[1]


async def test_both_write_in_turn_and_no_number_is_lost_or_doubled(two: Two) -> None:
    async def worker(store: PostgresStore, name: str) -> None:
        for number in range(40):
            event = f"{name}.{number}"
            await store.run(lambda tx, event=event: tx.journal.append(journal(event)))

    await asyncio.gather(*(worker(store, f"{n}{m}") for m in "ab" for n, store in enumerate(two)))
    rows = await two[0].read(lambda tx: tx.journal.find())
    assert [seq for seq, _ in rows] == list(range(1, 161))
    counted = Counter(row.event for _, row in rows)
    assert len(counted) == 160


async def test_what_one_rings_the_other_hears_once_it_is_durable(two: Two) -> None:
    first, second = two
    heard, own = Heard(second), Heard(first)
    there: list[int] = []

    async def work(tx: Transaction, *subjects: str) -> None:
        await tx.journal.append(journal("rung"))
        for subject in subjects:
            tx.rings(subject)

    async def fails(tx: Transaction) -> None:
        tx.rings("never")
        raise StorageError(what="no")

    refused = asyncio.gather(*(first.run(fails) for _ in range(3)), return_exceptions=True)
    await first.run(lambda tx: work(tx, "urn:a", 'with \n " and ü', "urn:a"))
    await refused
    assert await heard.until('with \n " and ü') == ["urn:a", 'with \n " and ü']
    there.append(await second.read(lambda tx: tx.journal.count()))
    assert there == [1]
    assert own.subjects.empty()
    await first.run(lambda tx: work(tx, *(f"{number:0100}" for number in range(100))))
    assert await heard.until(EVERYTHING) == [EVERYTHING]  # more than NOTIFY takes


async def test_who_is_given_up_for_dead_writes_nothing_under_that_name(
    two: Two, there: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    heard, again = Heard(second), Heard(first)
    name = first.name
    assert await second.run(_alive) == {first.name, second.name}
    monkeypatch.setattr(first._listening, "_fenced", lambda: None)  # else it may be the first
    with closing(there.connect()) as connection:
        connection.execute("DELETE FROM replica WHERE name = ?", (name,))
    with pytest.raises(StorageError, match="another process has taken over the database"):
        await first.run(lambda tx: tx.journal.append(journal("late")))
    assert await again.until(EVERYTHING) == [EVERYTHING]  # it knows nothing any more
    assert first.name != name
    await first.run(lambda tx: tx.journal.append(journal("again")))
    assert (await events(second))[-1] == "again"
    assert await second.run(_alive) == {first.name, second.name}
    assert heard.subjects.empty()


async def test_who_hangs_in_its_turn_is_gone_within_five_seconds(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    heard = Heard(second)
    began, hung = clock.monotonic(), asyncio.Event()
    loop = asyncio.get_running_loop()
    frozen = threading.Event()
    monkeypatch.setattr(first._listening, "_beat", frozen.wait)  # the whole process hangs
    told: list[int] = []

    async def hangs(tx: Transaction) -> int:
        told.append(await tx.journal.append(journal("hung")))
        loop.call_soon_threadsafe(hung.set)
        if len(told) == 1:
            frozen.wait(PATIENCE)
        return told[-1]

    hanging = asyncio.create_task(first.run(hangs))
    await hung.wait()
    await second.run(lambda tx: tx.journal.append(journal("second")))
    assert clock.monotonic() - began < 5
    await heard.until(EVERYTHING)
    assert clock.monotonic() - began < 5 + replicas.BEAT_S
    assert first.name not in await second.run(_alive)
    frozen.set()
    with pytest.raises(StorageError, match="another process has taken over the database"):
        await hanging
    assert await events(second) == ["second"]


async def test_who_ends_tells_it_at_once(there: Place) -> None:
    first, second = await open_store(there), await open_store(there)
    await first.join("all", "1")
    await second.join("all", "1")
    heard = Heard(second)
    await first.close()
    assert await heard.until(EVERYTHING) == [EVERYTHING]
    assert await second.run(_alive) == {second.name}
    await second.close()


async def test_a_clock_far_from_the_database_s_is_refused(
    there: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await open_store(there)
    monkeypatch.setattr(store_module, "FARTHEST_S", -1.0)
    with pytest.raises(StorageError, match="set both by the same time server"):
        await made.join("all", "1")
    monkeypatch.undo()
    await made.join("all", "1")
    await made.close()


async def test_an_older_schema_is_left_alone_while_it_is_served(
    there: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await open_store(there)
    await made.join("all", "1")
    numbers = (*migrate.known(), "9999")
    monkeypatch.setattr(migrate, "known", lambda: numbers)
    with pytest.raises(StorageError, match="another process serves the database"):
        await open_store(there)
    await made.close()


async def test_a_clock_that_goes_wrong_gets_no_turn_until_it_is_right_again(
    two: Two, there: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = two
    assert first._listening is not None
    wrong = {first._thread, first._listening._thread}

    def now() -> datetime:
        return clock.now() + timedelta(minutes=threading.current_thread() in wrong)

    for module in (store_module, replicas):
        monkeypatch.setattr(module, "clock", SimpleNamespace(now=now))
    async with asyncio.timeout(PATIENCE):
        while _entered(there) != {second.name}:
            await asyncio.sleep(0.05)  # a lease has to be over
    with pytest.raises(StorageError, match="clock is 60 s away from that of the database"):
        await first.run(_rings)
    assert not first.hears
    await second.run(lambda tx: tx.journal.append(journal("meanwhile")))
    async with asyncio.timeout(PATIENCE):
        while "this process gets no turn to write: this machine's clock" not in caplog.text:
            await asyncio.sleep(0.05)
    assert caplog.text.count("this process gets no turn to write") == 1
    wrong.clear()
    async with asyncio.timeout(PATIENCE):
        while _entered(there) != {second.name, first.name}:
            await asyncio.sleep(0.05)
    await first.run(lambda tx: tx.journal.append(journal("right")))
    assert await events(second) == ["meanwhile", "right"]
    async with asyncio.timeout(PATIENCE):
        while not first.hears:
            await asyncio.sleep(0.05)


async def test_who_knows_older_tables_only_writes_nothing_once_they_are_newer(
    there: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    older, newest = await open_store(there), migrate.known()[-1]
    await older.join("all", "1")
    await older.run(lambda tx: tx.journal.append(journal("older")))
    # As where the database was restarted: the lock is free, and a newer process is first.
    monkeypatch.setattr(migrate, "hold", lambda *_, **__: None)
    monkeypatch.setattr(migrate, "known", lambda: (newest, "9999"))
    monkeypatch.setattr(migrate, "scripts", dict)
    await asyncio.to_thread(migrate.prepare, there)
    monkeypatch.undo()
    refusal = f"has schema 9999, this Faifo knows up to {newest}"
    for _ in range(2):
        with pytest.raises(StorageError, match=refusal):
            await older.run(lambda tx: tx.journal.append(journal("lost")))
    with pytest.raises(StorageError, match=refusal):
        await open_store(there)
    assert _entered(there) == set()
    with closing(there.connect()) as connection:
        assert connection.execute("SELECT count(*) FROM journal") == [(1,)]
    await older.close()


async def test_who_does_not_hear_says_so_and_hears_all_when_it_is_back(
    two: Two, there: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    heard = Heard(second)
    assert second.hears
    with closing(there.connect()) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query LIKE 'UPDATE replica%' AND pid <> pg_backend_pid()"
        )
    assert EVERYTHING in await heard.until(EVERYTHING)
    await first.run(_rings)
    assert "urn:after" in await heard.until("urn:after")
    monkeypatch.setattr(replicas, "HEARD_S", 0.0)
    assert not second.hears


def _entered(there: Place) -> set[str]:
    with closing(there.connect()) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM replica")}


async def _alive(tx: Transaction) -> frozenset[str]:
    return await tx.alive()


async def _rings(tx: Transaction) -> None:
    tx.rings("urn:after")


async def test_who_waited_for_the_tables_finds_them_made(there: Place) -> None:
    with closing(there.connect()) as first, closing(there.connect()) as watching:
        # The same lock is taken twice by whoever has it.
        first.execute(f"SELECT pg_advisory_lock(hashtext('{migrate._LOCK}'))")
        waiting = asyncio.create_task(asyncio.to_thread(migrate.prepare, there))
        asked = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        async with asyncio.timeout(PATIENCE):
            while not watching.execute(asked).fetchone()[0]:
                await asyncio.sleep(0.01)  # the server tells nobody who waits
        migrate._prepare(first, there)
    await waiting
    with closing(there.connect()) as connection:
        assert migrate.version_of(connection) == migrate.known()[-1]
