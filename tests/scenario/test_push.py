"""HttpData-PUSH between two nodes, and to a receiver of somebody's own."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from tests.conftest import MakeNode, Pair, Refused

from faifo.client import Client, Wanted, download

CONTENT = "province,price\n" + "An Giang,11.2\n" * 200_000


class Receiver:
    """Somebody's own address: it takes what comes, or breaks off as it is told to."""

    def __init__(self) -> None:
        self.url = ""
        self.statuses: list[int] = []
        self.breaks = 0
        self.kept: bytes | None = None  # what it has of an upload that it can go on with
        self.requests: list[tuple[str, dict[str, str], int]] = []
        self.bodies: list[bytes] = []

    async def answer(self, request: web.Request) -> web.Response:
        fields = {name.lower(): value for name, value in request.headers.items()}
        if self.breaks and request.method == "POST":
            self.breaks -= 1
            had = await request.content.readexactly(100_000)
            self.kept = None if self.kept is None else had
            self.requests.append((request.method, fields, -1))
            assert request.transport
            request.transport.abort()
            raise web.HTTPBadRequest
        body = await request.read()
        self.requests.append((request.method, fields, len(body)))
        status = self.statuses.pop(0) if self.statuses and request.method != "HEAD" else 200
        if request.method == "HEAD" and self.kept is not None:
            offset = {"Upload-Offset": str(len(self.kept)), "Upload-Complete": "?0"}
            return web.Response(status=204, headers=offset)
        if request.method == "HEAD":
            return web.Response(status=405)
        if request.method == "PATCH" and self.kept is not None:
            body = self.kept + body
        if status < 300:
            self.bodies.append(body)
        return web.Response(status=status)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    app = web.Application(client_max_size=100_000_000)
    app.router.add_route("*", "/in", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/in"
    yield made
    await runner.cleanup()


async def begun(pair: Pair, content: str = CONTENT, **push: Any) -> dict[str, Any]:
    agreement = await pair.agreement(await pair.publish(content))
    return dict(await pair.consumer.call("POST", "/transfers", {"agreement": agreement, **push}))


def booked(pair: Pair, event: str) -> list[dict[str, Any]]:
    return [one.detail for one in pair.provider.records("journal") if one.event == event]


async def test_into_the_inbox(pair: Pair) -> None:
    transfer = await begun(pair, push=True)
    done = await pair.consumer.settled(f"/transfers/{transfer['pid']}", "COMPLETED")
    await pair.provider.settled(f"/transfers/{done['peer_pid']}", "COMPLETED")
    path = f"/transfers/{transfer['pid']}/data"
    assert await pair.consumer.raw("GET", path) == (200, CONTENT.encode())
    sha256 = hashlib.sha256(CONTENT.encode()).hexdigest()
    assert booked(pair, "access-served")[0]["bytes"] == len(CONTENT)
    assert booked(pair, "push-complete") == [{"bytes": len(CONTENT), "sha256": sha256}]
    came = [one.detail for one in pair.consumer.records("journal") if one.event == "push-received"]
    assert came == [{"bytes": len(CONTENT), "sha256": sha256}]
    for node in (pair.provider, pair.consumer):
        assert all(one.data_address is None for one in node.records("transfer"))


async def test_to_an_address_with_its_authorization(pair: Pair, receiver: Receiver) -> None:
    order = {"push_to": receiver.url, "push_authorization": "Basic c2VjcmV0"}
    transfer = await begun(pair, **order)
    await pair.consumer.settled(f"/transfers/{transfer['pid']}", "COMPLETED")
    assert receiver.bodies == [CONTENT.encode()]
    method, fields, _ = receiver.requests[0]
    assert (method, fields["authorization"]) == ("POST", "Basic c2VjcmV0")
    assert fields["content-type"] == "text/csv"
    for node in (pair.provider, pair.consumer):
        shown = await node.raw("GET", "/transfers")
        assert b"c2VjcmV0" not in shown[1]
        assert "c2VjcmV0" not in node.log_tail()


async def test_tried_again_until_it_is_taken(pair: Pair, receiver: Receiver) -> None:
    receiver.statuses, receiver.breaks = [503], 1
    transfer = await begun(pair, push_to=receiver.url)
    await pair.consumer.settled(f"/transfers/{transfer['pid']}", "COMPLETED")
    assert receiver.bodies == [CONTENT.encode()]
    assert len(booked(pair, "push-broken-off")) == 2


async def test_gone_on_with_where_the_receiver_can(pair: Pair, receiver: Receiver) -> None:
    receiver.breaks, receiver.kept = 1, b""
    transfer = await begun(pair, push_to=receiver.url)
    await pair.consumer.settled(f"/transfers/{transfer['pid']}", "COMPLETED")
    assert receiver.bodies == [CONTENT.encode()]
    method, fields, size = receiver.requests[-1]
    assert (method, fields["content-type"]) == ("PATCH", "application/partial-upload")
    assert (fields["upload-offset"], fields["upload-complete"]) == ("100000", "?1")
    total = len(CONTENT)
    assert fields["content-range"] == f"bytes 100000-{total - 1}/{total}"
    assert size == total - 100_000
    assert booked(pair, "access-served")[-1]["range"] == [100_000, total - 1]


async def test_the_whole_anew_where_nobody_knows_that_the_rest_is_of_the_same(
    pair: Pair, receiver: Receiver, backend: Any
) -> None:
    asked: list[str] = []

    async def changing(request: web.Request) -> web.Response:
        # Each answer has another content, as a report that is made when it is asked for.
        asked.append(request.headers.get("Range", ""))
        body = str(len(asked)).encode() * 300_000
        start = int(asked[-1].removeprefix("bytes=").rstrip("-") or 0)
        span = {"Content-Range": f"bytes {start}-299999/300000"} if asked[-1] else {}
        return web.Response(status=206 if span else 200, headers=span, body=body[start:])

    order = {"location": await backend(changing)}
    dataset = (await pair.provider.call("POST", "/datasets", order))["id"]
    agreement = await pair.agreement(dataset)
    receiver.breaks, receiver.kept = 1, b""
    begin = {"agreement": agreement, "push_to": receiver.url}
    transfer = await pair.consumer.call("POST", "/transfers", begin)
    await pair.consumer.settled(f"/transfers/{transfer['pid']}", "COMPLETED")
    assert asked == ["", "bytes=100000-", ""]
    assert receiver.bodies == [b"3" * 300_000]


async def test_what_an_api_packs_whatever_is_asked_for_is_pushed_unpacked(
    pair: Pair, backend: Any
) -> None:
    async def packed(_: web.Request) -> web.Response:
        fields = {"Content-Encoding": "gzip"}
        return web.Response(body=gzip.compress(CONTENT.encode()), headers=fields)

    order = {"location": await backend(packed)}
    dataset = (await pair.provider.call("POST", "/datasets", order))["id"]
    begin = {"agreement": await pair.agreement(dataset), "push": True}
    transfer = await pair.consumer.call("POST", "/transfers", begin)
    await pair.consumer.settled(f"/transfers/{transfer['pid']}", "COMPLETED")
    path = f"/transfers/{transfer['pid']}/data"
    assert await pair.consumer.raw("GET", path) == (200, CONTENT.encode())


async def test_the_whole_anew_where_the_rest_is_not_taken(pair: Pair, receiver: Receiver) -> None:
    receiver.breaks, receiver.kept, receiver.statuses = 1, b"", [409]
    transfer = await begun(pair, push_to=receiver.url)
    await pair.consumer.settled(f"/transfers/{transfer['pid']}", "COMPLETED")
    assert [one[0] for one in receiver.requests] == ["POST", "HEAD", "PATCH", "POST"]
    assert receiver.bodies == [CONTENT.encode()]


async def test_brought_to_a_file(pair: Pair, tmp_path: Path) -> None:
    dataset = await pair.publish(CONTENT)
    key = (pair.consumer.path / "manage.key").read_text()
    async with Client(pair.consumer.manage_url, key) as client:
        wanted = Wanted(node=pair.provider.did, dataset=dataset, push=True)
        done = await download(client, wanted, tmp_path / "rice.csv", tmp_path)
    assert done.proven
    assert (tmp_path / "rice.csv").read_text() == CONTENT


@pytest.mark.parametrize("status", [401, 404, 302])
async def test_refused_by_the_receiver(pair: Pair, receiver: Receiver, status: int) -> None:
    receiver.statuses = [status]
    transfer = await begun(pair, "a,b\n", push_to=receiver.url)
    done = await pair.consumer.settled(f"/transfers/{transfer['pid']}", "TERMINATED")
    assert str(status) in done["reason"][0]


async def test_an_address_that_the_provider_does_not_call(make_node: MakeNode) -> None:
    pair = Pair(make_node("provider"), make_node("consumer"))
    await asyncio.gather(pair.provider.start(), pair.consumer.start())
    transfer = await begun(pair, "a,b\n", push_to="http://192.168.3.4:1/in")
    done = await pair.consumer.settled(f"/transfers/{transfer['pid']}", "TERMINATED")
    assert "not one that this node calls" in done["reason"][0]
    assert "192.168" not in done["reason"][0]


@pytest.mark.parametrize(
    "push_to", ["ftp://localhost/in", "http://u:p@localhost/in", "localhost", "http://"]
)
async def test_no_address(pair: Pair, push_to: str) -> None:
    with pytest.raises(Refused) as caught:
        await begun(pair, push_to=push_to)
    assert caught.value.status == 400


async def test_survives_the_death_of_the_provider(pair: Pair, receiver: Receiver) -> None:
    receiver.statuses = [503] * 2
    transfer = await begun(pair, push_to=receiver.url)
    async with asyncio.timeout(30):
        while not receiver.requests:
            await asyncio.sleep(0.01)
    await pair.provider.kill()
    await pair.provider.start()
    await pair.consumer.settled(f"/transfers/{transfer['pid']}", "COMPLETED")
    assert receiver.bodies == [CONTENT.encode()]


async def test_suspended_and_resumed(pair: Pair, receiver: Receiver) -> None:
    receiver.statuses = [503] * 20
    transfer = await begun(pair, push_to=receiver.url)
    path = f"/transfers/{transfer['pid']}"
    await pair.consumer.settled(path, "STARTED")
    await pair.consumer.call("POST", f"{path}/suspension", {"reason": "lunch"})
    await pair.consumer.settled(path, "SUSPENDED")
    receiver.statuses = []
    await pair.consumer.call("POST", f"{path}/start", {})
    await pair.consumer.settled(path, "COMPLETED")
    assert receiver.bodies == [CONTENT.encode()]


class Inbox:
    """The place that a consumer's node has opened, and its token: as its provider knows them."""

    def __init__(self, pair: Pair, pid: str) -> None:
        record = next(one for one in pair.consumer.records("transfer") if one.pid == pid)
        address = record.data_address
        values = {one["name"]: one["value"] for one in address["endpointProperties"]}
        self.url = address["endpoint"]
        self.headers = {"Authorization": f"Bearer {values['authorization']}"}

    async def send(self, method: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                method, self.url, data=body or None, headers={**self.headers, **fields}
            ) as response,
        ):
            return response.status, response.headers


@pytest.fixture
async def inbox(pair: Pair) -> Inbox:
    """A place in the consumer's inbox; its provider is suspended before anything comes."""
    agreement = await pair.agreement(await pair.publish("a,b\n"))
    await pair.provider.kill()
    order = {"agreement": agreement, "push": True}
    transfer = await pair.consumer.call("POST", "/transfers", order)
    return Inbox(pair, transfer["pid"])


async def test_the_inbox_goes_on_from_where_it_is(inbox: Inbox) -> None:
    half, rest = b"x" * 300_000, b"y" * 100_000
    status, headers = await inbox.send("HEAD")
    assert (status, headers["Upload-Offset"], headers["Upload-Complete"]) == (204, "0", "?0")

    async def broken() -> AsyncIterator[bytes]:
        yield half
        raise ConnectionResetError

    async with aiohttp.ClientSession() as session:
        with pytest.raises((aiohttp.ClientError, ConnectionResetError)):
            await session.post(inbox.url, data=broken(), headers=inbox.headers)
    async with asyncio.timeout(10):
        while (await inbox.send("HEAD"))[1]["Upload-Offset"] != "300000":
            await asyncio.sleep(0.01)
    assert (await inbox.send("PATCH", rest))[0] == 400
    assert (await inbox.send("PATCH", rest, Upload_Offset="5"))[0] == 409
    status, headers = await inbox.send("PATCH", rest, Upload_Offset="300000")
    assert (status, headers["Upload-Offset"], headers["Upload-Complete"]) == (204, "400000", "?1")
    assert (await inbox.send("POST", b"other"))[0] == 409
    assert (await inbox.send("PATCH", rest, Upload_Offset="300000"))[0] == 409
    assert (await inbox.send("POST", half + rest))[0] == 204


async def test_the_inbox_lets_nobody_else_in(inbox: Inbox) -> None:
    good = inbox.headers["Authorization"]
    for bad in ("", "Bearer x", good.lower(), good + "x", good[:-1]):
        inbox.headers = {"Authorization": bad}
        for method in ("HEAD", "POST", "PUT", "PATCH"):
            assert (await inbox.send(method, b"x"))[0] == 401
    inbox.headers, inbox.url = {"Authorization": good}, inbox.url + "x"
    assert (await inbox.send("POST", b"x"))[0] == 401


async def test_what_came_is_what_was_promised(inbox: Inbox) -> None:
    promise = "sha-256=:" + "A" * 43 + "=:"
    status, _ = await inbox.send("POST", b"x", Repr_Digest=promise)
    assert status == 400
    assert (await inbox.send("POST", b"x", Content_Encoding="gzip"))[0] == 400
    assert (await inbox.send("HEAD"))[1]["Upload-Offset"] == "0"


async def test_the_inbox_is_bounded(make_node: MakeNode) -> None:
    limit = "\n[data]\nresponse_bytes = 1000\n"
    pair = Pair(make_node("provider"), make_node("consumer", extra=limit))
    await asyncio.gather(pair.provider.start(), pair.consumer.start())
    transfer = await begun(pair, "x" * 1001, push=True)
    done = await pair.consumer.settled(f"/transfers/{transfer['pid']}", "TERMINATED")
    assert "413" in done["reason"][0]
    assert list((pair.consumer.path / "inbox").glob("*")) == []
