"""A page of a catalog of datasets under many different terms, filtered by what a caller may see."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bench.figures import BenchError, Effort, Figure, Part, percentile
from faifo import ids
from faifo.messages.dsp_2025_1.query import Query
from faifo.node.offering.catalog import OfferedCatalog, first
from faifo.policy.terms import Terms, offer
from faifo.store.contract import Transaction
from faifo.store.records import Dataset, Proof, SourceKind, StoredSource
from faifo.store.sqlite.store import open_store

NOW: Final = datetime(2026, 11, 29, tzinfo=UTC)
EVERYTHING: Final = Query()
DATASETS, POLICIES, PAGES, TARGET_MS = 10_000, 100, 30, 20.0
WHO: Final = Proof(did="did:web:partner.example", claims={"economy": "VN"})


async def run(effort: Effort, folder: Path) -> Part:
    part = Part(name="visible", title=f"{DATASETS:,} datasets under {POLICIES} different terms")
    store = await open_store(folder / "visible.db")
    catalog = OfferedCatalog(did="did:web:us.example", base="http://us.example", page_size=50)

    async def page(tx: Transaction) -> int:
        shown, _ = await catalog.page(tx, EVERYTHING, first(EVERYTHING), who=WHO, now=NOW)
        return len(shown.dataset or ())

    try:
        await store.run(_fill)
        values = []
        for _ in range(effort.rounds):
            took = []
            for _ in range(PAGES):
                begin = time.perf_counter()
                if not await store.read(page):
                    raise BenchError("the caller sees nothing")
                took.append((time.perf_counter() - begin) * 1000)
            values.append(percentile(took, 0.5))
    finally:
        await store.close()
    part.figures = [
        Figure(name="a page for who may see half of it", unit="ms", values=values, target=TARGET_MS)
    ]
    part.notes = [
        (
            "In one process, without HTTP: the distinct terms are read from the store and judged"
            " for the caller; a page of 50 datasets is read, and written as the catalog has it."
        )
    ]
    return part


async def _fill(tx: Transaction) -> None:
    policies = [
        offer(
            Terms(
                economies=("VN",) if number % 2 else ("JP",),
                purposes=("research", f"project-{number}"),
                until=NOW + timedelta(days=number + 1),
            )
        )
        for number in range(POLICIES)
    ]
    for number in range(DATASETS):
        await tx.datasets.put(
            Dataset(
                id=f"urn:bench:{number}",
                title=f"Dataset {number}",
                offer_id=ids.new_urn(NOW),
                policy=policies[number % POLICIES],
                media_type="text/csv",
                source=StoredSource(kind=SourceKind.HTTP, location="http://h"),
                published=NOW,
            )
        )
