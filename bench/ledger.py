"""The log: durable leaves, receipts checked, bytes that are public; and what receipts cost a flow.

Every ratio is against a limit that is measured in the same round: SQLite's own rate of rows in
batches, and `cryptography`'s rate of Ed25519 signatures checked.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench import flow
from bench.figures import Effort, Figure, Part, percentile, ratios
from bench.nodes import Home, Pair, make_home, serving, transfer
from faifo.ledger import checkpoint, tiles
from faifo.ledger.growth import Growth
from faifo.ledger.leaf import Kind, Opening, Side, check_leaf, commitment
from faifo.ledger.note import LOG, Key, Note, public_bytes, sign
from faifo.ledger.reading import Rows, over_tiles
from faifo.ledger.receipt import check_included, check_receipt, read_receipt, write_receipt
from faifo.ledger.tiles import ENTRIES, Tile
from faifo.ledger.tree import inclusion_proof
from faifo.node.custody.trust_file import TrustedParticipant, write_trust
from faifo.node.wiring.serving import collect_seldom
from faifo.store.contract import Store, Transaction
from faifo.store.records import LogRecord
from faifo.store.sqlite.store import open_store

LEAVES, BATCH, CHECKED = 100_000, 1000, 500
RECORD = b"x" * 1024
ORIGIN = "bench.example/log"
APPEND, CHECK, BYTES, FLOW, ACCESS = 0.45, 7.0, 1.05, 1.10, 0.8
FLOOR = 68.1
WITHOUT = '\n[receipts]\nrequired = "never"\n'


async def run(effort: Effort, folder: Path) -> Part:
    part = Part(name="ledger", title="The log, and what receipts cost")
    collect_seldom()
    appended, rows = await _appends(folder, effort.rounds)
    part.figures.append(
        Figure(
            name=f"durable leaves in batches of {BATCH} ÷ rows of SQLite, at {LEAVES:,} leaves",
            unit="×", values=ratios(appended, rows), target=APPEND, better="more",
        )
    )  # fmt: skip
    part.figures.append(Figure(name="durable leaves", unit="1/s", values=appended, better="more"))
    checked, verified = await _checks(effort.rounds)
    part.figures.append(
        Figure(
            name="receipts checked under one head ÷ Ed25519 signatures checked",
            unit="×", values=ratios(checked, verified), target=CHECK, better="more",
        )
    )  # fmt: skip
    part.figures.append(
        Figure(
            name="public bytes a leaf ÷ 68.1, as files", unit="×", values=[_bytes()], target=BYTES
        )
    )
    part.figures += await _flows(effort, folder / "flows")
    part.notes = [
        (
            "Records of 1 KiB; a leaf is made, its record kept and the tree grown in one"
            " transaction. The collector of garbage is set as a node sets it."
        ),
        (
            "Flows and accesses: two pairs of nodes run at the same time, one of them with"
            " receipts.required = never, and are driven in turn."
        ),
    ]
    return part


def _record(place: int) -> LogRecord:
    salt = place.to_bytes(32, "big")
    leaf = commitment(Opening(Kind.ACCESS, Side.PROVIDER, salt, RECORD))
    return LogRecord(
        1, place, 2, 1, leaf, salt, RECORD, "access-served", "2026-11-29T00:00:00.000000Z"
    )


async def _appends(folder: Path, rounds: int) -> tuple[list[float], list[float]]:
    store = await open_store(folder / "log.db")
    growth = Growth()
    await store.run(lambda tx: tx.ledger.begin(1, ORIGIN))
    for _ in range(LEAVES // 10_000):
        await _append(store, growth, 10_000)
    appended, rows = [], []
    for _ in range(rounds):
        begin = time.perf_counter()
        for _ in range(10):
            await _append(store, growth, BATCH)
        appended.append(10 * BATCH / (time.perf_counter() - begin))
        rows.append(await asyncio.to_thread(_rows, folder / "rows.db"))
    await store.close()
    return appended, rows


async def _append(store: Store, growth: Growth, count: int) -> None:
    async def work(tx: Transaction) -> None:
        start = growth.size
        records = [_record(start + at) for at in range(count)]
        growth.add([one.leaf for one in records])
        await tx.ledger.append(1, growth, records, b"")

    await store.run(work)


def _rows(path: Path) -> float:
    """Return the rate of rows of 1 KiB, in batches, flushed as the store flushes."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, data BLOB)")
        begin = time.perf_counter()
        for _ in range(10):
            connection.execute("BEGIN")
            connection.executemany(
                "INSERT INTO row (data) VALUES (?)", [(RECORD,) for _ in range(BATCH)]
            )
            connection.execute("COMMIT")
        return 10 * BATCH / (time.perf_counter() - begin)


def _tree() -> tuple[Growth, dict[Tile, bytes]]:
    growth = Growth()
    growth.add([b"\x01\x02" + sha256(str(at).encode()).digest() for at in range(LEAVES)])
    grown = growth.take()
    kept = dict(grown.tiles)
    for level, edge in enumerate(growth.edges):
        number = (growth.size >> (8 * level)) // 256
        kept[Tile(level, number, len(edge))] = b"".join(edge)
    kept[Tile(ENTRIES, growth.size // 256, len(growth.leaves))] = tiles.bundle(growth.leaves)
    return growth, kept


def _bytes() -> float:
    """Return what is public of a log, as files, against the least that is possible."""
    return sum(len(data) for _, data in _tree()[1].items()) / LEAVES / FLOOR


async def _checks(rounds: int) -> tuple[list[float], list[float]]:
    growth, kept = _tree()
    private = Ed25519PrivateKey.generate()
    key = Key(ORIGIN, LOG, public_bytes(private))
    text = checkpoint.written(ORIGIN, growth.size, growth.root)
    note = Note(text, (sign(text, ORIGIN, private),))
    known: dict[Tile, Rows] = {}

    async def fetch(tile: Tile) -> bytes:
        return kept[tile]

    def proofs(stored: Any) -> list[list[bytes]]:
        return [inclusion_proof(at * 199, growth.size, stored) for at in range(CHECKED)]

    found = await over_tiles(proofs, growth.size, fetch, known)
    receipts = []
    for at, proof in enumerate(found):
        leaf = b"\x01\x02" + sha256(str(at * 199).encode()).digest()
        receipts.append(read_receipt(write_receipt(leaf, at * 199, proof, note.raw)))
    check_receipt(receipts[0], key)
    signature = private.sign(text.encode())
    public = private.public_key()

    def cached() -> None:
        path = None
        for one in receipts:
            check_leaf(one.leaf)
            path = check_included(one, path)

    def bare() -> None:
        for _ in range(CHECKED):
            public.verify(signature, text.encode())

    checked, verified = [], []
    for _ in range(rounds):
        checked.append(_rate(cached))
        verified.append(_rate(bare))
    return checked, verified


def _rate(work: Callable[[], None], seconds: float = 0.3) -> float:
    count, begin = 0, time.process_time()
    while (spent := time.process_time() - begin) < seconds:
        work()
        count += CHECKED
    return count / spent


def _homes(root: Path, extra: str) -> tuple[Home, Home]:
    (root / "data").mkdir(parents=True)
    first, second = (make_home(root, name, lambda text: text + extra) for name in ("a", "b"))
    for mine, other in ((first, second), (second, first)):
        write_trust(mine.path / "trust.toml", (TrustedParticipant(did=other.did),))
    return first, second


async def _flows(effort: Effort, folder: Path) -> list[Figure]:
    on, off = _homes(folder / "with", ""), _homes(folder / "without", WITHOUT)
    with (
        serving(on[0]) as one, serving(on[1]) as two,
        serving(off[0]) as three, serving(off[1]) as four,
    ):  # fmt: skip
        both = {"with": Pair(one, two), "without": Pair(three, four)}
        contenders = {
            name: await flow.make_contender(pair, folder / name) for name, pair in both.items()
        }
        for contender in contenders.values():
            await flow.drive(contender, at_once=1, count=5)
        for _ in range(effort.rounds):
            for at_once in (1, 8):
                for contender in contenders.values():
                    await flow.measure(contender, at_once=at_once, count=effort.flows[at_once])
        accesses: dict[str, list[float]] = {name: [] for name in both}
        spent: dict[str, list[float]] = {}
        for _ in range(effort.rounds):
            for name, pair in both.items():
                before = _cpu(pair)
                dataset = contenders[name].order["dataset"]
                accesses[name].append(await _accesses(pair, dataset, effort.flows[8]))
                for side, seconds in _cpu(pair).items():
                    each = (seconds - before[side]) * 1e3 / effort.flows[8]
                    spent.setdefault(f"{side}, {name} receipts", []).append(each)
    figures = []
    for at_once in (1, 8):
        p50 = {
            name: [percentile([one.whole for one in flows], 0.5) for flows in one.flows[at_once]]
            for name, one in contenders.items()
        }
        figures.append(
            Figure(
                name=f"whole flow with receipts ÷ without, {at_once} at once, p50",
                unit="×", values=ratios(p50["with"], p50["without"]), target=FLOW,
            )
        )  # fmt: skip
        cpu = {
            name: [one["provider"] + one["consumer"] for one in contender.cpu_ms[at_once]]
            for name, contender in contenders.items()
        }
        figures.append(
            Figure(
                name=f"CPU of a flow, both nodes, with receipts ÷ without, {at_once} at once",
                unit="×", values=ratios(cpu["with"], cpu["without"]), target=FLOW,
            )
        )  # fmt: skip
    figures.append(
        Figure(
            name="accesses of 1 KiB with receipts ÷ without",
            unit="×", values=ratios(accesses["with"], accesses["without"]),
            target=ACCESS, better="more",
        )
    )  # fmt: skip
    figures += [
        Figure(name=f"CPU of an access, {name}", unit="ms", values=values)
        for name, values in spent.items()
    ]
    return figures


def _cpu(pair: Pair) -> dict[str, float]:
    nodes = {"provider": pair.provider, "consumer": pair.consumer}
    return {name: node.process.cpu_seconds() for name, node in nodes.items()}


async def _accesses(pair: Pair, dataset: str, count: int) -> float:
    async with transfer(pair, dataset) as (connection, running):
        begin = time.perf_counter()
        for _ in range(count):
            await connection.call("GET", f"/manage/v1/transfers/{running['pid']}/data")
        return count / (time.perf_counter() - begin)
