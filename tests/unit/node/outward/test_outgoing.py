from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web

from faifo.dataplane.addresses import LOOPBACK
from faifo.dataplane.egress import Egress, open_session
from faifo.errors import PeerError, RefusedError, UnreachableError
from faifo.node.outward.outgoing import ANSWER_LIMIT, Outgoing

WHO = "did:web:peer.example"


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Any], Any]]:
    runners = []

    async def start(handler: Any) -> str:
        runner = web.ServerRunner(web.Server(handler))
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://localhost:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def outgoing() -> AsyncIterator[Outgoing]:
    async with open_session(Egress(allowed_networks=LOOPBACK)) as session:
        yield Outgoing(session, seconds=1)


async def test_an_answer_of_any_status_is_returned(serve: Any, outgoing: Outgoing) -> None:
    async def handler(request: web.BaseRequest) -> web.Response:
        body = await request.read()
        text = f"{request.method} {request.content_type} {body.decode()}"
        return web.Response(status=418, text=text, headers={"X-Mixed": "y"})

    answer = await outgoing.post(await serve(handler) + "/x", b"{}", who=WHO, headers={})
    assert (answer.status, answer.body) == (418, b"POST application/json {}")
    assert answer.headers["x-mixed"] == "y"


async def test_what_is_encoded_goes_out_as_it_is(serve: Any, outgoing: Outgoing) -> None:
    paths = []

    async def handler(request: web.BaseRequest) -> web.Response:
        paths.append(request.raw_path)
        return web.Response()

    root = await serve(handler)
    for path in ("/a/%2E%2E/b", "/a%2Fb", "/%41?x=%2F", "/a b"):
        await outgoing.get(root + path, who=WHO)
    assert paths == ["/a/%2E%2E/b", "/a%2Fb", "/%41?x=%2F", "/a%20b"]


async def test_redirects_are_answers(serve: Any, outgoing: Outgoing) -> None:
    async def handler(_: web.BaseRequest) -> web.Response:
        return web.Response(status=307, headers={"Location": "http://localhost:1/"})

    assert (await outgoing.get(await serve(handler), who=WHO)).status == 307


async def test_an_answer_without_end_is_cut_off(serve: Any, outgoing: Outgoing) -> None:
    sent = 0

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while sent < 100 * ANSWER_LIMIT:
                await response.write(b" " * 65536)
                sent += 65536
        except OSError:
            pass
        return response

    with pytest.raises(PeerError) as refused:
        await outgoing.get(await serve(handler), who=WHO)
    assert str(refused.value) == f"{WHO} answered 200: an answer over {ANSWER_LIMIT} bytes"
    # What is in the buffers of both ends was sent, too.
    assert sent < 50 * ANSWER_LIMIT


async def test_silence_and_broken_connections_are_unreachable(
    serve: Any, outgoing: Outgoing
) -> None:
    never = asyncio.Event()

    async def silent(_: web.BaseRequest) -> web.Response:
        await never.wait()
        return web.Response()

    async def broken(request: web.BaseRequest) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    for url, why in (
        (await serve(silent), "no answer in 1 s"),
        (await serve(broken), "the connection broke"),
        ("http://nowhere.invalid/", "the name does not resolve"),
        ("http://localhost:1/", "Connection refused"),
    ):
        with pytest.raises(UnreachableError) as failed:
            await outgoing.get(url, who=WHO)
        assert str(failed.value).startswith(f"{WHO} cannot be reached: ")
        assert why in str(failed.value) or "Connect call failed" in str(failed.value)
    never.set()  # the server is not closed before its handlers have ended


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1/", "127.0.0.1 is at 127.0.0.1, a loopback address"),
        ("http://10.0.0.1/", "a private address"),
        ("http://169.254.169.254/", "a link-local address"),
        ("http://[::ffff:10.0.0.1]/", "a private address"),
        ("http://2130706433/", "its address is not one that can be called"),
        ("ftp://example.org/", "its address is not one that can be called"),
        ("http:///x", "its address is not one that can be called"),
    ],
)
async def test_forbidden_addresses_are_refused_for_good(url: str, why: str) -> None:
    async with open_session(Egress()) as session:
        with pytest.raises(RefusedError) as refused:
            await Outgoing(session, seconds=1).get(url, who=WHO)
    assert str(refused.value).startswith(f"a call to {WHO} refused: ")
    assert why in str(refused.value)
