"""What ends a right breaks off what runs under it, at both ends, and both books say so.

The reader takes one piece and stops, so that the file cannot be through before the right ends.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from tests.conftest import free_port

from faifo import clock

SIZE = 96 * 1024 * 1024
ENDINGS: dict[str, Callable[[Any, dict[str, Any], str], Awaitable[Any]]] = {
    "provider terminates": lambda pair, transfer, _: pair.provider.call(
        "POST", f"/transfers/{transfer['peer_pid']}/termination", {}
    ),
    "provider suspends": lambda pair, transfer, _: pair.provider.call(
        "POST", f"/transfers/{transfer['peer_pid']}/suspension", {}
    ),
    "consumer terminates": lambda pair, transfer, _: pair.consumer.call(
        "POST", f"/transfers/{transfer['pid']}/termination", {}
    ),
    "unpublish": lambda pair, _, dataset: pair.provider.call("DELETE", f"/datasets/{dataset}"),
}
PLAIN = frozenset(ENDINGS)
ENDED = ("agreement-ended", "withdrawn")
CODES = {"unpublish": "withdrawn"}


def _stop(node: str, kind: str) -> Callable[[Any, dict[str, Any], str], Awaitable[Any]]:
    """Return what stops the other side, the dataset or the agreement at the node that is named."""

    async def stop(pair: Any, transfer: dict[str, Any], dataset: str) -> None:
        ours = getattr(pair, node)
        other = pair.consumer if ours is pair.provider else pair.provider
        names = {"partner": other.did, "dataset": dataset, "agreement": transfer["agreement"]}
        await ours.call("POST", "/stops", {"kind": kind, "name": names[kind], "reason": "enough"})

    return stop


async def _trust_remove(pair: Any, _: dict[str, Any], __: str) -> None:
    """Do what `faifo trust remove` does."""
    pair.provider.trust()
    order = {"kind": "partner", "name": pair.consumer.did, "lasting": False}
    await pair.provider.call("POST", "/stops", order)


for node, kind in (
    ("provider", "partner"), ("provider", "dataset"), ("provider", "agreement"),
    ("consumer", "partner"), ("consumer", "agreement"),
):  # fmt: skip
    ENDINGS[f"{node} stops the {kind}"] = _stop(node, kind)
ENDINGS["trust remove"] = _trust_remove


@pytest.fixture
async def streaming() -> AsyncIterator[tuple[str, asyncio.Future[None]]]:
    """A service that says one thing and then nothing more, and when its caller has left."""
    left: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"data: 1\n\n")
        try:
            await asyncio.Event().wait()
        finally:
            left.set_result(None)
        return response

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{port}/", left
    await runner.cleanup()


async def large(pair: Any, **terms: Any) -> str:
    """Publish a file of `SIZE` bytes."""
    folder = pair.provider.path.with_name(pair.provider.path.name + "-data")
    with (folder / "large.bin").open("wb") as file:
        file.truncate(SIZE)
    body = {"location": str(folder / "large.bin"), "title": "Large", "terms": terms}
    return str((await pair.provider.call("POST", "/datasets", body))["id"])


async def row(node: Any, event: str, **detail: Any) -> dict[str, Any]:
    """Return the first journal row of `event` with this detail, as soon as there is one."""
    async with node.opened("GET", "/events?after=0") as answer:
        async for line in answer.content:
            if line.startswith(b"data: "):
                found: dict[str, Any] = json.loads(line[6:])
                same = all(found["detail"].get(name) == value for name, value in detail.items())
                if found["event"] == event and same:
                    return found
    raise AssertionError(event)


async def rest(answer: aiohttp.ClientResponse) -> int:
    """Return how many bytes still come until it breaks off."""
    came = 0
    try:
        async for part in answer.content.iter_any():
            came += len(part)
    except aiohttp.ClientPayloadError:
        return came
    raise AssertionError("it came to its proper end")


@pytest.mark.parametrize("ending", ENDINGS)
async def test_what_runs_is_broken_off(pair: Any, ending: str) -> None:
    dataset = await large(pair)
    transfer = await pair.transfer(await pair.agreement(dataset))
    async with pair.consumer.opened("GET", f"/transfers/{transfer['pid']}/data") as answer:
        assert answer.status == 200
        first = len(await answer.content.readany())
        await ENDINGS[ending](pair, transfer, dataset)
        broken = await row(pair.provider, "access-interrupted")
        # What ends an agreement ends its transfers in the same unit: whichever is found first.
        either = {CODES.get(ending, "transfer-closed"), *(() if ending in PLAIN else ENDED)}
        # The consumer that stops closes its connection, and its message may come after that.
        if ending.startswith("consumer"):
            either.add("client-left")
        assert broken["detail"]["reason"] in either
        assert first + await rest(answer) < SIZE
    assert 0 < broken["detail"]["bytes"] < SIZE
    assert (broken["process"], broken["agreement"]) == (transfer["peer_pid"], transfer["agreement"])
    ours = await row(pair.consumer, "fetch-interrupted")
    assert 0 < ours["detail"]["bytes"] < SIZE
    assert ours["process"] == transfer["pid"]


async def test_a_passed_date_breaks_off_what_runs(pair: Any) -> None:
    until = clock.now() + timedelta(seconds=4)
    dataset = await large(pair, until=clock.text(until))
    transfer = await pair.transfer(await pair.agreement(dataset))
    async with pair.consumer.opened("GET", f"/transfers/{transfer['pid']}/data") as answer:
        first = len(await answer.content.readany())
        broken = await row(pair.provider, "access-interrupted")
        assert first + await rest(answer) < SIZE
    assert broken["detail"]["reason"] in {"policy-refused", "transfer-closed"}
    assert 0 < broken["detail"]["bytes"] < SIZE
    assert clock.now() > until
    assert 0 < (await row(pair.consumer, "fetch-interrupted"))["detail"]["bytes"] < SIZE


async def test_a_service_that_streams_slowly_is_broken_off(pair: Any, streaming: Any) -> None:
    location, left = streaming
    body = {"location": location, "title": "Stream"}
    dataset = str((await pair.provider.call("POST", "/datasets", body))["id"])
    transfer = await pair.transfer(await pair.agreement(dataset))
    async with pair.consumer.opened("GET", f"/transfers/{transfer['pid']}/data") as answer:
        assert (await answer.content.readany()).startswith(b"data: ")
        await pair.provider.call("DELETE", f"/datasets/{dataset}")
        await rest(answer)
    await left
    assert (await row(pair.provider, "access-interrupted"))["detail"]["reason"] == "withdrawn"


async def test_a_completed_transfer_lets_what_is_under_way_come_to_its_end(pair: Any) -> None:
    transfer = await pair.transfer(await pair.agreement(await large(pair)))
    async with pair.consumer.opened("GET", f"/transfers/{transfer['pid']}/data") as answer:
        came = len(await answer.content.readany())
        await pair.consumer.call("POST", f"/transfers/{transfer['pid']}/completion", {})
        await pair.provider.settled(f"/transfers/{transfer['peer_pid']}", "COMPLETED")
        async for part in answer.content.iter_any():
            came += len(part)
    assert came == SIZE
