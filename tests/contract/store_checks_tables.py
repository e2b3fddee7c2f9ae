"""What a store must do with tables and logs."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from store_units import (
    MOMENT,
    Open,
    add,
    agreement,
    appends,
    dataset,
    history,
    negotiation,
    outbox,
    put,
    subjects,
    timer,
    together,
)

from faifo.errors import ConflictError
from faifo.machines.role import Role
from faifo.store.contract import Transaction
from faifo.store.records import (
    Direction,
    KeptAnswer,
    Timer,
    TokenUse,
)


async def check_revisions_count_up_and_records_come_back_as_they_were(open_store: Open) -> None:
    store = await open_store()
    await put(
        store,
        "negotiations",
        negotiation("n1", reason=("vì sao", "\x00\n")),
    )
    (before,) = await store.read(lambda tx: tx.negotiations.find())
    assert before == negotiation("n1", reason=("vì sao", "\x00\n"), revision=1)
    after = await store.run(lambda tx: tx.negotiations.put(before, hold="approval"))
    assert after == msgspec.structs.replace(before, hold="approval", revision=2)
    assert await store.read(lambda tx: tx.negotiations.get("n1")) == after
    assert await store.read(lambda tx: tx.negotiations.get("nobody")) is None


async def check_what_is_laid_takes_the_place_of_what_stood_there(open_store: Open) -> None:
    store = await open_store()
    seen = []

    async def work(tx: Transaction) -> None:
        for minutes in (3, 1):
            await tx.timers.lay(timer("a", minutes))
            seen.append(await tx.timers.get("t", "a"))
        await tx.timers.delete("t", "a")
        await tx.timers.lay(timer("a", 2))

    await put(store, "timers", timer("b", 5))
    await store.run(work)
    assert [one and one.due for one in seen] == [timer("a", 3).due, timer("a", 1).due]
    kept = await store.read(lambda tx: tx.timers.find())
    assert [(one.subject, one.due, one.revision) for one in kept] == [
        ("a", timer("a", 2).due, 1),
        ("b", timer("b", 5).due, 1),
    ]
    await put(store, "timers", msgspec.structs.replace(kept[0], due=timer("a", 7).due))


async def check_a_stale_revision_is_a_conflict(open_store: Open) -> None:
    store = await open_store()
    (first,) = await put(store, "timers", timer("a"))
    await put(store, "timers", msgspec.structs.replace(first, due=MOMENT + timedelta(hours=1)))
    with pytest.raises(ConflictError) as caught:
        await put(store, "timers", msgspec.structs.replace(first, due=MOMENT + timedelta(hours=2)))
    assert str(caught.value) == "this timer was changed by somebody else; read it again"
    (kept,) = await store.read(lambda tx: tx.timers.find())
    assert kept == Timer(kind="t", subject="a", due=MOMENT + timedelta(hours=1), revision=2)


async def check_a_record_that_is_gone_cannot_be_replaced(open_store: Open) -> None:
    store = await open_store()
    (first,) = await put(store, "timers", timer("a"))
    for _ in range(2):  # who is gone already may be deleted again
        await store.run(lambda tx: tx.timers.delete("t", "a"))
    with pytest.raises(ConflictError):
        await put(store, "timers", first)
    assert await subjects(store) == []


async def check_a_taken_key_or_unique_column_is_a_conflict(open_store: Open) -> None:
    store = await open_store()
    (first, other) = await put(
        store, "negotiations", negotiation("n1", peer_pid="x"), negotiation("n2", peer_pid="y")
    )
    for refused in (
        negotiation("n1"),
        negotiation("n3", peer_pid="x"),
        msgspec.structs.replace(other, peer_pid="x"),
    ):
        with pytest.raises(ConflictError) as caught:
            await put(store, "negotiations", refused)
        assert str(caught.value) == "this negotiation exists already"
    assert await store.read(lambda tx: tx.negotiations.find()) == [first, other]


async def check_null_is_equal_to_null_in_find_but_not_in_unique_columns(open_store: Open) -> None:
    store = await open_store()
    await put(
        store,
        "negotiations",
        negotiation("n1"),
        negotiation("n2"),
        negotiation("n3", peer_pid="x", state="AGREED"),
    )

    async def work(tx: Transaction) -> None:
        table = tx.negotiations
        assert [row.pid for row in await table.find(peer_pid=None)] == ["n1", "n2"]
        assert [row.pid for row in await table.find(peer_pid="x", state="AGREED")] == ["n3"]
        assert await table.find(peer_pid=None, state="AGREED") == []
        assert await table.count(state=None) == 2
        assert await table.count(role=Role.PROVIDER) == 3
        assert await table.count() == 3
        found = await table.first(peer_pid=None)
        assert found is not None
        assert found.pid == "n1"
        assert await table.first(peer_pid="z") is None
        found = await table.first()
        assert found is not None
        assert found.pid == "n1"

    await store.read(work)


async def check_find_orders_bounds_and_limits(open_store: Open) -> None:
    store = await open_store()
    await put(store, "timers", *(timer(str(n), n) for n in (3, 1, 4, 0, 2)))
    at = [f"2026-03-01T12:00:0{n}.000000Z" for n in range(5)]
    for query, expected in (
        ({}, "01234"),
        ({"newest_first": True}, "43210"),
        ({"after": at[1]}, "234"),
        ({"before": at[3]}, "012"),
        ({"after": at[0], "before": at[4]}, "123"),
        ({"after": at[0], "before": at[4], "limit": 2}, "12"),
        ({"after": at[0], "before": at[4], "limit": 2, "newest_first": True}, "32"),
        ({"limit": 0}, ""),
        ({"after": at[4]}, ""),
        ({"kind": "other"}, ""),
        ({"kind": "t", "limit": 1}, "0"),
    ):
        assert "".join(await subjects(store, **query)) == expected, query


async def check_equals_in_the_order_column_have_one_order(open_store: Open) -> None:
    store = await open_store()
    await put(store, "timers", *(timer(name, 0) for name in "cabed"))
    assert await subjects(store) == list("abcde")
    assert await subjects(store, newest_first=True) == list("edcba")
    assert await subjects(store, limit=2) == list("ab")


async def check_an_unknown_column_is_an_error(open_store: Open) -> None:
    store = await open_store()
    with pytest.raises(KeyError):
        await store.read(lambda tx: tx.timers.find(revision=1))
    with pytest.raises(KeyError):
        await store.read(lambda tx: tx.history.find(record="x"))


async def check_agreements_are_counted_by_partner(open_store: Open) -> None:
    store = await open_store()
    guest = msgspec.structs.replace(agreement("g", Role.PROVIDER), consumer="mailto:an@example.org")

    async def counts() -> list[int]:
        return [
            await store.read(lambda tx, who=who: tx.agreements.with_peer(who))
            for who in ("p", "c", "mailto:an@example.org", "x")
        ]

    kept, *_ = await put(
        store, "agreements", agreement("a", Role.CONSUMER), agreement("b", Role.CONSUMER),
        agreement("a", Role.PROVIDER), guest,
    )  # fmt: skip
    assert await counts() == [2, 1, 0, 0]
    assert await store.read(lambda tx: tx.agreements.peers()) == ["c", "p"]
    await put(store, "agreements", kept)
    with pytest.raises(ConflictError):
        await put(store, "agreements", agreement("c", Role.CONSUMER), agreement("a", Role.CONSUMER))
    assert await counts() == [2, 1, 0, 0]
    for _ in range(2):
        await store.run(lambda tx: tx.agreements.delete("a", Role.CONSUMER))
    assert await counts() == [1, 1, 0, 0]


async def check_a_key_of_two_parts_is_both(open_store: Open) -> None:
    store = await open_store()
    await put(store, "agreements", agreement("a", Role.CONSUMER), agreement("a", Role.PROVIDER))
    await put(store, "tokens", TokenUse(did="d", jti="1", expires=MOMENT))
    await store.run(lambda tx: tx.agreements.delete("a", Role.CONSUMER))
    (left,) = await store.read(lambda tx: tx.agreements.find())
    assert left.role is Role.PROVIDER
    with pytest.raises(ConflictError) as caught:
        await put(store, "tokens", TokenUse(did="d", jti="1", expires=MOMENT))
    assert str(caught.value) == "this token_use exists already"


async def check_every_other_table_keeps_its_records(open_store: Open) -> None:
    store = await open_store()
    (published,) = await put(store, "datasets", dataset("d1", keywords=("a", "b")))
    (row,) = await put(store, "outbox", outbox("o1"))
    await store.close()
    store = await open_store()
    assert await store.read(lambda tx: tx.datasets.get("d1")) == published
    assert await store.read(lambda tx: tx.outbox.find(process="p1")) == [row]
    assert row.body == b"{}"


async def check_logs_count_from_one_without_gaps(open_store: Open) -> None:
    store = await open_store()
    await together(store, appends("a"), appends("lost", ValueError()), appends("b"), appends("c"))
    await store.close()
    store = await open_store()
    await add(store, "d", "e")

    async def work(tx: Transaction) -> None:
        rows = [(seq, row.event) for seq, row in await tx.journal.find()]
        assert rows == [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e")]
        assert [seq for seq, _ in await tx.journal.find(after=2, limit=2)] == [3, 4]
        newest = await tx.journal.find(newest_first=True, limit=2)
        assert [seq for seq, _ in newest] == [5, 4]
        assert [seq for seq, _ in await tx.journal.find(event="d")] == [4]
        assert await tx.journal.count() == 5
        assert await tx.journal.count(event="d", process=None) == 1
        assert await tx.journal.first(event="x") is None
        found = await tx.journal.first(process=None)
        assert found is not None
        assert found.event == "a"

    await store.read(work)


async def check_history_keeps_bytes_exactly(open_store: Open) -> None:
    store = await open_store()
    bodies = [b"", b'{"a": 1}\r\n ', bytes(range(256)), "Hội An".encode(), b"\xff" * 100_000]

    async def work(tx: Transaction) -> list[int]:
        return [await tx.history.append(history(body, answer=body)) for body in bodies]

    assert await store.run(work) == [1, 2, 3, 4, 5]
    await store.close()
    store = await open_store()
    rows = await store.read(lambda tx: tx.history.find(direction=Direction.IN))
    assert [(row.body, row.answer) for _, row in rows] == [(body, body) for body in bodies]


async def check_what_a_log_forgets_is_gone_and_its_number_too(open_store: Open) -> None:
    store = await open_store()
    for event in "abc":
        await store.run(appends(event))
    assert [await store.run(lambda tx, n=n: tx.journal.forget(n)) for n in (1, 3, 3)] == [
        True,
        True,
        False,
    ]
    left = await store.read(lambda tx: tx.journal.find())
    assert [(seq, entry.event) for seq, entry in left] == [(2, "b")]
    await store.close()
    store = await open_store()
    await store.run(appends("d"))
    left = await store.read(lambda tx: tx.journal.find())
    assert [(seq, entry.event) for seq, entry in left] == [(2, "b"), (4, "d")]


async def check_an_answer_is_kept_once(open_store: Open) -> None:
    store = await open_store()
    answer = KeptAnswer(
        holder="h", key="k", request="r", status=201, body=b'{"a":1}', expires=MOMENT
    )
    (kept,) = await put(store, "answers", answer)
    assert await store.read(lambda tx: tx.answers.get("h", "k")) == kept
    assert await store.read(lambda tx: tx.answers.get("g", "k")) is None
    with pytest.raises(ConflictError):
        await put(store, "answers", answer)


async def check_a_packed_record_comes_back_as_it_was(open_store: Open) -> None:
    store = await open_store()
    bodies = [b'{"a":1}', "vì sao".encode(), bytes(range(256)), b"", b'{"long":"' + b"x" * 5000]

    async def fill(tx: Transaction) -> None:
        for at, body in enumerate(bodies):
            await tx.history.append(history(body, message_id=f"m{at}"))
        await tx.negotiations.put(negotiation("n1", reason=("vì sao", "\x00\n")))

    async def everything(tx: Transaction) -> list[object]:
        kept = [await tx.history.find(), await tx.negotiations.find()]
        return [*kept, await tx.history.first(message_id="m2")]

    await store.run(fill)
    before = await store.read(everything)
    for table in ("history", "negotiation"):
        for old in ("2026-03-01T00:00:00.000000Z", "2026-03-02T00:00:00.000000Z"):

            async def pack(tx: Transaction, table: str = table, old: str = old) -> int:
                return await tx.room.pack(table, after=0, old=old, limit=100)

            await store.run(pack)
            assert await store.read(everything) == before
    (found,) = await store.read(lambda tx: tx.negotiations.find())
    (changed,) = await put(store, "negotiations", msgspec.structs.replace(found, hold="approval"))
    assert await store.read(lambda tx: tx.negotiations.get("n1")) == changed
    assert await store.run(lambda tx: tx.room.give_back(1)) is False
