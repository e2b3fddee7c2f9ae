"""Control and data parts over one database: the same results when they die, hang or restart."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from faifo import clock
from faifo.ledger.checkpoint import parse_checkpoint
from faifo.messages.dsp_2025_1.data_address import read_endpoint
from faifo.running import Running, running

pytestmark = pytest.mark.timeout(400)

PATIENCE = 60.0
CONTENT = "a,b\n1,2\n"


class Pair:
    """A consumer beside the service; every request at the balancer must be answered well."""

    def __init__(self, service: Any, consumer: Any) -> None:
        self.service, self.consumer = service, consumer
        service.node.trust(consumer.did)
        consumer.trust(service.node.did)
        self.number = 0

    async def published(self) -> str:
        self.number += 1
        folder = self.service.path.with_name(self.service.path.name + "-data")
        file = folder / f"{self.number}.csv"
        file.write_text(CONTENT)
        body = {"location": str(file), "title": "A", "id": f"d{self.number}"}
        return str((await self.service.at(0).call("POST", "/datasets", body))["id"])

    async def transfer(self, dataset: str) -> dict[str, Any]:
        order = {"node": self.service.node.did, "dataset": dataset, "reuse": False}
        begun = await self.consumer.call("POST", "/negotiations", order)
        done = await self.consumer.settled(f"/negotiations/{begun['pid']}")
        assert done["state"] == "FINALIZED", done
        begun = await self.consumer.call("POST", "/transfers", {"agreement": done["agreement"]})
        moved = await self.consumer.settled(f"/transfers/{begun['pid']}", "STARTED", "TERMINATED")
        assert moved["state"] == "STARTED", moved
        return dict(moved)

    async def flow(self, dataset: str) -> None:
        """A whole exchange, in which nothing may be refused."""
        moved = await self.transfer(dataset)
        status, content = await self.consumer.raw("GET", f"/transfers/{moved['pid']}/data")
        assert (status, content.decode()) == (200, CONTENT)
        await self.consumer.call("POST", f"/transfers/{moved['pid']}/completion", {})
        ended = await self.consumer.settled(f"/transfers/{moved['pid']}")
        assert ended["state"] == "COMPLETED", ended

    def audit(self, flows: int) -> None:
        """Both books tell of the same: nothing is lost, nothing there twice."""
        theirs = {one.pid: one for one in self.consumer.records("transfer")}
        ours = [json.loads(text) for (text,) in self.service.rows("SELECT record FROM transfer")]
        assert len(ours) == len(theirs) == flows
        assert {one["peer_pid"] for one in ours} == set(theirs)
        assert {one["state"] for one in ours} == {"COMPLETED"}
        numbers = [seq for (seq,) in self.service.rows("SELECT seq FROM journal ORDER BY seq")]
        assert numbers == list(range(1, len(numbers) + 1))
        read = self.service.rows("SELECT record FROM journal WHERE event = 'access-served'")
        assert len(read) == flows
        assert self.service.rows("SELECT count(*) FROM outbox") == [(0,)]


@pytest.fixture
async def parted(service: Any, make_node: Callable[..., Any]) -> Pair:
    consumer = make_node("consumer")
    await asyncio.gather(consumer.start(), *(one.start() for one in service.processes))
    return Pair(service, consumer)


@pytest.mark.parametrize("kind", ["nginx", "haproxy"])
async def test_a_rolling_restart_behind_a_balancer_fails_no_request(
    parted: Pair, balanced: Any, kind: str
) -> None:
    over = asyncio.Event()
    asked: list[int] = []
    flows: list[int] = []

    async def asks(session: aiohttp.ClientSession) -> None:
        url = f"{parted.service.node.public_url}/.well-known/did.json"
        while not over.is_set():
            async with session.get(url) as answer:
                asked.append(answer.status)
            await asyncio.sleep(0.05)

    async def works(dataset: str) -> None:
        while not over.is_set():
            await parted.flow(dataset)
            flows.append(1)

    async def restarts() -> None:
        await parted.flow(dataset)
        flows.append(1)
        for one in (*parted.service.control, parted.service.data[0]):
            await one.stop()
            await one.start()
            await all_up()
        over.set()

    async with balanced(kind, parted.service) as all_up, aiohttp.ClientSession() as session:
        dataset = await parted.published()
        await asyncio.gather(restarts(), asks(session), works(dataset))
    assert set(asked) == {200}
    assert len(asked) > 20
    parted.audit(len(flows))


async def test_what_one_control_part_ends_every_data_part_refuses_within_a_second(
    parted: Pair, balanced: Any
) -> None:
    service = parted.service
    async with balanced("nginx", service):
        dataset = await parted.published()
        moved = await parted.transfer(dataset)
        (held,) = parted.consumer.records("transfer")
        endpoint = read_endpoint(held.data_address)
        assert endpoint is not None
        path = endpoint.url.removeprefix(service.node.public_url)
        headers = {"Authorization": endpoint.authorization}
        async with aiohttp.ClientSession(headers=headers) as session:
            for one in service.data * 3:  # the token is known to both
                async with session.get(f"http://127.0.0.1:{one.port}{path}") as answer:
                    assert answer.status == 200
            await service.at(1).call(
                "POST", f"/transfers/{moved['peer_pid']}/termination", {"reason": "over"}
            )
            ended = clock.monotonic()
            for one in service.data:
                while True:
                    began = clock.monotonic()
                    async with session.get(f"http://127.0.0.1:{one.port}{path}") as answer:
                        status = answer.status
                    if status == 403:
                        break
                    assert began - ended < 1.0


async def test_what_is_pushed_may_be_larger_than_a_message(parted: Pair, balanced: Any) -> None:
    """nginx has a bound for messages, which pushes into the inbox must not meet."""
    service, provider = parted.service, parted.consumer
    file = provider.path.with_name(provider.path.name + "-data") / "large.bin"
    content = bytes(range(256)) * 4096 * 20
    file.write_bytes(content)
    async with balanced("nginx", service):
        order = {"location": str(file), "title": "Large", "id": "large"}
        await provider.call("POST", "/datasets", order)
        ours = service.at(0)
        order = {"node": provider.did, "dataset": "large"}
        begun = await ours.call("POST", "/negotiations", order)
        done = await ours.settled(f"/negotiations/{begun['pid']}")
        order = {"agreement": done["agreement"], "push": True}
        begun = await ours.call("POST", "/transfers", order)
        moved = await ours.settled(f"/transfers/{begun['pid']}")
        assert moved["state"] == "COMPLETED", moved
        path = f"/transfers/{moved['pid']}/data"
        for number in range(2):
            assert await service.at(number).raw("GET", path) == (200, content)


async def test_the_processes_are_killed_again_and_again_and_both_books_are_whole(
    parted: Pair, balanced: Any
) -> None:
    service = parted.service
    flows: list[int] = []

    async def works(dataset: str) -> None:
        for _ in range(2):
            await _patiently(lambda: parted.flow(dataset))
            flows.append(1)

    async def kills() -> None:
        for one in (service.control[0], service.data[0], service.control[1]):
            await one.stop(signal.SIGKILL)
            await one.start()

    async with balanced("haproxy", service):
        dataset = await parted.published()
        await asyncio.gather(kills(), *(works(dataset) for _ in range(2)))
        numbers = [seq for (seq,) in service.rows("SELECT seq FROM journal ORDER BY seq")]
        assert numbers == list(range(1, len(numbers) + 1))
        for _ in range(300):
            if service.rows("SELECT count(*) FROM outbox") == [(0,)]:
                break
            await asyncio.sleep(0.1)  # what was killed is given up after a lease
        assert service.rows("SELECT count(*) FROM outbox") == [(0,)]
    ours = [json.loads(text) for (text,) in service.rows("SELECT record FROM transfer")]
    theirs = parted.consumer.records("transfer")
    assert {one["peer_pid"] for one in ours} >= {one.pid for one in theirs if one.peer_pid}
    assert {one.state for one in theirs} <= {"COMPLETED", "TERMINATED"}
    done = [one for one in theirs if one.state == "COMPLETED"]
    assert len(done) >= len(flows) == 4


async def test_a_signer_that_hangs_is_replaced_and_what_it_wakes_up_with_is_refused(
    parted: Pair,
) -> None:
    service = parted.service
    dataset = await parted.published()
    frozen, other = service.control
    before = await _head(other)
    names = set(service.rows("SELECT name FROM replica"))
    frozen.signal(signal.SIGSTOP)
    try:
        began = clock.monotonic()
        await service.at(1).call("DELETE", f"/datasets/{dataset}")
        after = await _head(other)
        assert clock.monotonic() - began < 5.0
        assert after.size >= before.size
        async with asyncio.timeout(PATIENCE):
            while len(service.rows("SELECT name FROM replica")) == len(names):
                await asyncio.sleep(0.05)  # nobody tells a test
    finally:
        frozen.signal(signal.SIGCONT)
    async with asyncio.timeout(PATIENCE):
        while len(service.rows("SELECT name FROM replica")) < len(names):
            await asyncio.sleep(0.05)
    assert len(set(service.rows("SELECT name FROM replica")) - names) == 1
    assert "others have taken over" in frozen.log
    heads = [await _head(frozen), await _head(other)]
    assert len({(one.size, one.root) for one in heads}) == 1


async def _head(process: Any) -> Any:
    url = f"http://127.0.0.1:{process.port}/log/checkpoint"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return parse_checkpoint(await answer.read())


async def _patiently(step: Callable[[], Awaitable[None]]) -> None:
    """Try a whole exchange until one succeeds: its process may have been killed under it."""
    async with asyncio.timeout(4 * PATIENCE):
        while True:
            try:
                return await step()
            except (AssertionError, aiohttp.ClientError, OSError):
                await asyncio.sleep(0.2)
            except Exception as error:  # the management API's refusal, of the node's own conftest
                if type(error).__name__ != "Refused":
                    raise
                await asyncio.sleep(0.2)


async def test_commands_find_another_process_when_the_one_they_know_is_gone(service: Any) -> None:
    """Killed, stopped, or none but a data part left: whoever serves the directory is found."""
    first, second, data = service.control[0], service.control[1], service.data[0]
    await first.start()
    await asyncio.gather(second.start(), data.start())
    assert running(service.path) == Running(first.number, first.url)
    await first.stop(signal.SIGKILL)
    assert await asked(service.path) == 4  # it waits until one of the others has told
    others = {one.number: one for one in (second, data)}
    found = running(service.path)
    assert found is not None
    told = others[found.process]
    assert found.manage_url == told.url
    await told.stop()
    assert await asked(service.path) == 4
    (left,) = (one for one in (second, data) if one is not told)
    assert running(service.path) == Running(left.number, left.url)
    await left.stop()
    assert running(service.path) is None
    assert await asked(service.path) == 5


async def asked(folder: Path) -> int | None:
    """Return how a command ends that needs a running node: 4 where it found one, 5 where not."""
    command = (sys.executable, "-m", "faifo", "--dir", folder, "exchange", "terminate", "x")
    ran = await asyncio.create_subprocess_exec(*command, stdout=-1, stderr=-1)
    await asyncio.wait_for(ran.communicate(), PATIENCE)
    return ran.returncode
