"""A flood of strangers: what they make a node ask others is bounded, and partners are served."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from impostor import Impostor

from faifo import clock, ids
from faifo.node.custody.trust_file import TrustedIssuer
from faifo.trust import self_issued
from faifo.trust.keys import KeyPurpose
from people import admit, publish


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


LIMITS = {"strangers_per_host": 10, "strangers_at_once": 4, "failure_cache_seconds": 5}


class Victim:
    """A host that somebody wants this node to call; `open` lets its answers go."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked: list[str] = []
        self.open = asyncio.Event()
        self.open.set()

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request.path)
        await self.open.wait()
        return web.Response(status=404)

    def named(self, peer: Impostor, audience: str, number: int) -> str:
        """Return a token in the name of a DID at this host."""
        did = f"did:web:localhost%3A{self.port}:x{number}"
        now = clock.now()
        key = peer.keys[KeyPurpose.TOKEN]
        forged = type(key)(
            id=f"{did}#token", purpose=key.purpose, created=key.created, private_key=key.private_key
        )
        return self_issued.issue(
            key=forged, did=did, audience=audience, jti=ids.new_urn(now), now=now, access_token="t"
        )


@pytest.fixture
async def victim(port: int):
    it = Victim(port)
    server = TestServer(_raw(it), host="127.0.0.1", port=port)
    await server.start_server()
    yield it
    it.open.set()
    await server.close()


def _raw(victim: Victim) -> web.Application:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", victim.serve)
    return app


@pytest.fixture
async def met(town: Any, believe: Any):
    """An authority, and two members of which one has dealt with the other and started again."""
    authority = await town.node("authority", authority=True)
    provider = await town.node("provider", trusts=[believe(authority)], trust=LIMITS)
    consumer = await town.node("consumer", trusts=[believe(authority)])
    for member in (provider, consumer):
        await admit(authority, member, name=member.settings.node.name)
    name = await publish(provider)
    await consumer.client.negotiate(provider.did, name)
    path = provider.directory.path
    await town.down(provider)
    return await town.serve(path), consumer


async def flood(victim: Victim, node: Any, count: int, start: int = 0) -> list[tuple[int, str]]:
    peer = Impostor(0)
    tokens = [victim.named(peer, node.did, start + number) for number in range(count)]
    return await asyncio.gather(*(peer.call(node, token) for token in tokens))


async def test_a_flood_makes_few_calls_and_a_partner_is_served_meanwhile(victim: Any, met: Any):
    provider, consumer = met
    got: list[tuple[int, str]] = []
    for number in range(10):
        got += await flood(victim, provider, 20, start=20 * number)
    assert len(victim.asked) == LIMITS["strangers_per_host"]
    assert {status for status, _ in got} == {504, 429}
    told = [reason for status, reason in got if status == 429]
    assert len(told) >= 190
    host = [reason for reason in told if " of localhost " in reason]
    assert host[-1].startswith(
        "this node looks at no more than 10 callers a minute of localhost that it has not met;"
        " come again in "
    )
    # Its memory is empty: that it has met the consumer stands in its books.
    assert await consumer.client.catalog(provider.did)


async def test_hosts_that_do_not_answer_hold_few_places_and_no_partner_up(victim: Any, met: Any):
    provider, consumer = met
    victim.open.clear()
    waiting = asyncio.create_task(flood(victim, provider, 20))
    while len(victim.asked) < LIMITS["strangers_at_once"]:
        await asyncio.sleep(0.01)
    assert await consumer.client.catalog(provider.did)
    assert len(victim.asked) == LIMITS["strangers_at_once"]
    victim.open.set()
    got = await waiting
    busy = "this node looks at no more than 4 callers that it has not met; come again in 1 s"
    assert [reason for status, reason in got if status == 429] == [busy] * 16


async def test_a_did_without_a_document_is_asked_for_once(victim: Any, met: Any, turned_away: Any):
    provider, _ = met
    peer = Impostor(0)
    for _ in range(10):
        got = await peer.call(provider, victim.named(peer, provider.did, 1))
        assert got == (504, turned_away.NOT_HAD)
        assert turned_away.why.endswith("/x1/did.json answered 404; expected 200")
    assert len(victim.asked) == 1


async def test_a_stranger_cannot_aim_this_node_at_somebody_by_his_wallet(
    victim: Any, met: Any, free: int, turned_away: Any
):
    provider, _ = met
    stranger = Impostor(free)
    stranger.wallet = f"http://localhost:{victim.port}"
    async with TestServer(stranger.app(), host="127.0.0.1", port=stranger.port):
        for _ in range(10):
            assert await stranger.call(provider) == (504, turned_away.NOT_HAD)
    wallet = f"DCP 1.0 §5.4: the Credential Service of {stranger.did} answered 404"
    assert set(turned_away.whys) == {wallet}
    assert victim.asked == ["/presentations/query"]


async def test_the_wallet_and_the_desk_are_bounded_alike(victim: Any, town: Any):
    authority = await town.node("authority", authority=True, trust=LIMITS)
    peer = Impostor(0)
    urls = [
        f"{authority.settings.node.public_url}/dcp/1.0/{path}"
        for path in ("holder/presentations/query", "issuer/credentials")
    ]
    statuses = []
    async with aiohttp.ClientSession() as session:
        for number in range(40):
            token = victim.named(peer, authority.did, number)
            headers = {"Authorization": f"Bearer {token}"}
            async with session.post(urls[number % 2], data=b"{}", headers=headers) as answer:
                statuses.append(answer.status)
    assert len(victim.asked) == LIMITS["strangers_per_host"]
    assert statuses[-30:] == [429] * 30


async def test_an_issuer_and_a_member_of_the_trust_file_are_no_strangers(victim: Any, town: Any):
    issuer = TrustedIssuer(did="did:web:localhost%3A1", types=("MembershipCredential",))
    node = await town.node("node", trusts=[issuer], trust=LIMITS)
    for number in range(5):
        await flood(victim, node, 10, start=10 * number)
    assert len(victim.asked) == LIMITS["strangers_per_host"]
    async with node.trusting.strangers.asking(issuer.did, "http://localhost/"):
        pass
    with pytest.raises(Exception, match="callers a minute of localhost"):
        async with node.trusting.strangers.asking("did:web:localhost%3A2", "http://localhost/"):
            raise AssertionError("it is let in")


def _document(status: int, **content: Any) -> Any:
    def change(stranger: Impostor) -> None:
        stranger.document_answer = lambda: web.Response(status=status, **content)

    return change


def _wallet(url: str) -> Any:
    def change(stranger: Impostor) -> None:
        stranger.wallet = url.format(stranger.url)

    return change


def _did(did: str) -> Any:
    def change(stranger: Impostor) -> None:
        stranger.did = did
        stranger.keys = {purpose: stranger.key(purpose) for purpose in stranger.keys}

    return change


# what a stranger names, and what the log says of it
NAMED: dict[str, tuple[Any, str]] = {
    "a port that is shut": (_did("did:web:localhost%3A1"), "cannot be reached"),
    "a name that is none": (_did("did:web:no.invalid"), "no.invalid"),
    "a page": (_document(200, text="<html>"), "cannot be read"),
    "nothing": (_document(404), "answered 404; expected 200"),
    "a redirect": (_document(302, headers={"Location": "http://10.0.0.1"}), "answered 302"),
    "the document of another": (
        _document(200, text='{"id": "did:web:other.example"}'), "has the id"
    ),
    "a wallet that is shut": (_wallet("http://localhost:1"), "the Credential Service of"),
    "a wallet inside": (_wallet("http://169.254.169.254/latest"), "169.254.169.254"),
    "a wallet that says no": (_wallet("{}/nowhere"), "answered 404"),
    "a wallet that is a page": (_wallet("{}/.well-known/did.json?"), "answered 405"),
}  # fmt: skip


async def test_whatever_a_stranger_names_he_learns_nothing_of_it(
    town: Any, believe: Any, turned_away: Any
):
    authority = await town.node("authority", authority=True)
    node = await town.node("node", trusts=[believe(authority)], trust={"strangers_per_host": 100})
    heard = {}
    for case, (change, why) in NAMED.items():
        stranger = Impostor(free_port())
        change(stranger)
        async with TestServer(stranger.app(), host="127.0.0.1", port=stranger.port):
            heard[case] = await stranger.call(node)
        assert why in turned_away.why, case
    assert heard == dict.fromkeys(NAMED, (504, turned_away.NOT_HAD))


async def test_whoever_proves_nothing_hears_one_sentence(town: Any, believe: Any, turned_away: Any):
    """At every door, and whether this node knows whom he says that he is or not."""
    authority = await town.node("authority", authority=True)
    member = await town.node("member", trusts=[believe(authority)])
    node = await town.node("node", trusts=[believe(authority)])
    root = node.settings.node.public_url
    forger = Impostor(free_port())
    tokens = {
        "cannot be read": "not.a.token",
        "step 2": forger.token("did:web:other.example"),
        "the signature was not made with the key": _forged(forger, member, node.did),
    }
    doors = ("dsp/2025-1/catalog/request", "dsp/2025-1/negotiations/request",
             "dcp/1.0/holder/presentations/query")  # fmt: skip
    async with aiohttp.ClientSession() as session:
        for why, token in tokens.items():
            for door in doors:
                headers = {"Authorization": f"Bearer {token}"}
                async with session.post(f"{root}/{door}", data=b"{}", headers=headers) as answer:
                    assert answer.status == 401
                    assert (await answer.json())["reason"] == [turned_away.HEARD]
                assert why in turned_away.why, (why, door)


def _forged(forger: Impostor, member: Any, audience: str) -> str:
    """Return a token in the name of `member`, with its key's id and another key."""
    key = forger.keys[KeyPurpose.TOKEN]
    its = member.keyring.signing(KeyPurpose.TOKEN)
    wrong = type(key)(
        id=its.id, purpose=key.purpose, created=key.created, private_key=key.private_key
    )
    now = clock.now()
    return self_issued.issue(
        key=wrong, did=member.did, audience=audience, jti=ids.new_urn(now), now=now
    )
