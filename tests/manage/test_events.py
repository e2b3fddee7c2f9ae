"""The event stream: complete, resumable, bounded."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from world import World

from faifo import clock
from faifo.machines.role import Role
from faifo.store.records import JournalEntry, Negotiation, Proof

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Reader:
    """Reads events from an answer."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            fields: dict[str, str] = {}
            async for line in self.answer.content:
                name, colon, value = line.decode().rstrip("\n").partition(": ")
                if not colon and "data" in fields:
                    data = json.loads(fields["data"])
                    assert (fields["id"], fields["event"]) == (str(data["seq"]), data["event"])
                    return dict(data)
                fields[name] = value
        raise EOFError


@contextlib.asynccontextmanager
async def following(there: World, query: str = "", **headers: str) -> AsyncIterator[Reader]:
    url = f"{there.node.manage_url}/manage/v1/events{query}"
    given = {"Authorization": f"Bearer {there.node.key}", **headers}
    async with aiohttp.ClientSession() as client, client.get(url, headers=given) as answer:
        assert answer.status == 200, await answer.read()
        assert answer.content_type == "text/event-stream"
        yield Reader(answer)


async def _add(there: World, *events: str) -> int:
    store = there.node.node.store
    last = 0
    for event in events:
        entry = JournalEntry(event=event, at=clock.now(), peer=there.friend.did, process="p")
        last = await store.run(lambda tx, entry=entry: tx.journal.append(entry))
    return last


async def _quiet(there: World) -> None:
    async with asyncio.timeout(10):
        while there.node.node.feed.followers:
            await asyncio.sleep(0.01)


async def test_what_happens_is_told_at_once(there: World) -> None:
    async with following(there) as reader:
        dataset = await there.node.publish()
        seen = await reader.next()
        assert (seen["event"], seen["dataset"]) == ("dataset-published", dataset["id"])
        refused = await there.friend.call(there.node, "GET", "/transfers/none")
        assert refused.status == 404
        async with there.friend.client.get(f"{there.node.url}/data/none") as answer:
            assert answer.status == 401
        seen = await reader.next()
        assert (seen["event"], seen["detail"]["reason"]) == ("access-refused", "token-missing")
    await _quiet(there)


async def test_one_who_comes_back_misses_nothing(there: World) -> None:
    async with following(there) as reader:
        first = await _add(there, "one")
        assert (await reader.next())["seq"] == first
    await _add(there, *(f"away-{number}" for number in range(250)))
    for query, headers in ((f"?after={first}", {}), ("", {"Last-Event-ID": str(first)})):
        async with following(there, query, **headers) as reader:
            names = [(await reader.next())["event"] for _ in range(250)]
            assert names == [f"away-{number}" for number in range(250)]
    await _quiet(there)


async def test_one_who_was_further_hears_what_comes(there: World) -> None:
    async with following(there, **{"Last-Event-ID": "5000000"}) as reader:
        await _add(there, "after a restore")
        assert (await reader.next())["event"] == "after a restore"
    await _quiet(there)


@pytest.mark.parametrize("given", ["x", "-1", "1.5", "²", str(2**63)])
async def test_a_number_that_is_none(there: World, given: str) -> None:
    headers = {"Last-Event-ID": given.encode().decode("latin-1")}
    answer = await there.node.manage("GET", "/events", headers=headers)
    assert (answer.status, answer.json["code"]) == (400, "malformed")
    assert "the Last-Event-ID is" in answer.json["detail"]


async def test_no_more_than_the_bound_may_follow(there: World) -> None:
    async with following(there), following(there):
        answer = await there.node.manage("GET", "/events")
        assert (answer.status, answer.json["code"]) == (429, "conflict")
        assert answer.json["detail"] == (
            "2 callers follow the events already; let one of them go, or raise manage.event_streams"
        )
    await _quiet(there)
    async with following(there) as reader:
        await _add(there, "again")
        assert (await reader.next())["event"] == "again"
    await _quiet(there)


async def test_the_end_of_the_node_ends_the_stream(there: World) -> None:
    async with following(there) as reader:
        there.node.node.drain()
        with pytest.raises(EOFError):
            await reader.next()
    answer = await there.node.manage("GET", "/events")
    assert (answer.status, answer.body) == (200, b"retry: 1000\n\n")
    there.node.node.feed.stopped = there.node.node.changes.stopped = False
    there.node.node.acting.health.draining = False


async def test_the_end_of_the_node_ends_a_long_poll(there: World) -> None:
    node = there.node.node
    pid = "urn:uuid:waiting"
    record = Negotiation(
        pid=pid,
        role=Role.PROVIDER,
        state=None,
        peer=there.friend.did,
        proof=Proof(did=there.friend.did),
        created=clock.now(),
        updated=clock.now(),
        callback=there.friend.root,
        dataset="d",
        offer_id="o",
        offer={},
        offered_by=Role.CONSUMER,
    )
    await node.store.run(lambda tx: tx.negotiations.put(record))
    asking = asyncio.create_task(
        there.node.manage("GET", f"/negotiations/{pid}?wait=60&revision=1")
    )
    async with asyncio.timeout(10):
        while not node.changes._waiting:
            await asyncio.sleep(0.01)
        node.drain()
        answer = await asking
    assert (answer.status, answer.json["revision"]) == (200, 1)
    node.feed.stopped = node.changes.stopped = node.acting.health.draining = False
