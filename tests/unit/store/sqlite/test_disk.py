"""A disk that is full, and a directory that cannot be written."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from faifo.clock import now
from faifo.errors import StorageError
from faifo.store.contract import Store, Transaction
from faifo.store.records import JournalEntry
from faifo.store.sqlite.store import open_store

FULL = (
    "the database faifo.db failed: database or disk is full; "
    "nothing was acknowledged; free some space, the node goes on by itself"
)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    try:
        mounted = (
            os.geteuid() == 0
            and not subprocess.run(command, check=False, capture_output=True).returncode
        )
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("a small disk can be mounted by root only")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


async def _append(store: Store, number: int, size: int = 20_000) -> None:
    async def work(tx: Transaction) -> None:
        detail = {"number": number, "ballast": "x" * size}
        await tx.journal.append(JournalEntry(event="fill", at=now(), detail=detail))

    await store.run(work)


async def _numbers(store: Store) -> list[int]:
    rows = await store.read(lambda tx: tx.journal.find())
    return [row.detail["number"] for _, row in rows]


async def _fill(store: Store) -> list[int]:
    """Write until the disk is full; return what was acknowledged."""
    acknowledged = []
    with pytest.raises(StorageError) as caught:  # noqa: PT012
        for number in range(10_000):
            await _append(store, number)
            acknowledged.append(number)
    assert str(caught.value) == FULL
    return acknowledged


async def test_a_full_disk_acknowledges_nothing_and_goes_on_when_there_is_room(
    small_disk: Path,
) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 500_000)
    store = await open_store(small_disk / "faifo.db")
    kept = await _fill(store)
    assert kept
    results = await asyncio.gather(
        *(_append(store, 50_000 + number) for number in range(20)), return_exceptions=True
    )
    assert {str(result) for result in results} == {FULL}
    assert await _numbers(store) == kept
    ballast.unlink()
    await _append(store, 99_999)
    assert await _numbers(store) == [*kept, 99_999]
    await store.close()
    again = await open_store(small_disk / "faifo.db")
    assert await _numbers(again) == [*kept, 99_999]
    await again.close()


async def test_a_database_at_its_limit_of_pages(tmp_path: Path) -> None:
    """The same without a mount: SQLite finds the database full while a unit runs."""
    store = await open_store(tmp_path / "faifo.db")
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages + 40}")
    kept = await _fill(store)
    assert await _numbers(store) == kept
    small, large = await asyncio.gather(
        _append(store, 1000, size=1), _append(store, 1001, size=200_000), return_exceptions=True
    )
    assert str(large) == FULL
    assert await _numbers(store) == [*kept, *([1000] if small is None else [])]
    store._connection.execute("PRAGMA max_page_count = 100000")
    await _append(store, 99_999)
    assert (await _numbers(store))[-1] == 99_999
    await store.close()


async def test_a_full_disk_at_the_first_start_leaves_no_half_database(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        for _ in range(1000):
            file.write(b"x" * 4096)
    path = small_disk / "faifo.db"
    with pytest.raises(StorageError) as caught:
        await open_store(path)
    assert str(caught.value) == (
        f"the database {path} cannot be prepared: No space left on device; "
        "check the directory's permissions and free space"
    )
    assert not path.exists()
    ballast.unlink()
    store = await open_store(path)
    await _append(store, 1)
    assert await _numbers(store) == [1]
    await store.close()


READONLY = "attempt to write a readonly database"

AS_NOBODY = """
import asyncio, json, os, sys
import tomllib  # as the next line: phrases of an error are read by it
from pathlib import Path
from faifo.store.sqlite import store as stores  # loaded while it can be read
from faifo.errors import StorageError
from faifo.store.records import JournalEntry
from faifo import clock
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
async def main():
    said = []
    try:
        store = await stores.open_store(Path(sys.argv[1]))
        try:
            entry = JournalEntry(event="e", at=clock.now())
            await store.run(lambda tx: tx.journal.append(entry))
            said.append("acknowledged")
        finally:
            await store.close()
    except StorageError as error:
        said.append(str(error))
    print(json.dumps(said))
asyncio.run(main())
"""


@pytest.fixture
def open_to_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder below ones that another user may enter (pytest's own are closed)."""
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def _as_nobody(path: Path) -> list[str]:
    command = [sys.executable, "-c", AS_NOBODY, str(path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said: list[str] = json.loads(done.stdout)
    return said


def test_a_new_database_in_a_directory_that_cannot_be_written(open_to_all: Path) -> None:
    open_to_all.chmod(0o555)
    path = open_to_all / "faifo.db"
    (sentence,) = _as_nobody(path)
    assert sentence == (
        f"the database {path} cannot be prepared: Permission denied; "
        "check the directory's permissions and free space"
    )


@pytest.mark.parametrize("mode", [0o644, 0o600], ids=["may read the file", "may not even read it"])
async def test_a_database_that_cannot_be_written(open_to_all: Path, mode: int) -> None:
    if os.getuid() != 0 and mode == 0o600:
        pytest.skip("needs a second user: root only")
    path = open_to_all / "faifo.db"
    store = await open_store(path)
    await _append(store, 1)
    await store.close()
    path.chmod(0o444 if os.getuid() else mode)
    open_to_all.chmod(0o555)
    before = path.read_bytes()
    (sentence,) = _as_nobody(path)
    reason = "unable to open database file" if os.getuid() == 0 and mode == 0o600 else READONLY
    assert sentence == (
        f"the database {path} cannot be prepared: {reason}; "
        "check the directory's permissions and free space"
    )
    assert path.read_bytes() == before


async def test_the_log_gives_its_room_back_after_a_long_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("faifo.store.sqlite.store.LOG_BYTES", 256 * 1024)
    path = tmp_path / "faifo.db"
    store = await open_store(path)
    log = path.with_name("faifo.db-wal")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM journal").fetchone()
        for number in range(300):
            await _append(store, number)
        grown = log.stat().st_size
        assert grown > 512 * 1024
    for number in range(300, 303):
        await _append(store, number)
    assert log.stat().st_size <= 256 * 1024 + 64 * 1024 < grown
    await store.close()
