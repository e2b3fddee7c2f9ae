"""Books carried from a file to a database and back: nothing is lost, nothing is another."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

import postgresql_server
from contract.store_units import MOMENT, dataset, history, journal, negotiation, outbox, timer
from faifo.errors import ConflictError, StorageError
from faifo.folding import parts
from faifo.ledger.growth import Growth
from faifo.store.contract import Store, Transaction
from faifo.store.finding import Sought
from faifo.store.packing import PACKED
from faifo.store.postgresql import carrying
from faifo.store.postgresql.place import Place
from faifo.store.postgresql.store import open_store as open_database
from faifo.store.records import LogRecord
from faifo.store.sqlite.store import open_store as open_file

LONG = "".join(chr(0x4E00 + 7 * number) for number in range(2000))
SOUGHT = Sought(terms=None, every=tuple((one,) for one in parts("t", "cà phê")))


async def _fill(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        for number, text in enumerate(("x", LONG, "a\x00b\x01", "đ")):
            await tx.negotiations.put(negotiation(f"n{number}", peer_pid=text, dataset=text))
            await tx.journal.append(journal("e", process=text, detail={"t": text}))
            await tx.history.append(history(text.encode(), process=text))
        for number in range(9):
            size = None if number % 2 else number
            one = dataset(f"d{number}", access={"permission": [number % 2]})
            source = msgspec.structs.replace(one.source, size=size)
            await tx.datasets.put(msgspec.structs.replace(one, source=source))
        await tx.datasets.delete("d8")
        await tx.outbox.put(outbox("o"))
        kept = await tx.timers.put(timer("t", 5))
        await tx.timers.put(msgspec.structs.replace(kept, due=MOMENT))
        detail = {"bytes": 2**50, "purposes": ["\x00"]}
        served = journal("access-served", peer="p", dataset="d", agreement=LONG, detail=detail)
        for _ in range(4):
            await tx.accesses.count([served])
        await tx.ledger.begin(1, "log.example")
        growth = Growth()
        leaves = [
            LogRecord(log=1, place=growth.add([bytes([n % 256]) * 32]), kind=1, side=0,
                      leaf=bytes([n % 256]) * 32, salt=b"\x00'", record=b"\\x00", event="e", at="t",
                      agreement=LONG)
            for n in range(300)
        ]  # fmt: skip
        await tx.ledger.append(1, growth, leaves, b"note")

    await store.run(work)
    assert await store.run(lambda tx: tx.journal.forget(4))


def _dump(path: Path) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(path)) as connection:
        tables = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not name.startswith("catalog_token")
        ]
        return {name: sorted(connection.execute(f"SELECT * FROM {name}")) for name in tables}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return postgresql_server.place(tmp_path)


async def test_over_and_back_every_table_is_as_it_was(tmp_path: Path, place: Place):
    path, again = tmp_path / "faifo.db", tmp_path / "again.db"
    store = await open_file(path)
    await _fill(store)
    found = await store.read(lambda tx: tx.catalog.find(SOUGHT))
    assert len(found) == 8
    await store.close()
    before = _dump(path)
    carried = carrying.to_database(path, place)
    own = {"alembic_version", "sqlite_sequence"}
    assert carried.rows == sum(len(rows) for name, rows in before.items() if name not in own)
    assert carried.rows > 300
    assert carrying.to_file(place, again, alone=True) == carried
    assert _dump(again) == before
    assert again.stat().st_mode & 0o777 == 0o600
    # Both go on with the next numbers, and find the same.
    for made in (await open_database(place), await open_file(again)):
        assert await made.read(lambda tx: tx.catalog.find(SOUGHT)) == found
        assert await made.run(lambda tx: tx.journal.append(journal("next"))) == 5
        assert await made.run(lambda tx: tx.history.append(history(b""))) == 5
        await made.run(lambda tx: tx.datasets.put(dataset("new", access={"permission": [9]})))
        *_, (terms, _) = await made.read(lambda tx: tx.catalog.terms(after=0, upto=None, limit=9))
        ((number, _),) = await made.read(lambda tx: tx.catalog.find(Sought(terms=(terms,))))  # noqa: B023
        assert (terms > 2, number) == (True, 10)
        head = await made.read(lambda tx: tx.ledger.head())
        assert head is not None
        growth = await made.read(lambda tx: tx.ledger.growth(head))  # noqa: B023
        assert growth.root == head.root
        await made.close()


async def test_what_is_packed_and_ids_that_are_bytes_go_over_as_what_they_are(
    tmp_path: Path, place: Place
):
    path, again = tmp_path / "faifo.db", tmp_path / "again.db"
    # Of two forms, which stand in a file in another order than in a database.
    names = [f"urn:uuid:018f0000-0000-7000-8000-{number:012}" for number in range(3)] + ["v", "a"]

    async def fill(tx: Transaction) -> None:
        await tx.ledger.begin(1, "log.example")
        growth = Growth()
        for number, name in enumerate(names):
            await tx.negotiations.put(negotiation(name, peer_pid=f"{number}", agreement=name))
            await tx.journal.append(journal("e", process=name, agreement=name))
            leaf = bytes([number]) * 34
            record = LogRecord(log=1, place=growth.add([leaf]), kind=2, side=1, leaf=leaf,
                               salt=b"s" * 32, record=b'{"at":"t"}', event="e", at="t",
                               agreement=name, process=name)  # fmt: skip
            await tx.ledger.append(1, growth, [record], b"note")
            await tx.accesses.count(
                [journal("access-served", peer="p", dataset=name, agreement=name)]
            )

    async def read(tx: Transaction) -> list[Any]:
        days = {"since": date(2000, 1, 1), "until": date(2100, 1, 1)}
        return [
            sorted(await tx.negotiations.find(), key=lambda one: one.pid),
            await tx.negotiations.find(pid=names[0]),
            await tx.journal.find(),
            await tx.journal.find(agreement=names[1]),
            await tx.ledger.records(),
            await tx.ledger.records(process=names[2]),
            await tx.accesses.sums(["dataset"], limit=9, agreement=names[1], **days),
        ]

    store = await open_file(path)
    await store.run(fill)
    before = await store.read(read)
    assert [len(part) for part in before[:6]] == [5, 1, 5, 1, 5, 1]
    for table in PACKED:
        await store.run(lambda tx, table=table: tx.room.pack(table, after=0, old="9", limit=9))  # type: ignore[misc]
    assert await store.read(read) == before
    await store.close()
    carrying.to_database(path, place)
    carrying.to_file(place, again, alone=True)
    for made in (await open_database(place), await open_file(again)):
        assert await made.read(read) == before
        await made.close()


async def test_what_arrives_changed_is_not_kept(
    tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "faifo.db"
    store = await open_file(path)
    await _fill(store)
    await store.close()
    fitting = carrying._fitting

    def changed(*given: Any) -> list[Any]:
        return ["x" if one == "n1" else one for one in fitting(*given)]

    monkeypatch.setattr(carrying, "_fitting", changed)
    with pytest.raises(StorageError, match=r"the table negotiation in .* is not as it was read"):
        carrying.to_database(path, place)
    monkeypatch.undo()
    carrying.to_database(path, place)


async def test_books_that_are_there_are_never_written_over(tmp_path: Path, place: Place):
    path = tmp_path / "faifo.db"
    await (await open_file(path)).close()
    store = await open_database(place)
    await store.run(lambda tx: tx.journal.append(journal("mine")))
    with pytest.raises(ConflictError, match="there are books in"):
        carrying.to_database(path, place)
    with pytest.raises(ConflictError):
        carrying.to_file(place, path, alone=False)
    await store.join("all", "1")
    with pytest.raises(StorageError, match="another process serves the database"):
        carrying.to_file(place, tmp_path / "new.db", alone=True)
    assert not (tmp_path / "new.db").exists()
    assert carrying.to_file(place, tmp_path / "copy.db", alone=False).rows == 1
    await store.close()
