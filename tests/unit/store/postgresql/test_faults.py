"""A database that goes away, hangs, refuses, or has another writer: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from temporary_postgresql import Server, server

import postgresql_server
from contract.store_units import MOMENT, PASSPORTS, as_before, events, journal
from faifo.errors import StorageError
from faifo.store import schema
from faifo.store.contract import Transaction
from faifo.store.postgresql import migrate, place, store
from faifo.store.postgresql.place import Place
from faifo.store.postgresql.speech import DIALECT, UNIQUE
from faifo.store.postgresql.store import open_store
from faifo.store.records import PeerReceipt, mark_of


@pytest.fixture(scope="module")
def own_server() -> Iterator[Server]:
    """A server that may be stopped: nobody else's."""
    postgresql_server.running()
    with server() as found:
        yield found


@pytest.fixture
def there(own_server: Server, request: pytest.FixtureRequest) -> Place:
    return Place(own_server.url(), f"t{abs(hash(request.node.name)) % 10**9}")


def appends(event: str, ran: Counter[str] | None = None) -> Callable[[Transaction], Any]:
    async def work(tx: Transaction) -> str:
        if ran is not None:
            ran[event] += 1
        await tx.journal.append(journal(event))
        return event

    return work


async def test_a_restart_loses_nothing_and_doubles_nothing(own_server: Server, there: Place):
    both = [await open_store(there), await open_store(there)]
    for made in both:
        await made.join("all", "1")
    acknowledged: list[str] = []

    async def worker(name: int) -> None:
        for number in range(40):
            event = f"{name}.{number}"
            while event not in acknowledged:
                # Who came back later than the other's patience begins anew, and is told so.
                with contextlib.suppress(StorageError):
                    acknowledged.append(await both[name % 2].run(appends(event)))
            await both[name % 2].read(lambda tx: tx.journal.count())

    working = asyncio.gather(*(worker(name) for name in range(8)))
    for how in ("fast", "immediate"):
        count = len(acknowledged)
        while len(acknowledged) < min(count + 60, 200):
            await both[0].run(appends("between"))
        await asyncio.to_thread(own_server.stop, how)
        await asyncio.to_thread(own_server.start)
    await asyncio.wait_for(working, 90)
    kept = Counter(await events(both[1]))
    del kept["between"]
    assert kept == Counter(acknowledged)
    assert len(acknowledged) == 320
    rows = await both[0].read(lambda tx: tx.journal.find())
    assert [seq for seq, _ in rows] == list(range(1, len(rows) + 1))
    for made in both:
        await made.close()


class Between:
    """A way to the server that is cut at the first COMMIT of a row.

    Either before the server has it, or before its answer is passed on.
    """

    def __init__(self, folder: Path, behind: Server, *, before: bool) -> None:
        folder.mkdir(exist_ok=True)
        self.cuts = 0
        self._before = before
        self._behind = f"{behind.folder}/.s.PGSQL.5432"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(f"{folder}/.s.PGSQL.5432")
        self._listener.listen()
        self.url = f"postgresql://faifo@/postgres?host={folder}&port=5432"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        behind = socket.socket(socket.AF_UNIX)
        behind.connect(self._behind)
        back = threading.Thread(target=_pump, args=(behind, client), daemon=True)
        back.start()
        with contextlib.suppress(OSError), client, behind:
            while data := client.recv(65536):
                if b"UPDATE writer SET history" in data and not self.cuts:
                    self.cuts += 1
                    client.shutdown(socket.SHUT_RD)
                    client.shutdown(socket.SHUT_WR)
                    if not self._before:
                        behind.sendall(data)
                        back.join(5)
                    # Closing alone would not do while the other thread reads.
                    behind.shutdown(socket.SHUT_RDWR)
                    return
                behind.sendall(data)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)


@pytest.mark.parametrize("before", [True, False], ids=["not sent", "answer lost"])
async def test_a_commit_that_was_cut_off_is_done_once(
    own_server: Server, there: Place, before: bool
):
    await asyncio.to_thread(migrate.prepare, there)
    folder = own_server.folder / f"between{before}"
    way = Between(folder, own_server, before=before)
    ran: Counter[str] = Counter()
    told: list[str] = []
    made = await open_store(msgspec.structs.replace(there, url=way.url))
    await made.join("all", "1")

    async def work(tx: Transaction) -> str:
        tx.after_commit(lambda: told.append("told"))
        return str(await appends("one", ran)(tx))

    assert await asyncio.wait_for(made.run(work), 30) == "one"
    assert way.cuts == 1
    assert ran == {"one": 2 if before else 1}
    assert told == ["told"]
    assert await made.run(appends("two")) == "two"
    await made.close()
    way.close()
    again = await open_store(there)
    assert await events(again) == ["one", "two"]
    await again.close()


async def test_what_is_away_is_named_and_the_node_goes_on_by_itself(
    own_server: Server, there: Place, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(store, "PATIENCE", 0.3)
    made = await open_store(there)
    await made.run(appends("before"))
    await made.read(lambda tx: tx.journal.count())
    own_server.stop()
    try:
        for call in (made.run(appends("lost")), made.read(lambda tx: tx.journal.count())):
            with pytest.raises(StorageError) as caught:
                await call
            assert "start the database, or see to the network" in str(caught.value)
        with pytest.raises(StorageError, match=r"lets this node in.* and start again"):
            await open_store(there)
    finally:
        own_server.start()
    assert await made.run(appends("after")) == "after"
    assert await events(made) == ["before", "after"]
    await made.close()


@pytest.mark.parametrize(
    ("blocking", "advice"),
    [
        ("SELECT 1 FROM writer FOR UPDATE", "see what keeps the database busy"),
        ("ALTER DATABASE postgres SET default_transaction_read_only TO on", "make the directory"),
    ],
    ids=["slow", "read only"],
)
async def test_what_refuses_is_told_and_nothing_is_kept(
    there: Place, monkeypatch: pytest.MonkeyPatch, blocking: str, advice: str
):
    monkeypatch.setattr(place, "_SETTINGS", place._SETTINGS.replace("'30s'", "'200ms'"))
    made = await open_store(there)
    await made.run(appends("before"))
    with closing(there.connect()) as other:
        if "ALTER" in blocking:
            made._connection.script("SET default_transaction_read_only TO on")
        else:
            other.execute("BEGIN")
            other.execute(blocking)
        with pytest.raises(StorageError) as caught:
            await made.run(appends("lost"))
        assert advice in str(caught.value)
    if "ALTER" in blocking:
        made._connection.script("SET default_transaction_read_only TO off")
    assert await made.run(appends("after")) == "after"
    assert await events(made) == ["before", "after"]
    await made.close()


async def test_a_full_disk_acknowledges_nothing_and_is_named(there: Place):
    made = await open_store(there)
    await made.run(appends("before"))
    with closing(there.connect()) as other:
        other.script(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE 'no space left on device' USING ERRCODE = '53100'; END $$;"
            " CREATE TRIGGER full_disk BEFORE INSERT ON journal EXECUTE FUNCTION full_disk()"
        )
        several = await asyncio.gather(
            *(made.run(appends("lost")) for _ in range(3)), return_exceptions=True
        )
        assert all("free some space" in str(one) for one in several), several
        other.script("DROP TRIGGER full_disk ON journal")
    assert await made.run(appends("after")) == "after"
    assert await events(made) == ["before", "after"]
    await made.close()


async def test_an_older_database_is_brought_to_today_s(
    there: Place, monkeypatch: pytest.MonkeyPatch
):
    older = {name: one for name, one in migrate.scripts().items() if name <= migrate.FIRST}
    monkeypatch.setattr(migrate, "scripts", lambda: older)
    monkeypatch.setattr(migrate, "known", lambda: tuple(older))
    await asyncio.to_thread(migrate.prepare, there)
    with closing(there.connect()) as connection:
        connection.execute("UPDATE writer SET journal = 7, fence = 3")
    monkeypatch.undo()
    made = await open_store(there)
    await made.join("all", "1")
    assert await made.run(appends("today")) == "today"
    ((seq, _),) = await made.read(lambda tx: tx.journal.find())
    assert seq == 8
    await made.close()


async def test_receipts_of_an_older_database_are_found_by_their_leaves(
    there: Place, monkeypatch: pytest.MonkeyPatch
):
    """From before there were marks; of a long leaf the column had only a digest."""
    with monkeypatch.context() as before:
        older = {number: one for number, one in migrate.scripts().items() if number < "0029"}
        before.setattr(migrate, "scripts", lambda: older)
        before.setattr(migrate, "known", lambda: tuple(older))
        migrate.prepare(there)
    leaves = [base64.b64encode(b"x" * size).decode() for size in (34, 489)]
    with closing(there.connect()) as connection:
        for number, leaf in enumerate(leaves):
            receipt = f"v1\nextra {leaf}\nindex {number}\n"
            record = PeerReceipt(origin="o", place=number, peer="p", receipt=receipt, at=MOMENT)
            connection.execute(
                "INSERT INTO peer_receipt (origin, place, peer, leaf, state, revision, record)"
                " VALUES ('o', ?, 'p', ?, 'verified', 1, ?)",
                (number, DIALECT.column(leaf), msgspec.json.encode(record).decode()),
            )
    made = await open_store(there)
    for leaf in leaves:
        (found,) = await made.read(lambda tx, leaf=leaf: tx.peer_receipts.find(mark=mark_of(leaf)))  # type: ignore[misc]
        assert found.leaf == leaf
    await made.close()


async def test_passports_of_before_they_were_looked_for_are_found(
    there: Place, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as before:
        older = {number: one for number, one in migrate.scripts().items() if number < "0031"}
        before.setattr(migrate, "scripts", lambda: older)
        before.setattr(migrate, "known", lambda: tuple(older))
        migrate.prepare(there)
    with closing(there.connect()) as connection:
        for one in PASSPORTS:
            connection.execute(as_before(one))
    made = await open_store(there)
    found = await made.read(lambda tx: tx.datasets.find(with_passport=1))
    assert [one.id for one in found] == ["with"]
    await made.close()


async def test_tables_of_a_newer_faifo_and_of_strangers_are_left_alone(there: Place):
    await asyncio.gather(*(asyncio.to_thread(migrate.prepare, there) for _ in range(3)))
    with closing(there.connect()) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageError, match="has schema 9999, this Faifo knows up to"):
        await open_store(there)
    with closing(there.connect()) as connection:
        connection.execute("DROP TABLE alembic_version")
    with pytest.raises(StorageError, match="holds no schema of Faifo"):
        await open_store(there)


async def test_what_is_not_durable_is_made_so(there: Place):
    await asyncio.to_thread(migrate.prepare, there)
    url = f"{there.url}&options=-csynchronous_commit%3Doff"
    with closing(msgspec.structs.replace(there, url=url).connect()) as connection:
        assert connection.execute("SHOW synchronous_commit") == [("on",)]


async def test_a_role_that_owns_one_schema_and_has_habits_of_its_own(
    own_server: Server, there: Place
):
    with closing(there.connect()) as connection:
        connection.script(
            f"CREATE ROLE narrow LOGIN; CREATE SCHEMA {there.schema} AUTHORIZATION narrow;"
            " ALTER ROLE narrow SET bytea_output TO 'escape';"
            " ALTER ROLE narrow SET default_transaction_isolation TO 'serializable'"
        )
    url = own_server.url().replace("faifo@", "narrow@")
    made = await open_store(Place(url, there.schema))
    assert await made.run(appends("one")) == "one"
    assert made._connection.execute("SELECT convert_to(?, 'UTF8')", ("é",)) == [("é".encode(),)]
    assert made._connection.execute("SHOW transaction_isolation") == [("read committed",)]
    await made.close()
    with pytest.raises(StorageError, match=r"permission denied.*lets this node in"):
        await open_store(Place(url, f"{there.schema}other"))


async def test_a_password_that_is_changed_while_the_node_runs(
    own_server: Server, there: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    rules = own_server.folder / "data" / "pg_hba.conf"
    trusting = rules.read_text()
    secret = tmp_path / "database.secret"

    def change(password: str) -> None:
        with closing(there.connect()) as connection:
            connection.script(
                f"ALTER ROLE changing PASSWORD '{password}'; SELECT pg_reload_conf();"
                " SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'changing'"
            )

    with closing(there.connect()) as connection:
        connection.script(
            f"CREATE ROLE changing LOGIN; CREATE SCHEMA {there.schema} AUTHORIZATION changing"
        )
    rules.write_text(f"local all changing scram-sha-256\n{trusting}")
    try:
        change("first")
        url = own_server.url().replace("faifo@", "changing@")
        its = Place(url, there.schema, secret)
        with pytest.raises(StorageError, match=r"database.secret.*look at \[store\]"):
            await open_store(its)
        secret.write_text("first\n")
        made = await open_store(its)
        assert await made.run(appends("one")) == "one"
        change("second")
        monkeypatch.setattr(store, "PATIENCE", 0.2)
        with pytest.raises(StorageError, match="password authentication failed"):
            await made.run(appends("refused"))
        secret.write_text("second\n")
        assert await made.run(appends("two")) == "two"
        assert await events(made) == ["one", "two"]
        await made.close()
    finally:
        rules.write_text(trusting)
        with closing(there.connect()) as connection:
            connection.script("SELECT pg_reload_conf()")


async def test_it_is_known_which_tables_have_unique_columns(there: Place):
    await asyncio.to_thread(migrate.prepare, there)
    with closing(there.connect()) as connection:
        rows = connection.execute(
            "SELECT DISTINCT relname FROM pg_index JOIN pg_class ON pg_class.oid = indrelid"
            " WHERE indisunique AND NOT indisprimary"
            " AND relnamespace = current_schema()::regnamespace"
        )
    shapes = {one.name for one in vars(schema).values() if isinstance(one, schema.TableShape)}
    assert {name for (name,) in rows} & shapes == UNIQUE
