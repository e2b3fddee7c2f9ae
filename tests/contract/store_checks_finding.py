"""What every store must find alike: datasets by their words, accesses by their groups, leaves."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from store_units import MOMENT, Open, dataset, journal, negotiation, put

from faifo.errors import ConflictError
from faifo.folding import parts, whole
from faifo.ledger.growth import Growth
from faifo.ledger.tiles import WIDTH, Tile
from faifo.ledger.tree import HASH_BYTES
from faifo.store.contract import Store, Transaction
from faifo.store.finding import SORT_CHARACTERS, Sought, indexed, sort_keys
from faifo.store.records import Dataset, LogRecord

TITLES = (
    "Giá cà phê Việt Nam", "gia ca phe", "Cà phê Đắk Lắk", "서울의 커피", "서울에서 부산까지",
    "커피 가격", "Coffee prices, Viet Nam", "CAFÉ", "cafe\u0301", "ĐẮK NÔNG", "", "a", "Ａ１",
    "ß ss",
)  # fmt: skip
WORDS = ("việt", "viet", "ca phe", "đắk", "dak", "서울", "커피", "울", "cafe", "ss", "a1", "zz")


def _published() -> list[Dataset]:
    made = []
    for number, title in enumerate(TITLES):
        one = dataset(f"d{number:02}", keywords=(title[:5],), access={"permission": [number % 3]})
        source = msgspec.structs.replace(one.source, size=None if number % 4 == 0 else 7**number)
        made.append(msgspec.structs.replace(one, title=title, source=source))
    return made


def _queries() -> list[Sought]:
    choose = random.Random(22)
    found = [Sought(terms=None, every=(tuple(parts("t", word)),)) for word in WORDS]
    found += [Sought(terms=(1, 3), every=((whole("t", title),),)) for title in TITLES]
    for _ in range(60):
        clauses = tuple(
            tuple(parts(choose.choice("tdk"), choose.choice(WORDS)))
            for _ in range(choose.randrange(3))
        )
        found.append(
            Sought(
                terms=tuple(choose.sample((1, 2, 3), choose.randrange(1, 4))),
                every=clauses,
                never=tuple(parts("t", choose.choice(WORDS))) if choose.random() < 0.4 else (),
                after=choose.randrange(6),
                sort=choose.choice((None, "title", "byteSize", "id", "none")),
                descending=choose.random() < 0.5,
                skip=choose.randrange(3),
                limit=choose.randrange(1, 20),
            )
        )
    return found


def _expected(sought: Sought, rows: dict[int, tuple[int, Dataset]]) -> list[int]:
    fits = []
    for place, (number, one) in rows.items():
        held = indexed(one)
        if place <= sought.after or (sought.terms is not None and number not in sought.terms):
            continue
        if all(held & set(clause) for clause in sought.every) and not held & set(sought.never):
            fits.append(place)
    if sought.sort is None:
        return sorted(fits)[sought.skip :][: sought.limit]
    name = sought.sort if sought.sort != "none" else "id"

    def key(place: int) -> tuple[bool, Any]:
        value = sort_keys(rows[place][1])[name]
        return (isinstance(value, str), value.encode() if isinstance(value, str) else value)

    fits.sort()  # equals stay in the order of their places, both ways
    fits.sort(key=key, reverse=sought.descending)
    return fits[sought.skip :][: sought.limit]


async def check_the_same_words_find_the_same_datasets(open_store: Open) -> None:
    store = await open_store()
    kept = await put(store, "datasets", *_published())
    gone = msgspec.structs.replace(kept[3], withdrawn=MOMENT)
    (changed,) = await put(store, "datasets", msgspec.structs.replace(kept[5], title="đổi tên 새"))
    await put(store, "datasets", gone)
    terms = await store.read(lambda tx: tx.catalog.terms(after=0, upto=None, limit=10))
    assert [number for number, _ in terms] == [1, 2, 3]
    numbers = {msgspec.json.encode(one): number for number, one in terms}
    rows = {
        place: (numbers[msgspec.json.encode(one.visibility, order="deterministic")], one)
        for place, one in enumerate([*kept[:5], changed, *kept[6:]], 1)
        if one.id != gone.id
    }
    hits = 0
    for sought in _queries():
        found = await store.read(lambda tx, q=sought: tx.catalog.find(q))  # type: ignore[misc]
        assert [place for place, _ in found] == _expected(sought, rows), sought
        assert all(rows[place][1] == one for place, one in found)
        hits += len(found)
    assert hits > 100
    assert max(len(title) for title in TITLES) < SORT_CHARACTERS


async def check_terms_without_a_dataset_are_forgotten(open_store: Open) -> None:
    store = await open_store()
    (one,) = await put(store, "datasets", _published()[1])
    ((first, _),) = await store.read(lambda tx: tx.catalog.terms(after=0, upto=None, limit=9))
    await store.run(lambda tx: tx.datasets.delete(one.id))
    assert await store.read(lambda tx: tx.catalog.terms(after=0, upto=None, limit=9)) == []
    assert await store.read(lambda tx: tx.catalog.find(Sought(terms=(first,)))) == []
    await put(store, "datasets", _published()[2])
    ((second, _),) = await store.read(lambda tx: tx.catalog.terms(after=0, upto=None, limit=9))
    assert second > first


async def check_accesses_are_summed(open_store: Open) -> None:
    store = await open_store()
    entries = [
        journal(
            "access-served" if number % 5 else "access-refused", peer=f"p{number % 3}",
            dataset="d" if number % 2 else "e", agreement=("a", "b", None)[number % 3],
            detail={"bytes": 2**40 + number, "purposes": ["x", "y\x00"][: number % 4]},
        )
        for number in range(60)
    ]  # fmt: skip
    entries = [
        msgspec.structs.replace(one, at=MOMENT + timedelta(hours=number))
        for number, one in enumerate(entries)
    ]

    async def count(tx: Transaction) -> None:
        await tx.accesses.count(entries[:40])
        for one in entries[40:]:
            await tx.accesses.count([one])

    await store.run(count)
    first, last = date(2026, 3, 1), date(2026, 3, 4)
    for by in (("day",), ("peer",), ("peer", "day"), ("dataset", "agreement", "purpose")):
        rows, total = await store.read(
            lambda tx, by=by: tx.accesses.sums(by, since=first, until=last, limit=100)  # type: ignore[misc]
        )
        assert (total.served, total.refused) == (48, 12)
        assert sum(one.bytes for one in rows) == total.bytes
        assert total.bytes == sum(
            one.detail["bytes"] for one in entries if one.event == "access-served"
        )
        assert (total.first, total.last) == (entries[0].at, entries[-1].at)
        if by == ("day",):
            assert [one.day for one in rows] == ["2026-03-01", "2026-03-02", "2026-03-03"]
        if "purpose" in by:
            assert {one.purpose for one in rows} == {"", "x", "x; y\x00"}
            assert {one.agreement for one in rows} == {"a", "b", ""}
    await store.run(lambda tx: tx.accesses.forget(first, "a"))
    days: Any = {"since": first, "until": first, "limit": 9}
    (one,), _ = await store.read(lambda tx: tx.accesses.sums(("agreement",), agreement="b", **days))
    assert one.served + one.refused == 4
    none, total = await store.read(lambda tx: tx.accesses.sums(("day",), agreement="a", **days))
    assert (none, total.served, total.refused, total.bytes) == ([], 0, 0, 0)


def _leaf(place: int, **members: Any) -> LogRecord:
    given: dict[str, Any] = {
        "log": 1, "place": place, "kind": 1, "side": 0, "leaf": bytes([place % 256, 0, 92]) * 9,
        "salt": b"\x00\xff", "record": b"\\x00'", "event": "e", "at": "t",
        "process": f"p{place % 3}", "peer": f"q{place % 2}", "owed": 1,
    }  # fmt: skip
    return LogRecord(**{**given, **members})


async def check_the_log_keeps_leaves_tiles_and_what_is_owed(open_store: Open) -> None:
    store = await open_store()
    await store.run(lambda tx: tx.ledger.begin(1, "log.example"))
    growth = Growth()

    async def grow(tx: Transaction, upto: int) -> None:
        records = [_leaf(place) for place in range(growth.size, upto)]
        for one in records:
            growth.add([one.leaf])
        await tx.ledger.append(1, growth, records, b"")

    for upto in (5, WIDTH + 3):
        await store.run(lambda tx, n=upto: grow(tx, n))  # type: ignore[misc]
        head = await store.read(lambda tx: tx.ledger.head())
        assert head is not None
        assert (head.size, head.root, head.halted) == (upto, growth.root, None)
        again = await store.read(lambda tx, h=head: tx.ledger.growth(h))  # type: ignore[misc]
        assert (again.size, again.root) == (growth.size, growth.root)
    for tile in (Tile(0, 0, WIDTH), Tile(0, 0, 7), Tile(0, 1, 3), Tile(1, 0, 1)):
        data = await store.read(lambda tx, t=tile: tx.ledger.tile(1, t))  # type: ignore[misc]
        assert data is not None
        assert len(data) == tile.width * HASH_BYTES
    assert await store.read(lambda tx: tx.ledger.record(1, 4)) == _leaf(4)
    found = await store.read(lambda tx: tx.ledger.records(after=(1, 7), process="p1", limit=2))
    assert [one.place for one in found] == [10, 13]
    await store.run(lambda tx: tx.ledger.handed([(1, place) for place in range(0, WIDTH + 3, 2)]))
    assert await store.read(lambda tx: tx.ledger.owed_to()) == ["q1"]
    owed = await store.read(lambda tx: tx.ledger.records(owed=1, peer="q1", limit=2))
    assert [one.place for one in owed] == [1, 3]
    await store.run(lambda tx: tx.ledger.erase([(1, 4)]))
    assert await store.read(lambda tx: tx.ledger.record(1, 4)) == _leaf(
        4, salt=None, record=None, owed=0
    )
    await store.run(lambda tx: tx.ledger.halt(1, 3, "vì sao"))
    await store.run(lambda tx: tx.ledger.halt(1, 2, "later"))
    halted = await store.read(lambda tx: tx.ledger.head(1))
    assert halted is not None
    assert (halted.halted, halted.why) == (3, "vì sao")


async def check_texts_of_any_kind_and_length_are_found(open_store: Open) -> None:
    store = await open_store()
    choose = random.Random(7)
    texts = [
        "",
        "\x00",
        "\x01",
        "\x00\x01\x01",
        "\x01\x02",
        "a\x00b",
        "'\"\\?$1",
        "đ",
        "é",
        "\U0001f600",
    ]
    # As long as the protocol allows, and nothing that could be compressed.
    texts += ["".join(chr(choose.randrange(0x20000, 0x2A000)) for _ in range(2048)) for _ in "ab"]
    texts.append(texts[-1][:-1] + "x")
    await put(store, "negotiations", *(
        negotiation(f"n{number}", peer_pid=text, dataset=text, agreement=text)
        for number, text in enumerate(texts)
    ))  # fmt: skip

    async def work(tx: Transaction) -> None:
        for number, text in enumerate(texts):
            (one,) = await tx.negotiations.find(dataset=text, agreement=text, peer_pid=text)
            assert (one.pid, one.dataset) == (f"n{number}", text)

    await store.read(work)
    with pytest.raises(ConflictError):
        await put(store, "negotiations", negotiation("other", peer_pid=texts[-1]))
    for text in texts:
        await store.run(lambda tx, text=text: tx.journal.append(journal(text, process=text)))  # type: ignore[misc]
        assert await _events_of(store, text) == [text]


async def _events_of(store: Store, process: str) -> list[str]:
    rows = await store.read(lambda tx: tx.journal.find(process=process))
    return [row.event for _, row in rows]


async def check_a_refused_replacement_in_a_unit_that_goes_on_changes_nothing(
    open_store: Open,
) -> None:
    store = await open_store()
    _, other = await put(
        store, "negotiations", negotiation("n1", peer_pid="x"), negotiation("n2", peer_pid="y")
    )

    async def work(tx: Transaction) -> None:
        await tx.journal.append(journal("before"))
        with pytest.raises(ConflictError):
            await tx.negotiations.put(msgspec.structs.replace(other, peer_pid="x"))
        await tx.journal.append(journal("after"))
        assert await tx.negotiations.get("n2") == other

    await store.run(work)
    rows = await store.read(lambda tx: tx.journal.find())
    assert [row.event for _, row in rows] == ["before", "after"]
    assert await store.read(lambda tx: tx.negotiations.get("n2")) == other
