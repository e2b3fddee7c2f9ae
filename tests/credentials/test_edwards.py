"""Members and issuers that sign with EdDSA are proven like others, and no algorithm is confused."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from edwards import Edwards

from faifo.node.custody.trust_file import TrustedIssuer
from faifo.trust.keys import KeyPurpose
from people import eventually


@pytest.fixture
async def peer(port: int):
    made = Edwards(port)
    async with TestServer(made.app(), host="127.0.0.1", port=port):
        yield made


@pytest.fixture
async def verifier(town: Any, peer: Any):
    issuer = TrustedIssuer(did=peer.did, types=("MembershipCredential",))
    node = await town.node("verifier", trusts=[issuer])
    peer.audience = node.did
    return node


async def test_token_presentation_credential_and_status_list_with_eddsa(peer: Any, verifier: Any):
    assert await peer.call(verifier) == (200, "")
    assert peer.asked == ["document", "wallet", "list"]


@pytest.mark.parametrize(
    ("purpose", "step"),
    [
        (KeyPurpose.TOKEN, "DCP 1.0 §4.3.3 step 3"),
        (KeyPurpose.PRESENTATION, "DCP 1.0 §5.4.3 step 2"),
        (KeyPurpose.CREDENTIAL, "DCP 1.0 §5.4.3 step 5"),
    ],
)
async def test_a_key_that_is_not_published_proves_nothing(
    peer: Any, verifier: Any, purpose: KeyPurpose, step: str, turned_away: Any
):
    peer.private[purpose] = Ed25519PrivateKey.generate()
    status, reason = await peer.call(verifier)
    why = f"{step}: the signature was not made with the key {peer.did}#{purpose}"
    assert status == 401
    if purpose is KeyPurpose.TOKEN:  # nothing is proven yet: the log alone has the reason
        assert (reason, why in turned_away.why) == (turned_away.HEARD, True)
    else:
        assert reason == why


async def test_an_algorithm_that_is_not_the_keys(peer: Any, verifier: Any):
    plain = peer.credential

    def confused(entry: Any) -> str:
        return peer.signed(plain(entry), KeyPurpose.CREDENTIAL, alg="ES256")

    peer.credential = confused
    assert await peer.call(verifier) == (
        401,
        f"DCP 1.0 §5.4.3 step 5: alg is 'ES256'; the key {peer.did}#credential signs with EdDSA",
    )


async def test_a_status_list_by_another_key_refuses(peer: Any, verifier: Any):
    assert (await peer.call(verifier))[0] == 200
    private = peer.private[KeyPurpose.CREDENTIAL]
    genuine = peer.credential
    peer.private[KeyPurpose.CREDENTIAL] = Ed25519PrivateKey.generate()

    def credential(entry: Any) -> str:
        forger = peer.private[KeyPurpose.CREDENTIAL]
        peer.private[KeyPurpose.CREDENTIAL] = private
        try:
            return genuine(entry)
        finally:
            peer.private[KeyPurpose.CREDENTIAL] = forger

    peer.credential = credential

    async def refused() -> None:
        assert await peer.call(verifier) == (
            401,
            f"DCP 1.0 §5.4.3 step 6: the signature was not made with the key {peer.did}#credential",
        )

    await eventually(refused, within=5)
