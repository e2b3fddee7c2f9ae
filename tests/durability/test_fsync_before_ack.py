"""Nothing is acknowledged before it is flushed to the disk (design §14).

strace shows in which order the store flushes and answers; and it kills the process at every flush
in turn: whatever was acknowledged before must be there afterwards. A plain kill -9 proves nothing
alone, since the kernel keeps what a dead process wrote.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

UNITS = 6
GROUPS = 3
GROUP = 20

WRITER = """
import asyncio, os, sys
from pathlib import Path
from faifo import clock
from faifo.store.records import JournalEntry
from faifo.store.sqlite import store as sqlite
out = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
if "--unsafe" in sys.argv:
    real = sqlite._connect
    def unsafe(path):
        connection = real(path); connection.execute("PRAGMA synchronous = OFF"); return connection
    sqlite._connect = unsafe

async def main():
    os.write(out, b"OPENING\\n")
    store = await sqlite.open_store(Path(sys.argv[1]))
    os.write(out, b"OPEN\\n")

    async def one(name):
        entry = JournalEntry(event=name, at=clock.now(), detail={"ballast": "x" * 3000})
        await store.run(lambda tx: tx.journal.append(entry))
        os.write(out, f"ACK {name}\\n".encode())

    for number in range(%d):
        await one(f"single-{number}")
    for group in range(%d):
        await asyncio.gather(*(one(f"group-{group}-{number}") for number in range(%d)))
    os.write(out, b"CLOSING\\n")
    await store.close()

asyncio.run(main())
""" % (UNITS, GROUPS, GROUP)  # noqa: UP031 - braces are in the script

LINE = re.compile(
    r"^\d+ +(?:(?P<call>\w+)\((?P<fd>\d+)(?:<(?P<file>[^>]*)>)?(?P<rest>.*)"
    r"|<\.\.\. (?P<resumed>\w+) resumed>(?P<end>.*))$"
)


@pytest.fixture(scope="module")
def strace() -> str:
    found = shutil.which("strace")
    if not found:
        _missing("strace is not installed")
    assert found
    probe = [found, "-f", "-o", os.devnull, "true"]
    done = subprocess.run(probe, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        _missing(f"strace may not trace here: {done.stderr.strip()}")
    return found


def _missing(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _run(
    strace: str, folder: Path, *options: str, unsafe: bool = False
) -> tuple[int, Path, list[str]]:
    """Run the writer under strace; return its exit status, the trace, and what it said."""
    trace, said = folder / "trace", folder / "said"
    said.unlink(missing_ok=True)
    traced = [strace, "-f", "-y", "-s", "64", "-o", str(trace), "-e", "trace=fsync,fdatasync,write"]
    writer = [sys.executable, "-c", WRITER, str(folder / "faifo.db"), str(said)]
    command = [*traced, *options, "--", *writer, *(["--unsafe"] if unsafe else [])]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, trace, said.read_text().splitlines() if said.exists() else []


def _events(trace: Path) -> Iterator[tuple[str, str]]:
    """Yield ("flush", file) when a flush has completed and ("said", text) when a write begins."""
    under_way: dict[str, str] = {}
    for line in trace.read_text().splitlines():
        match = LINE.match(line)
        if not match:
            continue
        thread = line.split(" ", 1)[0]
        if match["resumed"]:
            if match["resumed"] in {"fsync", "fdatasync"} and match["end"].rstrip().endswith("= 0"):
                yield "flush", under_way.pop(thread)
        elif match["call"] == "write":
            text = re.search(r'"((?:ACK|OPEN|CLOSING)[^"]*)\\n"', match["rest"])
            if text and (match["file"] or "").endswith("/said"):
                yield "said", text[1]
        elif match["rest"].rstrip().endswith("= 0"):
            yield "flush", match["file"] or ""
        else:
            under_way[thread] = match["file"] or ""


def _unflushed(trace: Path) -> list[str]:
    """Return the acknowledgements that no flush of the log had gone before.

    Singles need a flush each since the acknowledgement before; a group shares one.
    """
    found = []
    flushed = False
    group = ""
    for what, value in _events(trace):
        if what == "flush" and value.endswith("/faifo.db-wal"):
            flushed = True
        elif what == "said" and value.startswith("ACK"):
            same_group = value.startswith("ACK group") and value.rsplit("-", 1)[0] == group
            if not flushed and not same_group:
                found.append(value)
            group = value.rsplit("-", 1)[0]
            flushed = False
        elif what == "said":
            flushed = False
    return found


def test_a_flush_of_the_log_is_complete_before_every_acknowledgement(
    strace: str, tmp_path: Path
) -> None:
    status, trace, said = _run(strace, tmp_path)
    assert status == 0
    assert len([line for line in said if line.startswith("ACK")]) == UNITS + GROUPS * GROUP
    assert _unflushed(trace) == []


def test_a_new_database_is_flushed_before_it_is_opened(strace: str, tmp_path: Path) -> None:
    """It gets its name when it is whole; a name without the content would be taken for damage."""
    _, trace, _ = _run(strace, tmp_path)
    events = list(_events(trace))
    opened = events.index(("said", "OPEN"))
    flushed = [value.removeprefix(f"{tmp_path}/") for what, value in events[:opened]]
    whole = flushed.index(".faifo.db.new")
    assert str(tmp_path) in flushed[whole:], "the folder, and the new name in it, were not flushed"


def test_a_group_shares_its_flush(strace: str, tmp_path: Path) -> None:
    _, trace, _ = _run(strace, tmp_path)
    events = list(_events(trace))
    first = next(i for i, (_, value) in enumerate(events) if value.startswith("ACK group-0"))
    last = next(i for i, (_, value) in enumerate(events) if value == "CLOSING")
    flushes = [value for what, value in events[first:last] if what == "flush"]
    # Each gather may be cut into two groups, since the writer takes what it finds.
    assert 1 <= len(flushes) <= 2 * GROUPS < GROUPS * GROUP


def test_the_trace_shows_a_store_that_does_not_flush(strace: str, tmp_path: Path) -> None:
    """The same reading of the trace finds every acknowledgement of a store without flushes."""
    status, trace, said = _run(strace, tmp_path, unsafe=True)
    assert status == 0
    singles = [line for line in said if line.startswith("ACK single")]
    assert len(singles) == UNITS
    assert set(singles) <= set(_unflushed(trace))


# strace counts for each thread apart, and the thread that makes the database flushes most: so what
# the others flush is met only when it has nothing to do.
KILLED = {"first start": 8, "database made, never opened": 5, "database in use": 10}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path | None]:
    """The database that each case starts with."""
    folder = tmp_path_factory.mktemp("made")
    prepared, used = folder / "prepared.db", folder / "used.db"
    script = (
        "import asyncio, sys; from pathlib import Path\n"
        "from faifo.store.sqlite.migrate import prepare\n"
        "from faifo.store.sqlite.store import open_store\n"
        "async def main(): await (await open_store(Path(sys.argv[2]))).close()\n"
        "prepare(Path(sys.argv[1])); asyncio.run(main())"
    )
    subprocess.run([sys.executable, "-c", script, str(prepared), str(used)], check=True)
    return dict(zip(KILLED, (None, prepared, used), strict=True))


@pytest.mark.parametrize("case", KILLED)
def test_killed_at_any_flush_nothing_acknowledged_is_lost(
    strace: str, tmp_path: Path, made: dict[str, Path | None], case: str
) -> None:
    kept_at = []
    for number in range(1, KILLED[case] + 1):
        folder = tmp_path / str(number)
        folder.mkdir()
        database = made[case]
        if database:
            shutil.copy2(database, folder / "faifo.db")
        inject = f"inject=fsync,fdatasync:signal=KILL:when={number}"
        status, _, said = _run(strace, folder, "-e", inject)
        assert status != 0, f"no thread came to flush {number}"
        acknowledged = [line.removeprefix("ACK ") for line in said if line.startswith("ACK")]
        kept_at.append(len(acknowledged))
        present = _restart(folder)
        assert set(acknowledged) <= set(present), f"killed at flush {number}"
        # No gap: what is there is what came first.
        singles = [name for name in present if name.startswith("single")]
        assert singles == [f"single-{n}" for n in range(len(singles))]
    if case == "database in use":
        assert kept_at[0] == 0
        assert {1, 2, 3, 4, 5, 6} <= set(kept_at), "a commit was not met"
    else:
        assert 0 in kept_at, "no kill came before the first acknowledgement"


def _restart(folder: Path) -> list[str]:
    """Open the store again with a new process, as the node does; return what is in the journal."""
    script = (
        "import asyncio, sys; from pathlib import Path\n"
        "from faifo.store.sqlite.store import open_store\n"
        "async def main():\n"
        "    store = await open_store(Path(sys.argv[1]))\n"
        "    for _, row in await store.read(lambda tx: tx.journal.find()): print(row.event)\n"
        "    await store.close()\n"
        "asyncio.run(main())"
    )
    command = [sys.executable, "-c", script, str(folder / "faifo.db")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(folder / "faifo.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return done.stdout.split()
