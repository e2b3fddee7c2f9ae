"""An authority judges a member's AI passport and vouches for it; the member presents that."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from people import admit, eventually, holds, publish

sys.path.insert(0, str(Path(__file__).parents[1] / "passports"))

from exchange import FEW, PACK, UNFAIR, signed_passport, tampered

from faifo.ai.evidence import digest
from faifo.ai.passport import dsse
from faifo.errors import (
    ConflictError,
    NotFoundError,
    PeerError,
    RefusedError,
    SettingsError,
)
from faifo.trust.dcp.credential import read_credential
from faifo.trust.dcp.presentation import read_presentation
from faifo.trust.dcp.profiles import Profile

ASSURANCE = "AIAssuranceCredential"
LENIENT = PACK.replace("at_least = 0.8", "at_least = 0.5")
PERSON = {"person": "Lê Thị An", "outcome": "accept", "reason": "every refusal is seen"}


@pytest.fixture
async def desk(town: Any, believe: Any):
    """An authority and its member, who believes it in all it says."""
    authority = await town.node("authority", authority=True)
    trust = [believe(authority, "MembershipCredential", ASSURANCE)]
    member = await town.node("member", trusts=trust, ask=f'["{ASSURANCE}"]')
    await admit(authority, member, name="Member")
    return authority, member


def passport(member: Any, folder: Path, counts: Any = FEW, **about: Any) -> str:
    return signed_passport(folder, counts, member.keys.passport(), **about).read_text()


async def held(member: Any, count: int) -> list[Any]:
    """Return the assurances in the wallet, once there are so many."""

    async def look() -> list[Any]:
        records = await member.store.read(lambda tx: tx.credentials.find(type=ASSURANCE))
        assert len(records) == count
        return [read_credential(record.payload) for record in records]

    found: list[Any] = await eventually(look, within=5)
    return found


async def test_a_credential_says_which_passport_was_judged_and_how(desk: Any, tmp_path: Path):
    authority, member = desk
    text = passport(member, tmp_path)
    assured = await authority.client.assure(member.did, text, pack_toml=LENIENT)
    assert assured.judged.passes
    credentials = await held(member, 2)
    assert {one.profile for one in credentials} == {Profile.VC20, Profile.VC11}
    (kept,) = [one async for one in authority.client.judgements()]
    signed = (await authority.client.get_judgement(kept.id)).signed
    said = {
        "id": member.did,
        "framework": "test 1",
        "passportSha256": dsse.name(text.encode()),
        "passportName": "Loan scorer",
        "passportVersion": "1.0",
        "pack": "test",
        "packVersion": "1",
        "packSha256": digest(LENIENT.encode()),
        "outcome": "accept",
        "decisionSha256": digest(signed.encode()),
    }
    for credential in credentials:
        assert credential.issuer == authority.did
        assert credential.subjects == (said,)
        assert credential.valid_until <= kept.valid_until
    assert assured.claims == {name: value for name, value in said.items() if name != "id"}


async def test_it_is_presented_in_both_profiles_and_for_each_passport(desk: Any, tmp_path: Path):
    authority, member = desk
    texts = [passport(member, tmp_path) for _ in range(2)]
    for text in texts:
        await authority.client.assure(member.did, text, pack_toml=LENIENT)
    await held(member, 4)
    verifier = "did:web:verifier.example.org"
    token = member.trusting.access.issue(verifier)
    scope = (f"org.eclipse.dspace.dcp.vc.type:{ASSURANCE}",)
    presentations = await member.acting.holding.present(verifier, token, scope)
    found = [one for text in presentations for one in read_presentation(text).credentials]
    about = [(one.profile, one.subjects[0]["passportSha256"]) for one in found]
    assert sorted(about) == sorted((p, dsse.name(t.encode())) for p in Profile for t in texts)


async def test_who_asks_for_it_is_shown_it_until_it_is_revoked(
    town: Any, believe: Any, desk: Any, tmp_path: Path
):
    authority, member = desk
    asker = await town.node("asker", trusts=[believe(authority, ASSURANCE)], ask=f'["{ASSURANCE}"]')
    name = await publish(asker)
    with pytest.raises(PeerError):
        await member.client.catalog(asker.did)
    await authority.client.assure(member.did, passport(member, tmp_path), pack_toml=LENIENT)
    await held(member, 2)

    async def served() -> None:
        seen = await member.client.catalog(asker.did)
        assert [one.id for one in seen.datasets] == [name]

    await eventually(served, within=5)
    await authority.client.decide_member("revoke", member.did, reason="it misled us")

    async def refused() -> str:
        try:
            seen = await member.client.catalog(asker.did)
        except PeerError as error:
            return str(error)
        raise AssertionError(seen)

    assert "is revoked" in await eventually(refused, within=5)


async def test_what_does_not_pass_gets_a_decision_and_no_credential(desk: Any, tmp_path: Path):
    authority, member = desk
    text = passport(member, tmp_path, UNFAIR)
    assured = await authority.client.assure(member.did, text, pack_toml=PACK)
    assert (assured.claims, assured.judged.decision.outcome) == (None, "refuse")
    assert assured.judged.signed is not None
    with pytest.raises(RefusedError, match="the signature was not made with the key"):
        await authority.client.assure(member.did, tampered(text), pack_toml=LENIENT, opinion=PERSON)
    assert await holds(member) == ["MembershipCredential"]


async def test_at_high_risk_a_person_of_the_authority_decides(desk: Any, tmp_path: Path):
    authority, member = desk
    text = passport(member, tmp_path, severity=4)
    assured = await authority.client.assure(member.did, text, pack_toml=LENIENT)
    assert (assured.claims, assured.judged.decision.person_must_decide) == (None, True)
    assured = await authority.client.assure(
        member.did, text, pack_toml=LENIENT, opinion=PERSON, framework="ISO/IEC 42001"
    )
    assert assured.claims is not None
    assert assured.claims["framework"] == "ISO/IEC 42001"
    await held(member, 2)


async def test_only_a_members_own_passport_is_vouched_for(
    town: Any, believe: Any, desk: Any, tmp_path: Path
):
    authority, member = desk
    stranger = await town.node("stranger", trusts=[believe(authority)])
    text = passport(stranger, tmp_path)
    with pytest.raises(NotFoundError):
        await authority.client.assure(stranger.did, text, pack_toml=LENIENT)
    assured = await authority.client.assure(member.did, text, pack_toml=LENIENT)
    assert (assured.claims, assured.judged.hard) == (None, True)
    await authority.client.decide_member("suspend", member.did, reason="under review")
    with pytest.raises(ConflictError, match="is suspended"):
        await authority.client.assure(member.did, passport(member, tmp_path), pack_toml=LENIENT)
    with pytest.raises(NotFoundError):
        await member.client.assure(member.did, text, pack_toml=LENIENT)


async def test_an_authority_of_before_works_on_and_says_what_its_schema_lacks(
    town: Any, believe: Any, desk: Any, tmp_path: Path
):
    authority, member = desk
    path = authority.directory.path
    await town.down(authority)
    file = path / "schemas" / f"{ASSURANCE}.json"
    schema = json.loads(file.read_text())
    schema["properties"] = {name: schema["properties"][name] for name in ("id", "framework")}
    file.write_text(json.dumps(schema))
    authority = await town.serve(path)
    await authority.client.decide_member(
        "admit", member.did, types=(ASSURANCE,), claims={"framework": "ISO/IEC 42001"}
    )
    (credential,) = await held(member, 1)
    assert credential.subjects == ({"id": member.did, "framework": "ISO/IEC 42001"},)
    with pytest.raises(SettingsError, match="AIAssuranceCredential has no passportSha256,"):
        await authority.client.assure(member.did, passport(member, tmp_path), pack_toml=LENIENT)
