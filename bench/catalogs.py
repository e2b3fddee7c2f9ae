"""A catalog of many datasets: one page where nothing may be seen, writes beside it, and queries."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from bench.figures import BenchError, Effort, Figure, Part, percentile
from bench.nodes import Home, Node, make_home, serving
from bench.wire import Connection
from faifo import clock, ids
from faifo.node.custody.keyring import read_keyring
from faifo.node.custody.trust_file import TrustedParticipant, write_trust
from faifo.node.http.public.wellknown import DSP_PATH
from faifo.policy.terms import Terms, offer
from faifo.store.contract import Transaction
from faifo.store.records import Dataset, SourceKind, StoredSource
from faifo.store.sqlite.store import open_store
from faifo.trust import self_issued
from faifo.trust.keys import KeyPurpose

HIDDEN_MS, STALL_MS, QUERY_MS = 50.0, 10.0, 30.0
ASKED = 100
STALLED = 0.95
ONE: dict[str, Any] = {}
BATCH = 1000
TEXT = (
    "gạo rice price market coffee fish export daily weekly table trà cao su hạt điều tôm cá tỉnh"
    " Đồng Tháp An Giang Huế Hà Nội sensor river water level rainfall 서울 시장"
)
WORDS = tuple(TEXT.split())
QUERIES: dict[str, dict[str, Any]] = {
    "title like, found often": {"filterExpression": [("title", "ilike", "%rice%")]},
    "title like, found once": {"filterExpression": [("title", "like", "% 777")]},
    "id": {"filterExpression": [("id", "=", "urn:bench:777")]},
    "media type and keyword": {
        "filterExpression": [("mediaType", "=", "text/csv"), ("keyword", "contains", "rice")]
    },
    "size, found seldom": {"filterExpression": [("byteSize", ">", 999_000_000)]},
    "words (q)": {"q": "dong thap gao"},
    "title like, sorted by size": {
        "filterExpression": [("title", "ilike", "%rice%")],
        "sortField": "byteSize",
    },
    "media type, sorted by title": {
        "filterExpression": [("mediaType", "=", "text/csv")],
        "sortField": "title",
    },
}


async def run(effort: Effort, folder: Path) -> Part:
    part = Part(name="catalog", title=f"A catalog of {effort.datasets:,} datasets")
    (folder / "data").mkdir(parents=True)
    homes = [make_home(folder, name) for name in ("provider", "partner", "another")]
    provider, partner, another = homes
    for home in homes:
        others = tuple(TrustedParticipant(did=one.did) for one in homes if one is not home)
        write_trust(home.path / "trust.toml", others)
    await fill(provider, effort.datasets, seen_by=partner.did)
    with serving(provider) as node, serving(partner), serving(another):
        hidden, other, beside = [], [], []
        queries: dict[str, list[float]] = {name: [] for name in QUERIES}
        await _ask(provider, another, {}, 3)
        for _ in range(effort.rounds):
            _, writes = await _beside(node, provider, another, ONE)
            other.append(percentile(writes, STALLED))
            took, writes = await _beside(node, provider, another, {})
            hidden.append(percentile(took, 0.5))
            beside.append(percentile(writes, STALLED))
            for name, query in QUERIES.items():
                queries[name].append(percentile(await _ask(provider, partner, query, 8), 0.5))
    part.figures = [
        Figure(
            name="a page for who may see none of them",
            unit="ms",
            values=hidden,
            target=HIDDEN_MS,
        ),
        Figure(name="p95 of writes beside look-ups of one dataset", unit="ms", values=other),
        Figure(
            name="p95 of writes beside such pages, over that",
            unit="ms",
            values=[max(0.0, one - own) for one, own in zip(beside, other, strict=True)],
            target=STALL_MS,
        ),
        *(
            Figure(name=f"a page by {name}", unit="ms", values=values, target=QUERY_MS)
            for name, values in queries.items()
        ),
    ]
    part.notes = [
        (
            "Each page is asked for with a fresh signed token over an open connection, and read to"
            " its end. Writes are publications over the management API, one after the"
            " other, while another partner asks without a pause: for such pages, or for one dataset"
            " that it may not see, which costs the same but for the catalog."
        )
    ]
    return part


async def fill(home: Home, count: int, *, seen_by: str, begin: int = 0) -> None:
    chance = random.Random(7)
    policy = offer(Terms(recipients=(seen_by,)))
    store = await open_store(home.database)
    now = clock.now()

    def one(number: int) -> Dataset:
        return Dataset(
            id=f"urn:bench:{number}",
            title=" ".join([*chance.choices(WORDS, k=5), str(number)]),
            description=" ".join(chance.choices(WORDS, k=12)),
            keywords=tuple(chance.choices(WORDS, k=2)),
            offer_id=ids.new_urn(now),
            policy=policy,
            media_type=chance.choice(("text/csv", "application/json")),
            licence="CC-BY-4.0",
            source=StoredSource(
                kind=SourceKind.HTTP, location="http://h", size=chance.randrange(10**9)
            ),
            published=now,
        )

    for start in range(begin, count, BATCH):

        async def work(tx: Transaction, start: int = start) -> None:
            for number in range(start, min(start + BATCH, count)):
                await tx.datasets.put(one(number))

        await store.run(work)
    await store.close()


async def _beside(
    node: Node, provider: Home, asking: Home, query: dict[str, Any]
) -> tuple[list[float], list[float]]:
    """Return milliseconds of answers, and of the writes that were made meanwhile."""
    done = asyncio.Event()

    async def write() -> list[float]:
        found: list[float] = []
        while not done.is_set():
            found += await writes(node, 1)
        return found

    writing = asyncio.create_task(write())
    try:
        took = await _ask(provider, asking, query, ASKED)
    finally:
        done.set()
        wrote = await writing
    return took, wrote


async def writes(node: Node, count: int) -> list[float]:
    took = []
    async with node.connection() as connection:
        for _ in range(count):
            order = {"location": "http://h/x", "terms": {"purposes": ["bench"]}}
            begin = time.perf_counter()
            await connection.json("POST", "/manage/v1/datasets", order)
            took.append((time.perf_counter() - begin) * 1e3)
    return took


async def _ask(provider: Home, asking: Home, query: dict[str, Any], count: int) -> list[float]:
    sign = _signer(provider, asking)
    criteria = [
        {"operandLeft": left, "operator": operator, "operandRight": right}
        for left, operator, right in query.get("filterExpression", ())
    ]
    spec = {**query, "filterExpression": criteria}
    context = ["https://w3id.org/dspace/2025/1/context.jsonld"]
    asked = {"@context": context, "@type": "CatalogRequestMessage", "filter": [spec]}
    body = msgspec.json.encode(asked)
    took = []
    for _ in range(count):
        headers = {"Authorization": f"Bearer {sign()}"}
        async with Connection("127.0.0.1", provider.port, headers) as connection:
            begin = time.perf_counter()
            if query is ONE:
                status, answer = await connection.call(
                    "GET", f"{DSP_PATH}/catalog/datasets/nowhere"
                )
            else:
                status, answer = await connection.call("POST", f"{DSP_PATH}/catalog/request", body)
            took.append((time.perf_counter() - begin) * 1e3)
        if status != (404 if query is ONE else 200):
            raise BenchError(f"the catalog was answered {status}: {answer[:500].decode()}")
    return took


def _signer(provider: Home, asking: Home) -> Callable[[], str]:
    key = read_keyring(asking.path / "keys", did=asking.did).signing(KeyPurpose.TOKEN)

    def sign() -> str:
        now = clock.now()
        return self_issued.issue(
            key=key, did=asking.did, audience=provider.did, jti=ids.new_urn(now), now=now
        )

    return sign
