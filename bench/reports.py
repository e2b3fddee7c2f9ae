"""The report over many accesses, by the node's own use case on its own store."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

from bench.figures import Effort, Figure, Part
from faifo import clock
from faifo.node.showing.reports import accesses
from faifo.store.contract import Transaction
from faifo.store.records import JournalEntry
from faifo.store.sqlite.store import open_store

REPORT_MS = 1000.0
BATCH = 5000
PARTNERS, DATASETS, DAYS = 50, 40, 30
PURPOSES = ("research", "public health", "statistics", "giáo dục")
GROUPS = (("partner",), ("dataset",), ("purpose",), ("day",), ("partner", "dataset", "purpose"))


async def run(effort: Effort, folder: Path) -> Part:
    part = Part(name="report", title=f"The report over {effort.accesses:,} accesses")
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - nothing else runs yet
    store = await open_store(folder / "faifo.db")
    chance, now = random.Random(11), clock.now()

    def one() -> JournalEntry:
        partner, dataset = chance.randrange(PARTNERS), chance.randrange(DATASETS)
        return JournalEntry(
            event="access-served" if chance.random() < 0.97 else "access-refused",
            at=now - timedelta(days=chance.randrange(DAYS), seconds=chance.randrange(3600)),
            process=f"urn:bench:transfer:{partner}:{dataset}",
            agreement=f"urn:bench:agreement:{partner}:{dataset}",
            dataset=f"dataset-{dataset}",
            peer=f"did:web:partner-{partner}.example",
            detail={
                "bytes": chance.randrange(10**6),
                "purposes": [PURPOSES[(partner + dataset) % 4]],
            },
        )

    for start in range(0, effort.accesses, BATCH):
        entries = [one() for _ in range(min(BATCH, effort.accesses - start))]

        async def keep(tx: Transaction, entries: list[JournalEntry] = entries) -> None:
            for entry in entries:
                await tx.accesses.count([entry])

        await store.run(keep)
    days = ((now - timedelta(days=DAYS + 1)).date(), now.date())
    for by in GROUPS:
        took = []
        for _ in range(effort.rounds):
            began = time.perf_counter()
            await store.read(partial(accesses, by=by, days=days, names={}))
            took.append((time.perf_counter() - began) * 1e3)
        part.figures.append(
            Figure(name=f"by {', '.join(by)}", unit="ms", values=took, target=REPORT_MS)
        )
    await store.close()
    part.notes = [
        (
            f"{PARTNERS} partners read {DATASETS} datasets each, for four purposes, on {DAYS} days."
            " The report reads the counts that each access adds to, not the journal."
        )
    ]
    return part
