"""New, old, newer and damaged databases. No case may end in a traceback or in an empty database."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from contextlib import closing
from datetime import date
from pathlib import Path

import msgspec
import pytest

from contract.store_units import PASSPORTS, as_before, history, negotiation
from faifo.clock import now
from faifo.errors import StorageError
from faifo.store.contract import Transaction
from faifo.store.packing import PACKED
from faifo.store.records import JournalEntry, PeerReceipt, mark_of
from faifo.store.sqlite import migrate
from faifo.store.sqlite.store import open_store

NEXT_STEP = """
ALTER TABLE journal ADD COLUMN tenant TEXT;
CREATE INDEX journal_tenant ON journal (tenant);
"""

TODAY = migrate.known()[-1]
NEXT = f"{int(TODAY) + 1:04}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "faifo.db"


async def _fill(path: Path, rows: int = 1) -> None:
    store = await open_store(path)

    async def work(tx) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
        for number in range(rows):
            await tx.journal.append(JournalEntry(event=f"event {number}" + "x" * 500, at=now()))

    await store.run(work)
    await store.close()


def _ask(path: Path, question: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(question).fetchall()


def _execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def _before(step: str, path: Path) -> None:
    """Make a database as the last program before a step did."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as before:
        for number, script in migrate.scripts().items():
            if number < step:
                (Path(folder) / script.name).write_text(script.read_text("utf-8"))
        before.setattr(migrate, "SCRIPTS", Path(folder))
        migrate.prepare(path)


async def _refused(path: Path) -> str:
    with pytest.raises(StorageError) as caught:
        await open_store(path)
    return str(caught.value)


async def test_a_new_database_has_todays_schema_and_is_its_owners_alone(path: Path) -> None:
    migrate.prepare(path)
    assert _ask(path, "SELECT version_num FROM alembic_version") == [(TODAY,)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["faifo.db"]


def test_the_steps_are_numbered_in_order_each_once() -> None:
    assert list(migrate.known()) == sorted(set(migrate.known()))
    assert len(migrate.known()) == len(list(migrate.SCRIPTS.glob("*.sql")))


@pytest.mark.parametrize("name", ["a b.db", "a?mode=memory.db", "a#b.db", "a%41.db", "cà phê.db"])
async def test_a_path_is_taken_literally(tmp_path: Path, name: str) -> None:
    await _fill(tmp_path / name)
    await _fill(tmp_path / name)
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert _ask(tmp_path / name, "SELECT count(*) FROM journal") == [(2,)]


def test_while_it_is_made_nobody_else_can_read_it(path: Path) -> None:
    script = (
        "import os, sys; os.umask(0); from pathlib import Path\n"
        "from faifo.store.sqlite import migrate\n"
        "real = migrate._fill\n"
        "def look(file, content):\n"
        "    real(file, content)\n"
        "    print(*(oct(f.stat().st_mode & 0o777) for f in file.parent.iterdir()))\n"
        "migrate._fill = look; migrate.prepare(Path(sys.argv[1]))"
    )
    command = [sys.executable, "-c", script, str(path)]
    seen = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert seen == ["0o600"]


async def test_a_newer_schema_is_refused_and_left_alone(path: Path) -> None:
    await _fill(path)
    _execute(path, "UPDATE alembic_version SET version_num = '0999'")
    before = path.read_bytes()
    assert await _refused(path) == (
        f"the database {path} has schema 0999, this Faifo knows up to {TODAY}; "
        "start it with the newer Faifo that wrote it, or restore an older backup"
    )
    assert path.read_bytes() == before


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Faifo with one more step than today's; returns the script of that step."""
    scripts = tmp_path / "migrations"
    shutil.copytree(str(migrate.SCRIPTS), scripts)
    script = scripts / f"{NEXT}-next.sql"
    script.write_text(NEXT_STEP)
    monkeypatch.setattr(migrate, "SCRIPTS", scripts)
    return script


async def test_an_older_database_is_migrated_and_a_copy_kept(tmp_path: Path, newer: Path) -> None:
    path = await _old(tmp_path)
    await _fill(path)
    assert _ask(path, "SELECT version_num FROM alembic_version") == [(NEXT,)]
    assert _ask(path, "SELECT count(*), count(tenant) FROM journal") == [(2, 0)]
    copy = path.with_name(f"faifo.db.before-{NEXT}")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert _ask(copy, "SELECT version_num FROM alembic_version") == [(TODAY,)]
    assert _ask(copy, "SELECT count(*) FROM journal") == [(1,)]


async def test_pages_are_small_and_can_be_given_back_also_in_an_old_database(
    tmp_path: Path,
) -> None:
    new, old = tmp_path / "new.db", tmp_path / "old.db"
    await _fill(new, 50)
    _before(migrate.ROOM, old)
    for _ in range(50):
        _execute(old, "INSERT INTO journal (event, at, record) VALUES ('e', 't', '{}')")
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA page_size = 4096")
        connection.execute("PRAGMA auto_vacuum = NONE")
        connection.execute("VACUUM")
    assert _ask(old, "PRAGMA page_size") == [(4096,)]
    await _fill(old)
    for path in (new, old):
        assert _ask(path, "PRAGMA page_size") == [(migrate.PAGE_BYTES,)]
        assert _ask(path, "PRAGMA auto_vacuum") == [(2,)]  # INCREMENTAL
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert _ask(old, "SELECT count(*) FROM journal") == [(51,)]
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(
        ["new.db", "old.db", f"old.db.before-{TODAY}"]
    )


async def test_room_that_became_free_is_given_back_but_for_a_share(path: Path) -> None:
    store = await open_store(path)
    entry = JournalEntry(event="x" * 500, at=now())

    async def fill(tx) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
        for _ in range(2000):
            await tx.journal.append(entry)

    async def forget(tx) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
        for seq in range(1, 1901):
            await tx.journal.forget(seq)

    await store.run(fill)
    await store.run(forget)
    await store.scrub()
    full = path.stat().st_size
    units = 1
    while await store.run(lambda tx: tx.room.give_back(100)):
        units += 1
    assert units > 5
    await store.scrub()
    assert path.stat().st_size < full / 4
    ((free,), (pages,)) = (_ask(path, f"PRAGMA {one}_count")[0] for one in ("freelist", "page"))
    assert 0 < free <= pages // 7
    await store.close()


async def test_a_failed_migration_leaves_the_old_database(tmp_path: Path, newer: Path) -> None:
    path = await _old(tmp_path)
    newer.write_text(NEXT_STEP + "CREATE TABLE journal (x);")
    assert await _refused(path) == (
        f"the database {path} cannot be prepared: table journal already exists; "
        "check the directory's permissions and free space"
    )
    assert _ask(path, "SELECT version_num FROM alembic_version") == [(TODAY,)]
    names = [row[1] for row in _ask(path, "PRAGMA table_info(journal)")]
    assert "tenant" not in names
    newer.write_text(NEXT_STEP)
    await _fill(path)
    assert _ask(path, "SELECT count(*), count(tenant) FROM journal") == [(2, 0)]


async def _old(tmp_path: Path) -> Path:
    """Return a database of today's Faifo, made by a process of its own."""
    path = tmp_path / "old" / "faifo.db"
    path.parent.mkdir()
    script = (
        "import asyncio, sys; from pathlib import Path\n"
        "from faifo.store.sqlite.store import open_store\n"
        "from faifo.store.records import JournalEntry; from faifo import clock\n"
        "async def main():\n"
        "    s = await open_store(Path(sys.argv[1]))\n"
        "    e = JournalEntry(event='old', at=clock.now())\n"
        "    await s.run(lambda tx: tx.journal.append(e)); await s.close()\n"
        "asyncio.run(main())"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True)
    return path


async def test_a_file_that_is_not_a_database(path: Path) -> None:
    path.write_bytes(b"# this is a text\n" * 100)
    assert await _refused(path) == (
        f"the database {path} cannot be read: file is not a database; "
        "restore it from a backup; the damaged file is left as it is"
    )
    assert path.read_bytes().startswith(b"# this is a text\n")


@pytest.mark.parametrize("size", [0, 1, 15])
async def test_hardly_anything_left_is_not_a_new_database(path: Path, size: int) -> None:
    await _fill(path)
    path.write_bytes(path.read_bytes()[:size])
    sentence = await _refused(path)
    if size:
        assert "cannot be read" in sentence or "holds no schema of Faifo" in sentence
    else:
        assert sentence == (
            f"the database {path} holds no schema of Faifo; "
            "restore it from a backup; to begin anew, move the file away first"
        )
    assert path.stat().st_size == size


async def test_somebody_elses_database_is_not_ours(path: Path) -> None:
    _execute(path, "CREATE TABLE photos (x)")
    assert "holds no schema of Faifo" in await _refused(path)
    assert _ask(path, "SELECT name FROM sqlite_master") == [("photos",)]


@pytest.mark.parametrize("kept", [4096, 5000, 0.5, 0.95])
async def test_a_truncated_database(path: Path, kept: float) -> None:
    await _fill(path, rows=500)
    content = path.read_bytes()
    content = content[: int(kept if kept > 1 else len(content) * kept)]
    path.write_bytes(content)
    assert await _refused(path) == (
        f"the database {path} cannot be read: database disk image is malformed; "
        "restore it from a backup; the damaged file is left as it is"
    )
    assert path.read_bytes() == content


async def test_a_corrupted_header(path: Path) -> None:
    await _fill(path)
    content = bytearray(path.read_bytes())
    content[100:400] = b"\xff" * 300
    path.write_bytes(content)
    assert "cannot be read" in await _refused(path)
    assert path.read_bytes() == bytes(content)


async def test_corruption_that_is_met_later(path: Path) -> None:
    await _fill(path, rows=500)
    content = bytearray(path.read_bytes())
    content[-40 * 4096 :] = b"\xff" * (40 * 4096)
    path.write_bytes(content)
    store = await open_store(path)
    with pytest.raises(StorageError) as caught:
        await store.read(lambda tx: tx.journal.find())
    assert str(caught.value) == (
        "the database faifo.db failed: database disk image is malformed; "
        "nothing was acknowledged; check the disk and start again"
    )
    await store.close()


async def test_a_log_left_by_a_dead_process_is_read(path: Path) -> None:
    script = (
        "import asyncio, os, sys; from pathlib import Path\n"
        "from faifo.store.sqlite.store import open_store\n"
        "from faifo.store.records import JournalEntry; from faifo import clock\n"
        "async def main():\n"
        "    s = await open_store(Path(sys.argv[1]))\n"
        "    e = JournalEntry(event='in the log', at=clock.now())\n"
        "    await s.run(lambda tx: tx.journal.append(e)); os._exit(9)\n"
        "asyncio.run(main())"
    )
    died = subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert died.returncode == 9
    assert path.with_name("faifo.db-wal").stat().st_size > 0
    path.with_name("faifo.db-shm").unlink()  # as after a loss of power
    store = await open_store(path)
    rows = await store.read(lambda tx: tx.journal.find())
    assert [row.event for _, row in rows] == ["in the log"]
    await store.close()


async def test_a_log_without_its_database_is_not_thrown_away(path: Path) -> None:
    log = path.with_name("faifo.db-wal")
    log.write_bytes(b"pages")
    assert await _refused(path) == (
        f"the database {path} is gone, but its log faifo.db-wal is there; "
        "restore both from a backup; to begin anew, move the log away first"
    )
    assert log.read_bytes() == b"pages"
    assert not path.exists()


async def test_what_a_dead_attempt_left_is_in_nobodys_way(path: Path) -> None:
    path.with_name(".faifo.db.new").write_bytes(b"half")
    path.with_name(".faifo.db.new-journal").write_bytes(b"half")
    await _fill(path)
    assert [file.name for file in path.parent.iterdir()] == ["faifo.db"]


async def test_a_folder_that_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "faifo.db"
    assert await _refused(path) == (
        f"the database {path} cannot be prepared: No such file or directory; "
        "check the directory's permissions and free space"
    )


async def test_agreements_that_are_there_are_counted_by_partner(path: Path) -> None:
    """A database from before there were counts gets them."""
    _before("0028", path)
    sides = [
        ("consumer", "did:web:a", "us"),
        ("provider", "us", "did:web:a"),
        ("provider", "us", "mailto:b"),
    ]
    for number, (role, provider, consumer) in enumerate(sides):
        _execute(
            path,
            "INSERT INTO agreement (id, role, provider, consumer, dataset, revision, record)"
            f" VALUES ('{number}', '{role}', '{provider}', '{consumer}', 'd', 1, '{{}}')",
        )
    store = await open_store(path)
    await store.close()
    assert _ask(path, "SELECT * FROM agreement_count") == [("did:web:a", 2)]


async def test_passports_of_before_they_were_looked_for_are_found(path: Path):
    _before("0031", path)
    for one in PASSPORTS:
        _execute(path, as_before(one))
    store = await open_store(path)
    found = await store.read(lambda tx: tx.datasets.find(with_passport=1))
    assert [one.id for one in found] == ["with"]
    await store.close()


async def test_what_an_old_database_holds_is_found_as_before(path: Path) -> None:
    """From before ids were bytes, columns that nothing asked for went, and there were packs."""
    _before("0029", path)
    pid, other, agreed = (f"urn:uuid:018f0000-0000-7000-8000-{n:012}" for n in range(3))
    leaf = "bGVhZg=="
    process = negotiation(pid, peer_pid=other, agreement=agreed, revision=1)
    message = history(b"{}", process=pid, message_id=other)
    event = JournalEntry(event="e", at=now(), process=pid, agreement=agreed, peer="p")
    receipt = PeerReceipt(
        origin="o", place=1, peer="p", receipt=f"v1\nextra {leaf}\nindex 1\n", at=now(),
        agreement=agreed, revision=1,
    )  # fmt: skip
    told = msgspec.json.encode(receipt)[:-1] + b',"leaf":"' + leaf.encode() + b'"}'
    rows: dict[str, tuple[dict[str, object], bytes]] = {
        "negotiation": (
            {"pid": pid, "role": "provider", "peer": process.peer, "peer_pid": other,
             "dataset": "ds", "agreement": agreed, "updated": "t", "revision": 1},
            msgspec.json.encode(process),
        ),
        "history": (
            {"process": pid, "direction": "in", "sender": message.sender, "message_id": other,
             "digest": message.digest, "at": "t"},
            msgspec.json.encode(message)[:-1] + b',"digest":"told before"}',
        ),
        "journal": (
            {"event": "e", "process": pid, "agreement": agreed, "peer": "p", "at": "t"},
            msgspec.json.encode(event),
        ),
        "peer_receipt": (
            {"origin": "o", "place": 1, "peer": "p", "leaf": leaf, "agreement": agreed,
             "state": "verified", "revision": 1},
            told,
        ),
        "timer": (
            {"kind": "retention", "subject": "pack:history 8", "due": "t", "revision": 1}, b"{}"
        ),
        "log_record": (
            {"log": 1, "place": 0, "kind": 2, "side": 1, "leaf": b"x" * 34, "salt": b"s" * 32,
             "event": "e", "at": "t", "agreement": agreed, "process": pid},
            b"{}",
        ),
    }  # fmt: skip
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, (columns, record) in rows.items():
            kept = record if table == "log_record" else record.decode()
            marks = ", ".join("?" * (len(columns) + 1))
            connection.execute(
                f"INSERT INTO {table} ({', '.join(columns)}, record) VALUES ({marks})",
                [*columns.values(), kept],
            )
        connection.execute("INSERT INTO access_reader VALUES (1, ?, 'p', 'ds', '')", (agreed,))
        connection.execute("INSERT INTO access_count VALUES (1, 20000, 3, 0, 9, 1, 2)")

    async def read(tx: Transaction) -> list[object]:
        days = {"since": date(2000, 1, 1), "until": date(2100, 1, 1)}
        (found,), _ = await tx.accesses.sums(["agreement"], limit=9, agreement=agreed, **days)
        (record,) = await tx.ledger.records(agreement=agreed)
        return [
            await tx.negotiations.get(pid),
            await tx.negotiations.find(role="provider", peer=process.peer, peer_pid=other),
            await tx.history.find(process=pid, message_id=other, digest=message.digest),
            await tx.journal.find(agreement=agreed),
            await tx.peer_receipts.find(mark=mark_of(leaf)),
            await tx.timers.find(),
            (found.agreement, found.served),
            (record.agreement, record.process, record.leaf),
        ]

    store = await open_store(path)
    found = await store.read(read)
    assert found == [
        process, [process], [(1, message)], [(1, event)], [receipt], [], (agreed, 3),
        (agreed, pid, b"x" * 34),
    ]  # fmt: skip
    assert receipt.leaf == leaf
    for table in PACKED:
        await store.run(lambda tx, table=table: tx.room.pack(table, after=0, old="9", limit=9))  # type: ignore[misc]
    assert await store.read(read) == found
    await store.close()
    assert _ask(path, "SELECT typeof(pid), length(pid) FROM negotiation") == [("blob", 16)]
