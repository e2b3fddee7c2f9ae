"""The console's pages over many datasets and accesses, and the memory that showing them takes."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from pathlib import Path

import aiohttp

from bench.catalogs import fill
from bench.figures import BenchError, Effort, Figure, Part
from bench.nodes import Home, make_homes, serving
from faifo import clock
from faifo.node.custody.trust_file import TrustedParticipant, write_trust
from faifo.store.contract import Transaction
from faifo.store.records import JournalEntry
from faifo.store.sqlite.store import open_store

PAGE_MS, MEMORY_MB = 100.0, 10.0
DATASETS, ACCESSES, BATCH, PARTNERS, DAYS = 10_000, 100_000, 5000, 20, 30
PAGES = {
    "today": "",
    "own data": "/data",
    "own data, searched": "/data?q=dong+thap+gao",
    "one dataset": "/data/urn:bench:777",
    "the terms of a file": "/data/new?upload=x",
    "catalog": "/catalog",
    "exchanges": "/exchanges",
    "AI": "/ai",
    "partners": "/partners",
    "reports": "/reports?by=partner&by=dataset",
    "the node": "/node",
    "people": "/people",
    "search": "/search?q=rice",
}


async def run(effort: Effort, folder: Path) -> Part:
    part = Part(
        name="console",
        title=f"The console over {DATASETS:,} datasets and {ACCESSES:,} accesses",
    )
    home, other = make_homes(folder)
    known = [TrustedParticipant(did=_partner(number)) for number in range(PARTNERS)]
    write_trust(home.path / "trust.toml", (TrustedParticipant(did=other.did), *known))
    await fill(home, DATASETS, seen_by=other.did)
    await _read(home)
    took: dict[str, list[float]] = {name: [] for name in PAGES}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        with serving(home) as node:
            root = f"http://127.0.0.1:{node.manage_port}"
            before = node.process.memory_mb("VmRSS")
            key = {"Authorization": f"Bearer {home.key}"}
            async with session.post(f"{root}/manage/v1/page", headers=key) as answer:
                link = (await answer.json())["url"]
            await _page(session, link)
            await _page(session, f"{root}/console")
            first = node.process.memory_mb("VmRSS") - before
            for path in PAGES.values():  # templates are read at their first use
                await _page(session, f"{root}/console{path}")
            for _ in range(effort.rounds):
                for name, path in PAGES.items():
                    took[name].append(await _page(session, f"{root}/console{path}"))
            more = node.process.memory_mb("VmRSS") - before
    part.figures = [
        *(
            Figure(name=name, unit="ms", values=values, target=PAGE_MS)
            for name, values in took.items()
        ),
        Figure(
            name="memory after the first page, more",
            unit="MB",
            values=[first],
            target=MEMORY_MB,
        ),
        Figure(name="memory after all of them, more", unit="MB", values=[more]),
    ]
    part.notes = [
        (
            "Milliseconds until a page is here whole, by a session of somebody who may do"
            f" everything, with {PARTNERS + 1} trusted partners."
        )
    ]
    return part


async def _page(session: aiohttp.ClientSession, url: str) -> float:
    began = time.perf_counter()
    async with session.get(url) as answer:
        text = await answer.text()
    if answer.status != 200 or "</html>" not in text:
        raise BenchError(f"{url}: {answer.status}")
    return (time.perf_counter() - began) * 1e3


async def _read(home: Home) -> None:
    """Fill the books with accesses."""
    store = await open_store(home.database)
    chance, now = random.Random(5), clock.now()

    def one() -> JournalEntry:
        partner, dataset = chance.randrange(PARTNERS), chance.randrange(40)
        names = f"{partner}:{dataset}"
        return JournalEntry(
            event="access-served" if chance.random() < 0.97 else "access-refused",
            at=now - timedelta(days=chance.randrange(DAYS)),
            process=f"urn:bench:transfer:{names}",
            agreement=f"urn:bench:agreement:{names}",
            dataset=f"urn:bench:{dataset}",
            peer=_partner(partner),
            detail={"bytes": chance.randrange(10**6), "purposes": ["research"]},
        )

    for _ in range(ACCESSES // BATCH):
        entries = [one() for _ in range(BATCH)]

        async def keep(tx: Transaction, entries: list[JournalEntry] = entries) -> None:
            for entry in entries:
                await tx.accesses.count([entry])
                await tx.journal.append(entry)

        await store.run(keep)
    await store.close()


def _partner(number: int) -> str:
    return f"did:web:partner-{number}.example"
