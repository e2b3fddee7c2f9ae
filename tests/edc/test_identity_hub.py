"""A real IdentityHub as the wallet of a partner: it asks for a credential, holds it, shows it.

Without what its entry in the trust file says, neither its request nor its presentation is believed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.conftest import MakeNode, NodeProcess

from edc.conftest import _free_ports
from edc.connector import FACES, PATIENCE, IdentityHub, MissingError
from edc.test_edc_credentials import MEMBERSHIP, decided
from faifo.messages.dsp_2025_1.catalog import CatalogRequestMessage
from faifo.messages.dsp_2025_1.codec import write
from faifo.node.custody.trust_file import TrustedIssuer, TrustedParticipant, add_issuer, add_trust
from faifo.node.http.public.wellknown import ISSUER_SERVICE_PATH
from faifo.node.membership.authority import write_programme
from faifo.trust.dcp.needs import Need

HOLDER_PID = "hub-1"


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[IdentityHub]:
    made = IdentityHub("0.15.1-hub", tmp_path, _free_ports(len(FACES) + 1))
    try:
        await asyncio.to_thread(made.start)
    except MissingError as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    yield made
    await asyncio.to_thread(made.stop)


async def authority_of(
    make_node: MakeNode, hub: IdentityHub, profile: str, *needs: Need
) -> NodeProcess:
    node = make_node("authority", extra="\n[credentials]\nissuer = true\n")
    write_programme(node.path, name="authority", economy="VN")
    programme = node.path / "authority.toml"
    programme.write_text(f'profiles = ["{profile}"]\n' + programme.read_text())
    add_trust(node.path / "trust.toml", TrustedParticipant(did=hub.did, name="hub", needs=needs))
    await node.start()
    return node


async def verifier_of(
    make_node: MakeNode, hub: IdentityHub, authority: NodeProcess, *needs: Need
) -> NodeProcess:
    node = make_node("verifier")
    settings = node.path / "faifo.toml"
    credentials = '[trust]\nmode = "credentials"\nfailure_cache_seconds = 0\n'
    settings.write_text(settings.read_text().replace("[trust]\n", credentials, 1))
    add_issuer(node.path / "trust.toml", TrustedIssuer(did=authority.did, types=(MEMBERSHIP,)))
    add_trust(node.path / "trust.toml", TrustedParticipant(did=hub.did, name="hub", needs=needs))
    await node.start()
    return node


async def supported(authority: NodeProcess) -> dict[str, Any]:
    """Return the authority's credential object of a membership."""
    url = f"{authority.public_url}{ISSUER_SERVICE_PATH}/metadata"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        found = (await answer.json())["credentialsSupported"]
    return dict(next(one for one in found if one["credentialType"] == MEMBERSHIP))


async def state(hub: IdentityHub, *wanted: str) -> str:
    async with asyncio.timeout(PATIENCE):
        while (seen := await hub.ask("state", holderPid=HOLDER_PID)) not in wanted:
            await asyncio.sleep(0.1)
    return seen


async def catalog(node: NodeProcess, hub: IdentityHub) -> int:
    """Ask for the node's catalog as the hub's participant; return the status."""
    token = await hub.ask("sts", aud=node.did)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = write(CatalogRequestMessage())
    url = f"{node.base}/catalog/request"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers=headers) as answer,
    ):
        return answer.status


@pytest.mark.parametrize(
    ("profile", "name", "more"),
    [
        ("vc11-sl2021/jwt", "VC1_0_JWT", ()),
        ("vc20-bssl/jwt", "VC2_0_JOSE", (Need.ENVELOPED, Need.UNBOUND)),
    ],
)
async def test_its_credential_is_stored_and_believed(
    make_node: MakeNode, hub: IdentityHub, profile: str, name: str, more: tuple[Need, ...]
) -> None:
    needs = (Need.UNLISTED_KEYS, Need.EDC_FORMATS)
    authority = await authority_of(make_node, hub, profile, *needs)
    wanted = await supported(authority)
    order = {"issuer": authority.did, "id": wanted["id"], "type": MEMBERSHIP, "format": name}
    await hub.ask("request", holderPid=HOLDER_PID, **order)
    assert await state(hub, "REQUESTED", "ERROR") == "REQUESTED", hub.log_tail()
    await decided(authority, hub.did)
    assert await state(hub, "ISSUED", "ERROR") == "ISSUED", (hub.log_tail(), authority.log_tail())
    verifier = await verifier_of(
        make_node, hub, authority, Need.UNLISTED_KEYS, Need.EDC_SCOPES, *more
    )
    assert await catalog(verifier, hub) == 200, verifier.log_tail()
    stranger = await verifier_of(make_node, hub, authority)
    assert await catalog(stranger, hub) == 401
