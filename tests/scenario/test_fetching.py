"""One call from an offer to the first byte, and what of the way is used again."""

from __future__ import annotations

import gzip
from typing import Any

import msgspec
import pytest
from aiohttp import web
from tests.conftest import Pair

from faifo.client import Client
from faifo.errors import PeerError
from scenario.test_cost_of_an_exchange import Meter

ORDER = {"purpose": "research"}


async def fetched(pair: Pair, dataset: str, **more: Any) -> tuple[int, bytes, dict[str, str]]:
    order = {"node": pair.provider.did, "dataset": dataset, **ORDER, **more}
    async with pair.consumer.opened("POST", "/fetch", order) as answer:
        fields = {name.lower(): value for name, value in answer.headers.items()}
        return answer.status, await answer.read(), fields


async def test_the_first_call_makes_the_way_and_the_next_goes_it(pair: Pair) -> None:
    dataset = await pair.publish()
    status, content, headers = await fetched(pair, dataset)
    assert (status, headers["faifo-reused"]) == (200, "nothing")
    assert headers["repr-digest"].startswith("sha-256=")
    path = f"/transfers/{headers['faifo-transfer']}"
    moved = await pair.consumer.settled(path, "STARTED")
    await pair.provider.settled(f"/transfers/{moved['peer_pid']}", "STARTED")
    meter = Meter(pair)
    await meter.read()
    status, again, headers = await fetched(pair, dataset)
    assert (status, again, headers["faifo-reused"]) == (200, content, "transfer")
    await pair.consumer.call("GET", path)  # the book of the access is written by then
    provider, consumer = await meter.read()
    assert (provider.requests, consumer.requests) == (1, 0)
    assert (provider.commits, consumer.commits) <= (2, 2)  # with receipts that follow


async def test_an_agreement_is_used_again_where_no_transfer_runs(pair: Pair) -> None:
    dataset = await pair.publish()
    _, content, headers = await fetched(pair, dataset)
    path = f"/transfers/{headers['faifo-transfer']}"
    await pair.consumer.settled(path, "STARTED")
    await pair.consumer.call("POST", f"{path}/completion", {})
    await pair.consumer.settled(path, "COMPLETED")
    again = await fetched(pair, dataset)
    assert again[:2] == (200, content)
    assert again[2]["faifo-reused"] == "agreement"
    assert len(pair.provider.records("agreement")) == 1


async def test_fields_of_the_order_reach_the_data(pair: Pair) -> None:
    dataset = await pair.publish()
    _, content, _ = await fetched(pair, dataset)
    order = {"node": pair.provider.did, "dataset": dataset, **ORDER}
    await pair.consumer.raw("GET", "/node")  # opens the session
    assert pair.consumer._session is not None
    async with pair.consumer._session.post(
        f"{pair.consumer.manage_url}/manage/v1/fetch", json=order, headers={"Range": "bytes=2-4"}
    ) as answer:
        assert (answer.status, await answer.read()) == (206, content[2:5])


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"dataset": "nothing"}, 404, "not-found"),
        ({"purpose": "marketing"}, 403, "refused"),
        ({"node": "did:web:nobody.example"}, 401, "not-proven"),
        ({"patience": 0}, 400, "malformed"),
        ({"reuse": True}, 400, "malformed"),
    ],
    ids=str,
)
async def test_what_leads_to_no_data_says_so(
    pair: Pair, change: dict[str, Any], status: int, code: str
) -> None:
    dataset = await pair.publish(purposes=["research"])
    got, content, _ = await fetched(pair, **{"dataset": dataset, **change})
    assert (got, msgspec.json.decode(content)["code"]) == (status, code)


async def test_the_client_reads_by_one_call(pair: Pair) -> None:
    dataset = await pair.publish()
    key = (pair.consumer.path / "manage.key").read_text()
    async with Client(pair.consumer.manage_url, key) as it:
        for reused in ("nothing", "transfer"):
            headers = {"Range": "bytes=0-2"}
            async with it.read(pair.provider.did, dataset, headers=headers) as answer:
                parts = [part async for part in answer.chunks()]
                assert (answer.status, b"".join(parts)) == (206, b"a,b")
                assert answer.headers["faifo-reused"] == reused


@pytest.mark.parametrize("coding", ["gzip", "br"])
async def test_data_that_come_packed_unasked_are_unpacked_or_refused(
    pair: Pair, backend: Any, coding: str
) -> None:
    async def answer(_: web.Request) -> web.Response:
        fields = {"Content-Encoding": coding}
        return web.Response(body=gzip.compress(b"a,b\n1,2\n"), headers=fields)

    order = {"location": await backend(answer)}
    dataset = (await pair.provider.call("POST", "/datasets", order))["id"]
    key = (pair.consumer.path / "manage.key").read_text()
    async with Client(pair.consumer.manage_url, key) as client:
        read = client.read(pair.provider.did, dataset)
        if coding == "gzip":
            async with read as got:
                assert await got.read() == b"a,b\n1,2\n"
                transfer = await client.get_transfer(got.headers["faifo-transfer"])
            books = [await pair.consumer.call("GET", f"/timeline/{transfer.pid}"),
                     await pair.provider.call("GET", f"/timeline/{transfer.peer_pid}")]  # fmt: skip
            # Both sides have the digest of what was sent, so that their books can be compared.
            told = [one["detail"] for book in books for one in book["entries"]]
            ours, theirs = (one["response_sha256"] for one in told if "response_sha256" in one)
            assert ours == theirs
        else:
            with pytest.raises(PeerError, match="packed as br, which nobody asked for"):
                await read.__aenter__()


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/a%20b", 200, "/api/a%20b"),
        ("/a%25b%3Fc", 200, "/api/a%25b%3Fc"),
        ("/data/é", 200, "/api/data/%C3%A9"),
        ("/a%2Fb", 400, "an encoded slash"),
        ("/%E9", 400, "a path that is not UTF-8"),
    ],
)
async def test_a_path_below_an_api_arrives_as_it_was_sent(
    pair: Pair, path: str, status: int, told: str
) -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(text=request.raw_path)

    backend = web.Application()
    backend.router.add_route("*", "/api{below:.*}", echo)
    runner = web.AppRunner(backend)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    order = {"location": f"http://127.0.0.1:{runner.addresses[0][1]}/api"}
    dataset = (await pair.provider.call("POST", "/datasets", order))["id"]
    transfer = await pair.transfer(await pair.agreement(dataset))
    key = (pair.consumer.path / "manage.key").read_text()
    async with (
        Client(pair.consumer.manage_url, key) as client,
        client.call(transfer["pid"], "GET", path) as answer,
    ):
        assert answer.status == status
        assert told in (await answer.read()).decode()
    await runner.cleanup()
