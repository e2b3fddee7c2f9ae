"""Attacks over the wire on a verifier. Each time the genuine caller is served first."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from impostor import Impostor

from faifo.node.custody.trust_file import TrustedIssuer
from faifo.trust.dcp.status_list import MAX_BYTES, MAX_ENCODED
from people import eventually

STEP = "DCP 1.0 §5.4.3 step"


@pytest.fixture
async def peer(port: int):
    made = Impostor(port)
    server = TestServer(made.app(), host="127.0.0.1", port=port)
    await server.start_server()
    yield made
    await server.close()


@pytest.fixture
async def verifier(town: Any, peer: Any):
    """A node that believes the peer as an issuer, and has served it."""
    issuer = TrustedIssuer(did=peer.did, types=("MembershipCredential",))
    node = await town.node("verifier", trusts=[issuer])
    peer.audience = node.did
    assert (await peer.call(node))[0] == 200
    return node


async def refused(peer: Any, verifier: Any, reason: str, *, status: int = 401) -> None:
    """What was proven is kept for a second; then the attack must show."""

    async def look() -> None:
        got = await peer.call(verifier)
        assert got == (status, reason)

    await eventually(look, within=4)


async def test_a_token_counts_once_across_workers_and_restarts(town: Any, peer: Any, verifier: Any):
    token, path = peer.token(verifier.did), verifier.directory.path
    assert (await peer.call(verifier, token))[0] == 200
    again = (401, "DCP 1.0 §4.3.3 step 6: the token was used before (jti)")
    assert await peer.call(verifier, token) == again
    await town.down(verifier)
    assert await peer.call(await town.serve(path), token) == again


async def test_a_token_without_an_access_token(peer: Any, verifier: Any):
    assert await peer.call(verifier, peer.token(verifier.did, access=None)) == (
        401,
        f"DCP 1.0 §4.3.1: the token of {peer.did} has no claim token to ask its wallet with",
    )


async def test_a_presentation_made_for_somebody_else(peer: Any, verifier: Any):
    peer.audience = "did:web:other.example"
    await refused(
        peer, verifier,
        f"DCP 1.0 §5.4.3 audience: aud is 'did:web:other.example'; expected '{verifier.did}'",
    )  # fmt: skip


async def test_a_wallet_at_an_address_that_must_not_be_called(town: Any, peer: Any, verifier: Any):
    path = verifier.directory.path
    await town.down(verifier)
    peer.wallet = "http://169.254.169.254/latest"
    again = await town.serve(path)  # nothing is remembered
    status, reason = await peer.call(again)
    assert status == 401
    assert reason.startswith(
        f"DCP 1.0 §5.4: a call to the Credential Service of {peer.did} refused: "
    )
    assert "169.254.169.254" in reason


async def test_a_did_document_that_leads_elsewhere(town: Any, peer: Any, verifier: Any):
    path = verifier.directory.path
    await town.down(verifier)
    again = await town.serve(path)  # nothing is remembered
    peer.document_answer = lambda: web.Response(
        status=302, headers={"Location": "http://169.254.169.254/"}
    )
    assert await peer.call(again) == (
        401,
        f"DID resolution: {peer.url}/.well-known/did.json answered 302; expected 200",
    )


async def test_a_did_document_of_somebody_else(
    town: Any, peer: Any, verifier: Any, turned_away: Any
):
    path = verifier.directory.path
    await town.down(verifier)
    again = await town.serve(path)
    body = json.dumps({"id": "did:web:other.example"})
    peer.document_answer = lambda: web.Response(text=body)
    assert await peer.call(again) == (401, turned_away.HEARD)
    assert turned_away.why == (
        f"DCP 1.0 §4.3.3 step 4: the DID document of {peer.did} has the id 'did:web:other.example'"
    )


def unsigned(peer: Any, encoded: str) -> web.Response:
    subject = {"type": "BitstringStatusList", "statusPurpose": "revocation",
               "encodedList": encoded}  # fmt: skip
    return web.json_response({"issuer": peer.did, "credentialSubject": subject})


def bomb() -> str:
    return "u" + base64.urlsafe_b64encode(gzip.compress(bytes(MAX_BYTES * 64))).decode()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(lambda p: unsigned(p, bomb()),
            f"the status list LIST unpacks to more than {MAX_BYTES} bytes", id="bomb"),
        pytest.param(lambda _: web.Response(body=b"x" * (MAX_ENCODED + 1)),
            f"the status list LIST is longer than {MAX_ENCODED} bytes", id="oversized"),
        pytest.param(lambda p: unsigned(p, "u" + base64.urlsafe_b64encode(
            gzip.compress(bytes(16384))).decode()),
            "the status list LIST is not signed", id="unsigned"),
        pytest.param(lambda _: web.Response(status=302, headers={"Location": "http://10.0.0.1"}),
            "LIST answered 302; expected 200", id="redirected"),
    ],
)  # fmt: skip
async def test_status_lists_that_are_attacks(peer: Any, verifier: Any, answer: Any, reason: str):
    peer.list_answer = lambda: answer(peer)
    await refused(peer, verifier, f"{STEP} 6: {reason}".replace("LIST", f"{peer.url}/list"))


async def test_an_authority_that_issues_outside_its_types(peer: Any, verifier: Any):
    trust = verifier.directory.trust
    trust.write_text(trust.read_text().replace("MembershipCredential", "AIAssuranceCredential"))
    assert await peer.call(verifier) == (
        401,
        f"DCP 1.0 §5.4.3 issuer: {peer.did} may issue AIAssuranceCredential here,"
        " not MembershipCredential",
    )


async def test_a_stranger_with_a_broken_token_makes_nobody_fetch(peer: Any, verifier: Any):
    before = len(peer.asked)
    status, _ = await peer.call(verifier, peer.token("did:web:other.example"))
    assert status == 401
    assert len(peer.asked) == before


async def test_the_wallet_is_not_asked_for_every_message(peer: Any, verifier: Any):
    peer.asked.clear()
    for _ in range(5):
        assert (await peer.call(verifier))[0] == 200
    assert peer.asked.count("wallet") <= 1
    assert peer.asked.count("list") <= 1
