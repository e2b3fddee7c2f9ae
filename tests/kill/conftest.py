"""A client that does not give up when nodes die, and the audit of two nodes' books."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import aiohttp
import pytest

T = TypeVar("T")

GONE = (aiohttp.ClientError, OSError, TimeoutError)


class Flow:
    """One whole flow: publish, negotiate, transfer, read, complete.

    An order whose answer was lost is looked up before it is repeated, as a careful client does.
    """

    def __init__(self, pair: Any, dataset: str) -> None:
        self.pair = pair
        self.dataset = dataset
        self.content = f"{dataset}\n".encode() * 50
        self.negotiation: dict[str, Any] = {}
        self.transfer: dict[str, Any] = {}
        self.reads = 0

    async def run(self) -> None:
        provider, consumer = self.pair.provider, self.pair.consumer
        await self._publish()
        pid = await self._order(
            "/negotiations",
            {"node": provider.did, "dataset": self.dataset, "reuse": False},
            f"/negotiations?role=consumer&dataset={self.dataset}",
        )
        ours = self.negotiation = await self._settled(consumer, f"/negotiations/{pid}")
        await self._settled(provider, f"/negotiations/{ours['peer_pid']}")
        assert ours["state"] == "FINALIZED", ours
        agreement = ours["agreement"]
        pid = await self._order(
            "/transfers",
            {"agreement": agreement},
            f"/transfers?role=consumer&agreement={agreement}",
        )
        moving = await self._settled(consumer, f"/transfers/{pid}", "STARTED", "TERMINATED")
        assert moving["state"] == "STARTED", moving
        await self._read(pid)
        await self._complete(pid)
        ours = self.transfer = await self._settled(consumer, f"/transfers/{pid}")
        theirs = await self._settled(provider, f"/transfers/{ours['peer_pid']}")
        why = [(one["reason"], one["one_sided"], one["pid"]) for one in (ours, theirs)]
        assert (ours["state"], theirs["state"]) == ("COMPLETED", "COMPLETED"), why

    async def _publish(self) -> None:
        provider = self.pair.provider
        folder = provider.path.with_name(provider.path.name + "-data")
        file = folder / f"{self.dataset}.csv"
        file.write_bytes(self.content)
        body = {"location": str(file), "id": self.dataset}

        async def publish() -> None:
            status, _ = await provider.raw("POST", "/datasets", body)
            assert status in {201, 409}  # 409: published before the answer was lost

        await self._patiently(publish)

    async def _order(self, path: str, body: dict[str, Any], known: str) -> str:
        consumer = self.pair.consumer

        async def order() -> str | None:
            found = (await consumer.call("GET", known))["items"]
            if found:
                assert len(found) == 1, found
                return str(found[0]["pid"])
            status, _ = await consumer.raw("POST", path, body)
            # The provider is away, or its proof, or its receipt of the agreement.
            assert status in {201, 502, 504, 401, 409}, status
            return None

        while True:
            pid = await self._patiently(order)
            if pid:
                return pid
            await self.pair.provider.up()

    async def _settled(self, node: Any, path: str, *states: str) -> dict[str, Any]:
        return await self._patiently(lambda: node.settled(path, *states))

    async def _read(self, pid: str) -> None:
        async def read() -> bool:
            status, content = await self.pair.consumer.raw("GET", f"/transfers/{pid}/data")
            if status != 200:
                return False
            self.reads += 1
            assert content == self.content
            return True

        while not await self._patiently(read):
            await self.pair.provider.up()

    async def _complete(self, pid: str) -> None:
        consumer = self.pair.consumer

        async def complete() -> None:
            seen = await consumer.call("GET", f"/transfers/{pid}")
            if seen["state"] != "COMPLETED" and not seen["outbox"]:
                await consumer.call("POST", f"/transfers/{pid}/completion", {})

        await self._patiently(complete)

    async def _patiently(self, step: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await step()
            except GONE:
                await asyncio.gather(self.pair.provider.up(), self.pair.consumer.up())


@contextlib.asynccontextmanager
async def always_up(*nodes: Any) -> AsyncIterator[None]:
    """Start each node again as soon as it dies."""

    async def watch(node: Any) -> None:
        while True:
            await node.death()
            with contextlib.suppress(EOFError, ConnectionError):  # killed while it started
                await node.start()

    tasks = [asyncio.create_task(watch(node)) for node in nodes]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(result, asyncio.CancelledError), "a node did not come up again"


def audit(pair: Any, flows: list[Flow]) -> None:
    """Check that the books of both sides are whole and tell the same story."""
    provider, consumer = pair.provider, pair.consumer
    for node in (provider, consumer):
        assert node.integrity() == "ok"
        assert node.records("outbox") == []
    for table in ("negotiation", "transfer"):
        _same_processes(provider.records(table), consumer.records(table))
    _same_agreements(provider, consumer)
    _nothing_acknowledged_is_lost(provider, consumer)
    _nothing_acknowledged_is_lost(consumer, provider)
    accesses = Counter(
        entry.process for entry in provider.records("journal") if entry.event == "access-served"
    )
    for flow in flows:
        assert accesses[flow.transfer["peer_pid"]] >= flow.reads >= 1


def _same_processes(theirs: list[Any], ours: list[Any]) -> None:
    by_pid = {record.pid: record for record in theirs}
    assert len(theirs) == len(ours)
    for record in ours:
        other = by_pid[record.peer_pid]
        assert other.peer_pid == record.pid
        assert (other.state, other.agreement) == (record.state, record.agreement)
        if other.state == "TERMINATED":
            assert record.reason
            assert other.reason


def _same_agreements(provider: Any, consumer: Any) -> None:
    theirs = {record.id: record for record in provider.records("agreement")}
    ours = {record.id: record for record in consumer.records("agreement")}
    assert theirs.keys() == ours.keys()
    for name, record in ours.items():
        assert record.document == theirs[name].document
        assert record.active == theirs[name].active
    per_request = Counter(record.negotiation for record in theirs.values())
    assert set(per_request.values()) <= {1}


def _nothing_acknowledged_is_lost(sender: Any, receiver: Any) -> None:
    sent = [entry for entry in sender.records("history") if entry.direction == "out"]
    taken = [entry for entry in receiver.records("history") if entry.direction == "in"]
    good = {entry.digest for entry in taken if 200 <= entry.status < 300}
    for entry in sent:
        assert entry.digest == hashlib.sha256(entry.body).hexdigest()
        if 200 <= entry.status < 300:
            assert entry.digest in good, (entry.message, entry.note)
    assert good <= {entry.digest for entry in sent}
    assert max(Counter(entry.digest for entry in taken).values(), default=0) <= 1


@pytest.fixture
def seed() -> int:
    """Return what random choices follow; `make soak` sets another one each time."""
    return int(os.environ.get("FAIFO_SEED", "1"))


@pytest.fixture
def kill_kit() -> Any:
    """Return what the tests of this folder share."""

    class Kit:
        pass

    kit = Kit()
    kit.Flow, kit.always_up, kit.audit = Flow, always_up, audit  # type: ignore[attr-defined]
    return kit
