"""Credentials instead of trust files: EDC's own DCP modules and a Faifo node, both directions.

Both hold a membership of a Faifo authority. EDC's wallet and token service are `wallet.py`: EDC's
own client of a token service is not served by Maven Central.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from tests.conftest import MakeNode, NodeProcess

from edc.conftest import BYTES, Node, _free_ports
from edc.connector import FACES, PATIENCE, Connector, MissingError
from edc.test_edc_consumes import agreed as edc_agreed
from edc.test_edc_consumes import fetched, started
from edc.test_edc_provides import offered, served
from edc.wallet import Wallet
from faifo.node.custody.trust_file import (
    TrustedIssuer,
    TrustedParticipant,
    add_issuer,
    add_trust,
)
from faifo.node.http.public.wellknown import ISSUER_SERVICE_PATH
from faifo.node.membership.authority import write_programme
from faifo.trust.dcp.needs import Need

MEMBERSHIP = "MembershipCredential"
PROFILE = "vc11-sl2021/jwt"  # the one that EDC's verifier takes
FLOWS = 5


@pytest.fixture
async def authority(make_node: MakeNode) -> NodeProcess:
    node = make_node(
        "authority", extra="\n[credentials]\nissuer = true\njson_status_lists = true\n"
    )
    write_programme(node.path, name="authority", economy="VN")
    programme = node.path / "authority.toml"
    programme.write_text(f'profiles = ["{PROFILE}"]\n' + programme.read_text())
    await node.start()
    return node


@pytest.fixture
async def connector(authority: NodeProcess, tmp_path: Path) -> AsyncIterator[Connector]:
    """A connector that believes the authority, and its wallet with a membership."""
    ports = _free_ports(len(FACES) + 1)
    at = dict(zip((*FACES, "did"), ports, strict=True))
    root = f"http://localhost:{at['protocol']}/protocol"
    wallet = Wallet(at["did"], f"{root}/.well-known/dspace-version")
    await wallet.open()
    settings = {
        "edc.iam.issuer.id": wallet.did,
        "edc.iam.did.web.use.https": "false",
        "edc.iam.trusted-issuer.a.id": authority.did,
        "faifo.sts": f"{wallet.url}/sts",
    }
    edc = Connector("0.15.1-dcp", tmp_path, ports, **settings)
    try:
        await asyncio.to_thread(edc.start)
    except MissingError as missing:
        await wallet.close()
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    await admitted(authority, wallet)
    yield edc
    await asyncio.to_thread(edc.stop)
    await wallet.close()


async def admitted(authority: NodeProcess, wallet: Wallet) -> None:
    """Ask for a membership, have it granted, and wait until the wallet holds it."""
    service = authority.public_url + ISSUER_SERVICE_PATH
    headers = {"Authorization": f"Bearer {wallet.token(authority.did)}"}
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{service}/metadata", headers=headers) as answer:
            offered_there = (await answer.json())["credentialsSupported"]
        wanted = next(one for one in offered_there if one["credentialType"] == MEMBERSHIP)
        body = {
            "@context": ["https://w3id.org/dspace-dcp/v1.0/dcp.jsonld"],
            "type": "CredentialRequestMessage",
            "holderPid": "edc",
            "credentials": [{"id": wanted["id"]}],
        }
        headers = {"Authorization": f"Bearer {wallet.token(authority.did)}"}
        async with session.post(f"{service}/credentials", json=body, headers=headers) as answer:
            assert answer.status == 201, await answer.text()
    await decided(authority, wallet.did)
    async with asyncio.timeout(PATIENCE):
        while not wallet.held:
            await asyncio.sleep(0.02)


async def decided(authority: NodeProcess, did: str) -> None:
    order = {"action": "admit", "did": did, "claims": {"name": "member"}}
    await authority.call("POST", "/authority/members", order)


@pytest.fixture
async def node(make_node: MakeNode, authority: NodeProcess, connector: Connector) -> Node:
    """A member of the authority that serves who presents its credentials."""
    process = make_node("member")
    settings = process.path / "faifo.toml"
    settings.write_text(
        settings.read_text().replace("[trust]\n", '[trust]\nmode = "credentials"\n', 1)
    )
    trust = process.path / "trust.toml"
    add_issuer(trust, TrustedIssuer(did=authority.did, types=(MEMBERSHIP,)))
    add_trust(trust, TrustedParticipant(did=connector.did, name="edc", needs=(Need.EDC_SCOPES,)))
    await process.start()
    await decided(authority, process.did)
    async with asyncio.timeout(PATIENCE):
        while not (await process.call("GET", "/credentials"))["items"]:
            await asyncio.sleep(0.02)
    return Node(process)


async def test_both_directions(connector: Connector, node: Node, backend: str) -> None:
    """One test, because such a connector takes its time to start."""
    dataset = await node.publish("rice.csv", terms={"economies": ["VN"]})
    for _ in range(FLOWS):
        transfer = await started(connector, node, await edc_agreed(connector, node, dataset))
        assert await fetched(connector, transfer) == (200, BYTES)
    asset = await offered(connector, "flows", backend)
    for _ in range(FLOWS):
        assert await served(connector, node, asset) == (200, BYTES)
