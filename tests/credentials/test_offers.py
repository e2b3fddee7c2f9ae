"""What an issuer offers is kept for a person, who may take it up."""

from __future__ import annotations

from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer
from impostor import Impostor

from faifo.messages.dcp_1_0.issuance import CredentialObject, CredentialOfferMessage
from faifo.messages.dsp_2025_1.codec import write


async def offer(issuer: Impostor, node: Any, *names: str, by: str | None = None) -> int:
    objects = tuple(CredentialObject(id=f"urn:{n}", credential_type=n) for n in names)
    message = CredentialOfferMessage(issuer=by or issuer.did, credentials=objects)
    url = f"{node.settings.node.public_url}/dcp/1.0/holder/offers"
    headers = {
        "Authorization": f"Bearer {issuer.token(node.did)}", "Content-Type": "application/json"
    }  # fmt: skip
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=write(message), headers=headers) as answer,
    ):
        return answer.status


async def test_offers_are_listed_the_newest_first(town: Any, port: int):
    node, issuer = await town.node("node"), Impostor(port)
    async with TestServer(issuer.app(), host="127.0.0.1", port=port):
        assert await node.client.credential_offers() == ()
        assert await offer(issuer, node, "MembershipCredential") == 200
        assert await offer(issuer, node, "A", "B") == 200
        assert await offer(issuer, node, "C", by="did:web:other.example") == 401
    listed = await node.client.credential_offers()
    assert [(one.issuer, one.credentials) for one in listed] == [
        (issuer.did, ("A", "B")),
        (issuer.did, ("MembershipCredential",)),
    ]
    assert listed[0].at > listed[1].at
