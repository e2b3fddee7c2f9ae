"""Tokens that must not open anything, each beside the genuine one that does."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from harness import CONTEXT, Peer, base64url
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

CATALOG = {"@context": [CONTEXT], "@type": "CatalogRequestMessage"}


def _tampered(peer: Peer, audience: str) -> str:
    genuine = peer.token(audience)
    header, _, signature = genuine.split(".")
    claims = jwt.decode(genuine, options={"verify_signature": False})
    other = jwt.encode({**claims, "exp": claims["exp"] + 1}, "x" * 32).split(".")[1]
    return f"{header}.{other}.{signature}"


def _unsigned(peer: Peer, audience: str) -> str:
    header = base64url(b'{"alg":"none","typ":"JWT","kid":"%s#k1"}' % peer.did.encode())
    return f"{header}.{peer.token(audience).split('.')[1]}."


def _hmac_with_public_key(peer: Peer, audience: str) -> str:
    """The old confusion: the public key's bytes as the secret of an HMAC."""
    secret = peer.document["verificationMethod"][0]["publicKeyJwk"]["x"]
    return peer.token(audience, key=secret, algorithm="HS256")


def _with_own_jwk(peer: Peer, audience: str) -> str:
    other = ec.generate_private_key(ec.SECP256R1())
    jwk = {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}
    return peer.token(audience, key=other, headers={"jwk": jwk})


Forgery = Callable[[Peer, str], str]

FORGERIES: list[Any] = [
    pytest.param(
        _tampered, "the signature was not made with the key", id="claims changed after signing"
    ),
    pytest.param(_unsigned, "alg is 'none'", id="alg none without signature"),
    pytest.param(_hmac_with_public_key, "alg is 'HS256'", id="alg swapped to HMAC"),
    pytest.param(_with_own_jwk, "the header holds jwk", id="key brought along in the header"),
    pytest.param(
        lambda peer, audience: peer.token(audience, key=ec.generate_private_key(ec.SECP256R1())),
        "the signature was not made with the key",
        id="signed by another key",
    ),
    pytest.param(
        lambda peer, _: peer.token("did:web:somebody.example"),
        "step 2",
        id="made for another audience",
    ),
    pytest.param(
        lambda peer, audience: peer.token(audience, iss="did:web:somebody.example"),
        "step 1",
        id="issuer is not the subject",
    ),
    pytest.param(
        lambda peer, audience: peer.token(
            audience, iat=int(time.time()) - 900, exp=int(time.time()) - 60
        ),
        "the token expired at",
        id="expired a minute ago",
    ),
    pytest.param(
        lambda peer, audience: peer.token(audience, nbf=int(time.time()) + 120),
        "not valid before",
        id="not valid yet",
    ),
    pytest.param(
        lambda peer, audience: peer.token(audience, exp=int(time.time()) + 90_000),
        "valid for",
        id="valid for a day",
    ),
    pytest.param(lambda peer, audience: peer.token(audience, jti=None), "jti is None", id="no jti"),
    pytest.param(lambda peer, audience: peer.token(audience, exp=None), "exp is None", id="no exp"),
    pytest.param(
        lambda peer, audience: peer.token(audience, headers={"kid": f"{peer.did}#k2"}),
        "#k2",
        id="a key that the document does not list",
    ),
    pytest.param(lambda *_: "not.a.token", "cannot be read", id="no token at all"),
    pytest.param(lambda *_: "a" * 9000, "longer than 8192", id="a token of 9 kB"),
]


@pytest.mark.parametrize(("forge", "why"), FORGERIES)
async def test_a_forged_token_is_refused_for_its_own_reason(
    there: World, forge: Forgery, why: str, turned_away: Any
) -> None:
    node, friend = there.node, there.friend
    genuine = await friend.call(node, "POST", "/catalog/request", CATALOG)
    assert genuine.status == 200

    forged = forge(friend, node.did)
    answer = await friend.call(node, "POST", "/catalog/request", CATALOG, token=forged)
    assert answer.status == 401
    assert answer.json["@type"] == "CatalogError"
    assert answer.json["code"] == "not-proven"
    assert answer.reason == turned_away.HEARD
    assert why in turned_away.why
    assert forged not in answer.body.decode()

    again = await friend.call(node, "POST", "/catalog/request", CATALOG)
    assert again.status == 200


async def test_a_token_counts_once(there: World) -> None:
    token = there.friend.token(there.node.did)
    first = await there.friend.call(there.node, "POST", "/catalog/request", CATALOG, token=token)
    second = await there.friend.call(there.node, "POST", "/catalog/request", CATALOG, token=token)
    assert (first.status, second.status) == (200, 401)
    assert second.reason == "DCP 1.0 §4.3.3 step 6: the token was used before (jti)"


SPENDERS: list[Any] = [
    pytest.param("POST", "/catalog/request", b"{", 400, id="malformed catalog request"),
    pytest.param(
        "POST", "/catalog/request", {**CATALOG, "filter": [{"a": 1}]}, 400, id="refused filter"
    ),
    pytest.param("GET", "/catalog/datasets/nothing", None, 404, id="unknown dataset"),
    pytest.param("POST", "/negotiations/request", b"[]", 400, id="malformed first request"),
    pytest.param("GET", "/negotiations/nothing", None, 404, id="unknown negotiation"),
    pytest.param("POST", "/negotiations/nothing/events", b"{}", 400, id="malformed event"),
    pytest.param("POST", "/transfers/request", b"{}", 400, id="malformed transfer request"),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), SPENDERS)
async def test_a_token_is_used_up_by_a_request_that_fails_for_another_reason(
    there: World, method: str, path: str, body: Any, status: int
) -> None:
    token = there.friend.token(there.node.did)
    failed = await there.friend.call(there.node, method, path, body, token=token)
    assert failed.status == status
    replay = await there.friend.call(there.node, "POST", "/catalog/request", CATALOG, token=token)
    assert replay.status == 401
    assert "used before" in replay.reason


async def test_a_forged_token_does_not_use_up_the_id_of_the_genuine_one(there: World) -> None:
    jti = uuid.uuid4().hex
    other = ec.generate_private_key(ec.SECP256R1())
    forged = there.friend.token(there.node.did, jti=jti, key=other)
    genuine = there.friend.token(there.node.did, jti=jti)
    first = await there.friend.call(there.node, "POST", "/catalog/request", CATALOG, token=forged)
    second = await there.friend.call(there.node, "POST", "/catalog/request", CATALOG, token=genuine)
    assert (first.status, second.status) == (401, 200)


async def test_a_stranger_is_refused_and_nothing_is_fetched_from_it(
    there: World, turned_away: Any
) -> None:
    answer = await there.stranger.call(there.node, "POST", "/catalog/request", CATALOG)
    assert answer.status == 401
    assert answer.reason == turned_away.HEARD
    assert turned_away.why == f"trust: {there.stranger.did} is not in this node's trust file"
    assert there.stranger.documents_served == 0


@pytest.mark.parametrize(
    ("header", "why"),
    [
        pytest.param(None, "there is no Authorization: Bearer token", id="no header"),
        pytest.param("", "there is no Authorization: Bearer token", id="empty header"),
        pytest.param("Basic YTpi", "there is no Authorization: Bearer token", id="basic"),
        pytest.param("Bearer", "there is no Authorization: Bearer token", id="scheme alone"),
        pytest.param("Bearer " + "\u00e4", "1 parts between dots", id="not ASCII"),
    ],
)
async def test_without_a_token_there_is_no_catalog(
    there: World, header: str | None, why: str, turned_away: Any
) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = await there.friend.call(
        there.node, "POST", "/catalog/request", CATALOG, token=None, headers=headers
    )
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.reason == turned_away.HEARD
    assert why in turned_away.why


@pytest.mark.parametrize(("ahead", "status"), [(20, 200), (-20, 200), (60, 401)])
async def test_a_clock_ahead_is_borne_for_thirty_seconds(
    there: World, ahead: int, status: int, turned_away: Any
) -> None:
    now = int(time.time()) + ahead
    token = there.friend.token(there.node.did, iat=now, exp=now + 300)
    answer = await there.friend.call(there.node, "POST", "/catalog/request", CATALOG, token=token)
    assert answer.status == status
    if status == 401:
        assert answer.reason == turned_away.HEARD
        assert "the token was issued at" in turned_away.why
        assert turned_away.why.endswith("compare the clocks of both nodes")
