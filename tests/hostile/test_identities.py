"""DID hosts that lie, redirect, hang or flood; the same request with a genuine one passes."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from harness import CONTEXT, Peer, free_port, peer, running, write_node
from world import World, world

from faifo.node.http.public.wellknown import CREDENTIAL_SERVICE_PATH

pytestmark = pytest.mark.asyncio(loop_scope="module")

CATALOG = {"@context": [CONTEXT], "@type": "CatalogRequestMessage"}


async def _redirecting(request: web.Request) -> web.Response:
    raise web.HTTPFound("/elsewhere.json")


async def _missing(request: web.Request) -> web.Response:
    raise web.HTTPNotFound


async def _huge(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    try:
        while True:
            await response.write(b" " * 65536)
    except (ConnectionError, OSError):
        return response


async def _hanging(request: web.Request) -> web.Response:
    await asyncio.sleep(30)
    return web.Response()


def _document(change: Any) -> Any:
    def handler(it: Peer) -> Any:
        async def answer(_: web.Request) -> web.Response:
            return web.json_response(change(it))

        return answer

    return handler


def _changed(**members: Any) -> Any:
    return _document(lambda it: {**it.did_document(), **members})


LIARS: list[Any] = [
    pytest.param(lambda _: _redirecting, 401, "answered 302; expected 200", id="redirects"),
    pytest.param(lambda _: _missing, 401, "answered 404; expected 200", id="has none"),
    pytest.param(lambda _: _huge, 401, "an answer over", id="sends a document without end"),
    pytest.param(lambda _: _hanging, 504, "no answer in 1", id="hangs"),
    pytest.param(_changed(id="did:web:example.org"), 401, "has the id", id="another DID's"),
    pytest.param(_changed(capabilityInvocation=[]), 401, "capabilityInvocation", id="unlisted key"),
    pytest.param(_changed(verificationMethod=[]), 401, "#k1", id="no keys"),
    pytest.param(
        _document(lambda it: it.did_document(key=ec.generate_private_key(ec.SECP256R1()))),
        401,
        "the signature was not made with the key",
        id="another key",
    ),
    pytest.param(_document(lambda _: [1]), 401, "cannot be read", id="not an object"),
    pytest.param(_document(lambda _: "x"), 401, "cannot be read", id="a text"),
]


@pytest.mark.parametrize(("liar", "status", "why"), LIARS)
async def test_a_did_host_that_does_not_tell_the_truth_proves_nothing(
    tmp_path: Any, liar: Any, status: int, why: str, turned_away: Any
) -> None:
    async with world(tmp_path, egress={"timeout_seconds": 1}) as there:
        friend = there.friend
        good = await there.rival.call(there.node, "POST", "/catalog/request", CATALOG)
        assert good.status == 200
        friend.handlers["/.well-known/did.json"] = liar(friend)
        begun = time.monotonic()
        answer = await friend.call(there.node, "POST", "/catalog/request", CATALOG)
        assert time.monotonic() - begun < 5
        assert (answer.status, answer.json["@type"]) == (status, "CatalogError")
        # Only that its own document cannot be had is told to a partner: his to mend.
        if status == 504 or "DID resolution" in answer.reason:
            assert why in answer.reason
        else:
            assert answer.reason == turned_away.HEARD
            assert why in turned_away.why
        assert len(answer.body) < 2048


async def test_forged_tokens_do_not_make_the_node_fetch_again_and_again(there: World) -> None:
    friend = there.friend
    assert (await friend.call(there.node, "POST", "/catalog/request", CATALOG)).status == 200
    before = friend.documents_served
    other = ec.generate_private_key(ec.SECP256R1())
    for _ in range(20):
        token = friend.token(there.node.did, key=other)
        answer = await friend.call(there.node, "POST", "/catalog/request", CATALOG, token=token)
        assert answer.status == 401
    assert friend.documents_served - before <= 1


async def test_a_private_did_host_is_not_called_when_egress_forbids_it(
    tmp_path: Any, turned_away: Any
) -> None:
    async with peer() as friend:
        trusted = {"friend": friend.did}
        port = free_port()
        path = write_node(tmp_path / "node", port=port, trusted=trusted, egress={"allow": []})
        async with running(path) as node:
            answer = await friend.call(node, "POST", "/catalog/request", CATALOG)
            assert answer.status == 401
            assert answer.reason == turned_away.HEARD
            assert "only public addresses are allowed" in turned_away.why
            assert friend.documents_served == 0
        # The same directory, with loopback allowed.
        write_node(path, port=port, trusted=trusted)
        async with running(path) as node:
            answer = await friend.call(node, "POST", "/catalog/request", CATALOG)
            assert answer.status == 200


async def test_a_token_counts_once_across_a_restart_and_two_stores(tmp_path: Any) -> None:
    from datetime import timedelta

    from faifo import clock
    from faifo.errors import NotProvenError
    from faifo.node.membership.authentication import Participant, claim
    from faifo.store.records import Proof, TokenUse
    from faifo.store.sqlite.store import open_store

    async with peer() as friend:
        path = write_node(tmp_path / "node", port=free_port(), trusted={"friend": friend.did})
        async with running(path) as node:
            token = friend.token(node.did)
            args = ("POST", "/catalog/request", CATALOG)
            assert (await friend.call(node, *args, token=token)).status == 200
        async with running(path) as node:
            answer = await friend.call(node, *args, token=token)
            assert answer.status == 401
            assert answer.reason.endswith("the token was used before (jti)")
            assert (await friend.call(node, *args)).status == 200

        use = TokenUse(did=friend.did, jti="shared", expires=clock.now() + timedelta(hours=1))
        caller = Participant(did=friend.did, proof=Proof(did=friend.did), use=use)
        one, two = [await open_store(path / "faifo.db") for _ in range(2)]
        try:
            outcomes = await asyncio.gather(
                *(store.run(lambda tx: claim(tx, caller)) for store in (one, two) * 8),
                return_exceptions=True,
            )
        finally:
            await one.close()
            await two.close()
        assert outcomes.count(None) == 1
        assert sum(isinstance(outcome, NotProvenError) for outcome in outcomes) == 15


@pytest.mark.parametrize("path", ["/presentations/query", "/credentials", "/offers"])
async def test_a_node_without_credentials_has_no_credential_service(
    there: World, path: str
) -> None:
    """Nobody is looked up because of a call to a door that is not used."""
    async with peer() as caller:
        url = f"{there.node.url}{CREDENTIAL_SERVICE_PATH}{path}"
        headers = {"Authorization": f"Bearer {caller.token(there.node.did)}"}
        async with caller.client.post(url, json={}, headers=headers) as answer:
            assert answer.status == 404
            body = await answer.json()
    assert body["reason"] == ["no service in use 'CredentialService' here"]
    assert caller.documents_served == 0
