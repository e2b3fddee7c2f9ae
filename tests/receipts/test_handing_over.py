"""Two nodes prove to each other what was agreed and what was accessed."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp

from faifo.ledger import tiles, tree
from faifo.ledger.leaf import Kind, check_opening, read_opening
from faifo.ledger.note import parse_vkey
from faifo.ledger.receipt import check_receipt, read_receipt
from proofs import opened

SOON = "\n[receipts]\ndelay_seconds = 0.05\n"
PATIENCE = 60.0


async def receipts(node: Any, agreement: str) -> list[dict[str, Any]]:
    return list((await node.call("GET", f"/receipts?agreement={agreement}"))["items"])


async def until(node: Any, agreement: str, good: Any) -> list[dict[str, Any]]:
    """Return the receipts of an agreement once they are `good`; every event of the node looks."""
    async with asyncio.timeout(PATIENCE), node.opened("GET", "/events?after=0") as events:
        while not good(found := await receipts(node, agreement)):
            await asyncio.wait_for(_next(events, found), PATIENCE)
    return found


async def _next(events: Any, seen: Any) -> None:
    # Receipts that are taken write no event of their own: a keep-alive of the stream will do.
    try:
        await asyncio.wait_for(events.content.readline(), 0.1)
    except TimeoutError:
        return


def proven(one: dict[str, Any]) -> Kind:
    """Check a receipt with nothing but what is in it, and the key."""
    read = read_receipt(one["receipt"].encode())
    kind = check_receipt(read, parse_vkey(one["key"]))
    if one["opening"]:
        check_opening(read.leaf, read_opening(one["opening"].encode()))
    return kind


def kinds(found: list[dict[str, Any]], whose: str) -> list[str]:
    return sorted(one["kind"] for one in found if one["whose"] == whose)


async def test_both_sides_hold_the_receipts_of_the_other(new_pair: Any):
    pair = await new_pair(SOON)
    agreement = await pair.agreement(await pair.publish())
    for node in (pair.provider, pair.consumer):
        seen = await node.call("GET", f"/agreements/{agreement}")
        assert (seen["active"], seen["receipts"]) == (True, "verified")
    transfer = await pair.transfer(agreement)
    status, _ = await pair.consumer.raw("GET", f"/transfers/{transfer['pid']}/data")
    assert status == 200
    wanted = ["access", "agreement"]
    for node in (pair.provider, pair.consumer):
        found = await until(
            node,
            agreement,
            lambda all_: (
                kinds(all_, "theirs") == wanted and not any(one["state"] == "owed" for one in all_)
            ),
        )
        assert kinds(found, "ours") == wanted
        assert {one["state"] for one in found} == {"kept", "verified"}
        assert sorted(proven(one).name.lower() for one in found) == sorted(wanted * 2)
    [access] = [
        json.loads(read_opening(one["opening"].encode()).record)
        for one in await receipts(pair.consumer, agreement)
        if one["whose"] == "theirs" and one["kind"] == "access"
    ]
    assert (access["event"], access["agreement"]) == ("access-served", agreement)
    assert access["node"] == pair.provider.did


async def test_a_receipt_that_overtakes_the_data_is_not_missed(new_pair: Any):
    pair = await new_pair(SOON)
    agreement = await pair.agreement(await pair.publish("0123456789abcde\n" * 2_000_000))
    transfer = await pair.transfer(agreement)
    async with pair.consumer.opened("GET", f"/transfers/{transfer['pid']}/data") as answer:
        await answer.content.readexactly(16)
        # The access is in the provider's log before its first byte goes out.
        await until(pair.consumer, agreement, lambda all_: "access" in kinds(all_, "theirs"))
        async for _ in answer.content.iter_chunked(2**20):
            pass
    await until(pair.consumer, agreement, lambda all_: "access" in kinds(all_, "ours"))
    assert pair.consumer.records("expected_receipt") == []


async def test_a_log_is_served_as_tiles_that_its_head_is_of(new_pair: Any):
    pair = await new_pair(SOON)
    await pair.agreement(await pair.publish())
    root = pair.provider.public_url
    log = await pair.provider.call("GET", "/log")
    assert log["halted"] == ""
    async with aiohttp.ClientSession() as session:

        async def get(path: str) -> tuple[int, bytes]:
            async with session.get(f"{root}/log/{path}") as answer:
                return answer.status, await answer.read()

        status, raw = await get("checkpoint")
        head = opened(raw, parse_vkey(log["key"]))
        assert (status, head.origin) == (200, f"localhost:{pair.provider.port}/log")
        status, entries = await get(f"tile/entries/000.p/{head.size}")
        hashes = [tree.leaf_hash(one) for one in tiles.unbundle(entries)]
        status, data = await get(f"tile/0/000.p/{head.size}")
        assert tiles.hashes_of(data, head.size) == hashes
        assert (
            tree.root_of(
                head.size, lambda level, at: tree.folded(hashes[at << level : (at + 1) << level])
            )
            == head.root
        )
        for path in (f"tile/0/000.p/{head.size + 1}", "tile/0/000", "tile/1/000.p/1", "x"):
            assert (await get(path))[0] == 404


async def test_agreements_made_at_once_are_all_proven_at_once(new_pair: Any):
    """Each receipt goes with its message, whatever else the log takes up at the same moment."""
    pair = await new_pair("\n[receipts]\ndelay_seconds = 3600.0\n")
    dataset = await pair.publish()
    made = await asyncio.gather(*(pair.agreement(dataset) for _ in range(24)))
    for node in (pair.provider, pair.consumer):
        for agreement in made:
            seen = await node.call("GET", f"/agreements/{agreement}")
            assert (seen["active"], seen["receipts"]) == (True, "verified"), node.log_tail()
