"""What a flow leaves in the books of each side, and what is written to the disk for it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from bench import flow
from bench.figures import BenchError, Effort, Figure, Part
from bench.nodes import Node, pair
from faifo.store.contract import Transaction
from faifo.store.packing import PACKED
from faifo.store.sqlite.store import open_store

KEPT_KB, KEPT_STRETCH = 8.0, 4.0
WRITTEN_MB, WRITTEN_STRETCH = 0.3, 0.1
# What goes by itself: when it is done, or has run out.
PASSING = ("token_use", "timer", "outbox", "kept_answer", "expected_receipt")
ALL = "9"
UNITS = 200


async def run(effort: Effort, folder: Path) -> Part:
    part = Part(name="kept", title="What a flow leaves, and what is written for it")
    count = effort.flows[32]
    written: dict[int, list[float]] = {1: [], 32: []}
    with pair(folder) as both:
        nodes = (both.provider, both.consumer)
        contender = await flow.make_contender(both, folder)
        await flow.drive(contender, at_once=8, count=40)
        first = [await _copied(node, folder, "first") for node in nodes]
        await flow.drive(contender, at_once=8, count=count)
        last = [await _copied(node, folder, "last") for node in nodes]
        for _ in range(effort.rounds):
            for at_once, log in written.items():
                flows = effort.flows[at_once]
                with ExitStack() as stack:
                    logs = [stack.enter_context(_growing(node)) for node in nodes]
                    before = [_size(one) for one in logs]
                    await flow.drive(contender, at_once=at_once, count=flows)
                    await _quiet(nodes)
                    grown = [_size(one) - was for one, was in zip(logs, before, strict=True)]
                log.append(sum(grown) / flows / len(nodes) / 1e6)
    for node, old, new in zip(("provider", "consumer"), first, last, strict=True):
        plain = _used(new) - _used(old)
        for copy in (old, new):
            await _pack(copy)
        part.figures += [
            Figure(name=f"kept a flow, {node}", unit="kB", values=[plain / count / 1e3]),
            Figure(
                name=f"kept a flow, {node}, once it is packed",
                unit="kB",
                values=[(_used(new) - _used(old)) / count / 1e3],
                target=KEPT_KB,
                stretch=KEPT_STRETCH,
            ),
        ]
    part.figures += [
        Figure(
            name=f"written to the log a flow, each side, {at_once} at once",
            unit="MB",
            values=values,
            target=WRITTEN_MB,
            stretch=WRITTEN_STRETCH,
        )
        for at_once, values in written.items()
    ]
    part.notes.append(
        "Pages in use, receipts of both sides included, without what goes by itself"
        f" ({', '.join(PASSING)}). Packed is what is older than `retention.pack_days`."
        " Written: bytes of SQLite's log, with what follows the flow (receipts)."
        " v0.1.0, which knew no receipts: 25 kB kept, 0.6 MB written on each side."
    )
    return part


@contextmanager
def _growing(node: Node) -> Iterator[Path]:
    """Keep a reader in the database, so that its log is not begun anew; give the log."""
    with closing(sqlite3.connect(node.home.database, isolation_level=None)) as reader:
        reader.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM log").fetchone()
        yield node.home.database.with_name(f"{node.home.database.name}-wal")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


async def _quiet(nodes: tuple[Node, ...]) -> None:
    """Wait until the logs have not grown for a second: receipts follow a flow."""
    logs = [node.home.database.with_name(f"{node.home.database.name}-wal") for node in nodes]
    was: list[int] = []
    for _ in range(60):
        now = [_size(log) for log in logs]
        if now == was:
            return
        was = now
        await asyncio.sleep(1)
    raise BenchError("a node does not come to rest")


async def _copied(node: Node, folder: Path, name: str) -> Path:
    await asyncio.sleep(1)
    target = folder / f"{node.home.path.name}-{name}.db"
    with (
        closing(sqlite3.connect(node.home.database)) as source,
        closing(sqlite3.connect(target, isolation_level=None)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        for table in PASSING:
            copy.execute(f"DELETE FROM {table}")
    return target


async def _pack(path: Path) -> None:
    store = await open_store(path)

    async def pack(tx: Transaction, table: str, after: int) -> int:
        return await tx.room.pack(table, after=after, old=ALL, limit=UNITS)

    for table in PACKED:
        after, before = 0, -1
        while after > before:
            before = after
            after = await store.run(lambda tx, table=table, after=after: pack(tx, table, after))  # type: ignore[misc]
    await store.close()


def _used(path: Path) -> int:
    """Return the bytes of the pages in which something stands."""
    with closing(sqlite3.connect(path)) as connection:
        pages, free, size = (
            int(connection.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
    return (pages - free) * size
