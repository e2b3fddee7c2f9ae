"""Badges and verifiers that nobody here wrote: theirs take ours, ours theirs; forged none does.

openbadgeslib runs in the interpreter that FAIFO_FOREIGN_PYTHON names, @digitalcredentials/
verifier-core in the folder that FAIFO_FOREIGN_NODE names. Nothing leaves this machine: what they
fetch is handed to them. Without one the test skips; in CI that is a failure.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from test_badges import ACHIEVEMENT, forged, json_of

from faifo.errors import NotProvenError
from faifo.node.membership.open_book import embedded_url, list_url
from faifo.trust.dcp.profiles import Profile
from faifo.trust.keys import KeyPurpose

HERE = Path(__file__).parent
SECONDS = 120


def tool(variable: str) -> str:
    named = os.environ.get(variable)
    if named is None:
        if os.environ.get("CI"):
            pytest.fail(f"{variable} is not set")
        pytest.skip(f"{variable} names no place with the foreign verifier")
    return named


def run(*command: str, given: Any, cwd: str | None = None) -> Any:
    done = subprocess.run(
        command, input=json.dumps(given), capture_output=True, text=True, timeout=SECONDS,
        cwd=cwd, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


async def fetched(*urls: str) -> dict[str, str]:
    async with aiohttp.ClientSession() as session:
        found = {}
        for url in urls:
            async with session.get(url) as answer:
                found[url] = await answer.text()
        return found


@pytest.fixture
async def desk(town: Any, believe: Any):
    return await town.node("centre", authority=True)


async def told(centre: Any, badge: str, purpose: KeyPurpose) -> dict[str, Any]:
    """Return what a verifier is handed: the badge, the key, and every page it may ask for."""
    base = centre.acting.issuing.base
    root = centre.settings.node.public_url
    key = centre.keys.ring().signing(purpose).private_key.public_key()
    pages = await fetched(
        f"{root}/.well-known/did.json", list_url(base, Profile.VC20, "revocation"),
        embedded_url(base),
    )  # fmt: skip
    return {
        "badge": badge,
        "did": centre.did,
        "pem": key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        "pages": pages,
    }


@pytest.mark.parametrize("proof", ["jose", "eddsa-rdfc-2022"])
async def test_openbadgeslib_takes_ours_and_refuses_forged_and_revoked(
    desk: Any, proof: str
) -> None:
    python = tool("FAIFO_FOREIGN_PYTHON")
    made = await desk.client.issue_badge(ACHIEVEMENT, name="Lan", proof=proof)
    purpose = KeyPurpose.CREDENTIAL if proof == "jose" else KeyPurpose.BADGE
    script = str(HERE / "openbadgeslib_check.py")
    given = await told(desk, made.file, purpose)
    found = await asyncio.to_thread(run, python, script, given=given)
    assert found == {"ok": True, "name": ACHIEVEMENT["name"]}
    given["badge"] = forged(made.file)
    assert not (await asyncio.to_thread(run, python, script, given=given))["ok"]
    await desk.client.revoke_badge(made.badge.id)
    desk.acting.badges._list = None
    given = await told(desk, made.file, purpose)
    found = await asyncio.to_thread(run, python, script, given=given)
    assert not found["ok"]
    assert "'revocation' is set" in found["why"]


async def test_verifier_core_takes_ours_and_refuses_forged_and_revoked(desk: Any) -> None:
    node = tool("FAIFO_FOREIGN_NODE")
    made = await desk.client.issue_badge(ACHIEVEMENT, name="Lan", proof="eddsa-rdfc-2022")

    async def checked(badge: str) -> Any:
        given = await told(desk, badge, KeyPurpose.BADGE)
        script = (HERE / "verifier_core_check.mjs").read_text("utf-8")
        command = ("node", "--input-type=module", "-e", script)
        return await asyncio.to_thread(run, *command, given=given, cwd=node)

    # The absence of an entry is no success: each is named.
    good = {"valid_signature": True, "expiration": True, "revocation_status": True}
    found = await checked(made.file)
    assert {name: found["log"].get(name) for name in good} == good
    assert found["errors"] == []
    assert (await checked(forged(made.file)))["errors"] == ["invalid_signature"]
    await desk.client.revoke_badge(made.badge.id)
    assert (await checked(made.file))["log"]["revocation_status"] is False


@pytest.mark.parametrize("proof", ["jose", "eddsa-rdfc-2022"])
async def test_we_take_theirs_and_refuse_a_forged_one(
    town: Any, tmp_path: Path, proof: str
) -> None:
    python = tool("FAIFO_FOREIGN_PYTHON")
    given = {"make": proof}
    script = str(HERE / "openbadgeslib_check.py")
    theirs = await asyncio.to_thread(run, python, script, given=given)
    from faifo.node.custody.trust_file import TrustedIssuer

    trusts = [TrustedIssuer(did=theirs["did"], types=("OpenBadgeCredential",))]
    employer = await town.node("employer", trusts=trusts)
    found = await employer.client.check_badge(theirs["badge"])
    assert (found.issuer, found.name) == (theirs["did"], "Fishing")
    changed = theirs["badge"].replace("Fishing", "Cooking")
    if proof == "jose":
        assert json_of(f'{{"id": "x,{theirs["badge"]}"}}')["name"] == "Fishing"
        changed = theirs["badge"][:-8] + "AAAAAAAA"
    why = "is of none known here" if proof == "jose" else "the signature was not made"
    with pytest.raises(NotProvenError, match=why):
        await employer.client.check_badge(changed)
