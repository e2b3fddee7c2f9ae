"""Nodes that die at any moment: nothing that their logs proved is lost or contradicted.

A watcher reads every signed head it can get while both nodes are killed again and again. In the end
each head must be of one history (by the tiles), every receipt that a node holds must stand in the
other's log, and each side must have the receipts of everything that the other owes it.

Kills come in volleys, in the midst of flows; after each the flows that it broke come to their end,
so that the next one meets others.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from typing import Any

import aiohttp

from faifo.ledger.checkpoint import Checkpoint, parse_checkpoint
from faifo.ledger.leaf import check_leaf
from faifo.ledger.note import parse_vkey
from faifo.ledger.reading import Rows, over_tiles
from faifo.ledger.receipt import check_receipt, read_receipt
from faifo.ledger.tiles import ENTRIES, Tile, unbundle
from faifo.ledger.tree import root_of
from soak.faults import REST, _always_up
from soak.kit import GONE, Flow, at_rest, settled, world
from soak.report import Result

WORKERS, KILLS, VOLLEY = 6, 200, 5
READS, LEAST = 4, 36
CALM = 10.0
LOOK = 0.05


async def run(seed: int, seconds: float) -> Result:
    """Run the part."""
    chosen, began = random.Random(seed), time.monotonic()
    kills, flows, found = Counter[str](), list[Flow](), list[str]()
    connector = aiohttp.TCPConnector(force_close=True)
    async with world(seed) as pair, aiohttp.ClientSession(connector=connector) as session:
        both = (pair.provider, pair.consumer)
        heads: dict[str, dict[int, Checkpoint]] = {node.did: {} for node in both}
        for node in both:
            node.network.peace = 1.0
        watching = [asyncio.create_task(_always_up(node)) for node in both]
        for node in both:
            watching.append(asyncio.create_task(_watch(session, node, heads[node.did], found)))
        until = began + seconds

        async def work(worker: int) -> None:
            while time.monotonic() < until and kills.total() < KILLS:
                flow = Flow(pair, f"l{worker}-{len(flows)}", READS)
                flows.append(flow)
                await flow.run()

        async def ended(broken: list[Flow]) -> None:
            calm = time.monotonic() + CALM
            while time.monotonic() < calm and not all(one.done for one in broken):
                await asyncio.sleep(LOOK)

        tasks = [asyncio.create_task(work(one)) for one in range(WORKERS)]
        while time.monotonic() < until and kills.total() < KILLS:
            for _ in range(VOLLEY):
                await asyncio.sleep(chosen.uniform(0.05, 0.8))
                node = chosen.choice(both)
                if node.alive:
                    kills[node.path.name] += 1
                    await node.kill()
            await ended([one for one in flows if not one.done])
        results = await asyncio.gather(*tasks, return_exceptions=True)
        found += [repr(one) for one in results if isinstance(one, Exception)]
        found += await at_rest(pair, REST)
        found += await settled(pair, flows, REST)
        found += await _handed(both)
        if sum(one.done for one in flows) < LEAST:
            found.append(f"only {len(flows)} flows were made, which shows little")
        for node, other in (both, both[::-1]):
            found += await _one_history(session, node, heads[node.did])
            found += await _held(session, node, other)
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        held = [one["whose"] for node in both for one in await _all(node)]
        operations = {
            "flows": len(flows),
            "begun anew": sum(one.begun_anew for one in flows),
            "accesses": sum(e.event == "access-served" for e in pair.provider.records("journal")),
            "receipts": held.count("theirs"),
            "heads": sum(len(one) for one in heads.values()),
        }
    return Result("log", seed, time.monotonic() - began, operations, kills, found)


async def _get(session: aiohttp.ClientSession, node: Any, path: str) -> bytes:
    async with session.get(f"http://127.0.0.1:{node.inside}/log/{path}") as answer:
        if answer.status != 200:
            raise AssertionError(f"{path} was answered {answer.status}")
        return await answer.read()


async def _watch(
    session: aiohttp.ClientSession, node: Any, heads: dict[int, Checkpoint], found: list[str]
) -> None:
    while True:
        await asyncio.sleep(LOOK)
        with contextlib.suppress(*GONE):
            head = parse_checkpoint(await _get(session, node, "checkpoint"))
            known = heads.setdefault(head.size, head)
            if known.root != head.root:
                found.append(f"{node.path.name} signed two heads of {head.size} leaves")


async def _one_history(
    session: aiohttp.ClientSession, node: Any, heads: dict[int, Checkpoint]
) -> list[str]:
    last = parse_checkpoint(await _get(session, node, "checkpoint"))
    known: dict[Tile, Rows] = {}
    roots = await over_tiles(
        lambda stored: {size: root_of(size, stored) for size in (*heads, last.size)},
        last.size,
        lambda tile: _get(session, node, tile.path),
        known,
    )
    odd = [size for size, head in (*heads.items(), (last.size, last)) if roots[size] != head.root]
    return [f"{node.path.name}: the head of {size} leaves is of another log" for size in odd]


async def _handed(nodes: Any) -> list[str]:
    """Wait until nothing is owed any more."""
    until = time.monotonic() + REST
    for node in nodes:
        while any(one["state"] == "owed" for one in await _all(node)):
            if time.monotonic() > until:
                return [f"{node.path.name} still owes receipts"]
            await asyncio.sleep(0.5)
    return []


async def _all(node: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    after = ""
    while True:
        page = await node.call("GET", f"/receipts?limit=1000{after}")
        items += page["items"]
        if page["next"] is None:
            return items
        after = f"&after={page['next']}"


async def _held(session: aiohttp.ClientSession, node: Any, other: Any) -> list[str]:
    """Look whether `other` holds a good receipt for every leaf that `node` owed it."""
    theirs = [one for one in await _all(other) if one["whose"] == "theirs"]
    shared = {"agreement", "access", "refusal"}
    ours = {
        one["place"]: one
        for one in await _all(node)
        if one["whose"] == "ours" and one["peer"] == other.did and one["kind"] in shared
    }
    name, lost = node.path.name, []
    leaves: dict[int, list[bytes]] = {}
    size = parse_checkpoint(await _get(session, node, "checkpoint")).size
    for one in theirs:
        receipt = read_receipt(one["receipt"].encode())
        check_receipt(receipt, parse_vkey(one["key"]))
        check_leaf(receipt.leaf)
        number = receipt.place // 256
        if number not in leaves:
            tile = Tile(ENTRIES, number, min(256, size - number * 256))
            leaves[number] = unbundle(await _get(session, node, tile.path))
        if leaves[number][receipt.place % 256] != receipt.leaf:
            lost.append(f"{name}: the leaf at {receipt.place} is another than was proven")
        if one["state"] != "verified":
            lost.append(f"{name}: the receipt of {receipt.place} is {one['state']}")
    had = {one["place"] for one in theirs}
    lost += [
        f"{name}: no receipt of {one['event']} at {place} came"
        for place, one in ours.items()
        if place not in had and not one["event"].startswith("receipt-")
    ]
    return lost
