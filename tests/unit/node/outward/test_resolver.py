from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from faifo import clock
from faifo.dataplane.addresses import LOOPBACK
from faifo.dataplane.egress import Egress, open_session
from faifo.errors import MalformedMessageError, PeerError, UnreachableError
from faifo.node.outward.outgoing import Outgoing
from faifo.node.outward.resolver import WebResolver
from faifo.node.outward.sources import Sources


class Host:
    """A DID host that counts."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status = 200
        self.padding = 0
        self.port = 0

    def did(self, *path: str) -> str:
        return ":".join((f"did:web:localhost%3A{self.port}", *path))

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request.path)
        await asyncio.sleep(0)
        path = request.path.strip("/").split("/")[:-1]
        did = self.did(*(() if path == [".well-known"] else path))
        text = json.dumps({"id": did, "alsoKnownAs": ["x" * self.padding]})
        return web.Response(status=self.status, text=text)


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    it = Host()
    runner = web.ServerRunner(web.Server(it.serve))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    it.port = runner.addresses[0][1]
    yield it
    await runner.cleanup()


@pytest.fixture
async def outgoing() -> AsyncIterator[Outgoing]:
    async with open_session(Egress(allowed_networks=LOOPBACK)) as session:
        yield Outgoing(session, seconds=2)


def _resolver(outgoing: Outgoing, **changes: Any) -> WebResolver:
    settings = {"allow_http": True, "memory": timedelta(minutes=1), **changes}
    return WebResolver(Sources(outgoing), **settings)


async def test_ten_askers_at_once_make_one_fetch(host: Host, outgoing: Outgoing) -> None:
    resolver = _resolver(outgoing)
    found = await asyncio.gather(*(resolver.resolve(host.did()) for _ in range(10)))
    assert {document.id for document in found} == {host.did()}
    assert host.asked == ["/.well-known/did.json"]


async def test_a_document_is_remembered_for_a_while(host: Host, outgoing: Outgoing) -> None:
    resolver = _resolver(outgoing)
    await resolver.resolve(host.did())
    await resolver.resolve(host.did())
    await resolver.resolve(host.did(), fresh=True)
    assert len(host.asked) == 1, "also a fresh one, when it is younger than a few seconds"
    forgetful = _resolver(outgoing, memory=timedelta())
    await forgetful.resolve(host.did())
    await forgetful.resolve(host.did())
    assert len(host.asked) == 3


async def test_who_asks_for_a_document_of_now_gets_one(host: Host, outgoing: Outgoing) -> None:
    resolver = _resolver(outgoing)
    await resolver.resolve(host.did())
    await resolver.resolve(host.did(), since=clock.now())
    assert len(host.asked) == 2
    await resolver.resolve(host.did())
    assert len(host.asked) == 2


async def test_one_that_came_when_our_clock_was_ahead_is_fetched_again(
    host: Host, outgoing: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolver, ahead = _resolver(outgoing), clock.now() + timedelta(minutes=10)
    with monkeypatch.context() as wrong:
        wrong.setattr(clock, "now", lambda: ahead)
        await resolver.resolve(host.did())
    await resolver.resolve(host.did())
    await resolver.resolve(host.did())
    assert len(host.asked) == 2


async def test_a_failure_is_not_remembered(host: Host, outgoing: Outgoing) -> None:
    resolver = _resolver(outgoing)
    host.status = 500
    with pytest.raises(UnreachableError, match=r"did\.json answered 500"):
        await resolver.resolve(host.did())
    host.status = 200
    assert (await resolver.resolve(host.did())).id == host.did()


async def test_the_did_decides_the_path(host: Host, outgoing: Outgoing) -> None:
    document = await _resolver(outgoing).resolve(host.did("faifo", "a"))
    assert document.id == host.did("faifo", "a")
    assert host.asked == ["/faifo/a/did.json"]


async def test_an_asker_who_goes_away_takes_nothing_from_the_others(
    host: Host, outgoing: Outgoing
) -> None:
    resolver = _resolver(outgoing)
    first = asyncio.create_task(resolver.resolve(host.did()))
    second = asyncio.create_task(resolver.resolve(host.did()))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).id == host.did()


async def test_plain_http_is_only_for_who_allows_it(host: Host, outgoing: Outgoing) -> None:
    with pytest.raises(UnreachableError):
        await _resolver(outgoing, allow_http=False).resolve(host.did())
    assert host.asked == []


@pytest.mark.parametrize("did", ["did:key:z6Mk", "did:web:127.0.0.1%3A80", "did:web:", "x"])
async def test_what_is_no_did_web_is_not_fetched(outgoing: Outgoing, did: str) -> None:
    with pytest.raises(MalformedMessageError):
        await _resolver(outgoing).resolve(did)


async def test_a_document_has_its_bound_and_any_media_type(host: Host, outgoing: Outgoing) -> None:
    host.padding = 60_000  # served as text/plain
    assert (await _resolver(outgoing).resolve(host.did())).id == host.did()
    host.padding = 70_000
    with pytest.raises(PeerError, match="over 65536 bytes"):
        await _resolver(outgoing).resolve(host.did())
