"""Badges between real nodes: issued by one, checked by another, refused each for its own reason."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from faifo import clock
from faifo.api.datasets import Publication, Terms
from faifo.errors import (
    ConflictError,
    MalformedMessageError,
    NotFoundError,
    NotProvenError,
    RefusedError,
)
from faifo.node.custody.keyring import read_keyring
from faifo.skills.badge import read_badge, secure
from faifo.trust.dcp.credential import read_credential
from faifo.trust.keys import KeyPurpose
from people import admit, eventually

ACHIEVEMENT = {
    "name": "Chia sẻ bảng an toàn",
    "description": "Có thể chia sẻ một bảng theo điều khoản.",
    "criteria": "Bốn bài học, mỗi bài có bài tập được kiểm tra.",
    "days": 30,
    "alignment": [{"framework": "CEFR", "code": "B2"}],
}
PROOFS = ("jose", "eddsa-rdfc-2022")
TABLE = """
economy = "VN"
framework = "CEFR"
codes = ["B2"]
here = "Khung riêng"
version = "1"
issuer = "Trường"
issued = 2026-01-01T00:00:00Z
source = "quyết định riêng"
licence = "CC BY 4.0"
[[levels]]
code = "B2"
level = "Bậc 3"
reason = "trường xét khắt khe hơn"
"""


@pytest.fixture
async def desk(town: Any, believe: Any):
    """A training centre, and an employer elsewhere that recognises its badges."""
    centre = await town.node("centre", authority=True, economy="KR")
    employer = await town.node("employer", trusts=[believe(centre, "OpenBadgeCredential")])
    return centre, employer


@pytest.mark.parametrize("proof", PROOFS)
async def test_a_badge_is_proven_elsewhere_and_has_a_level_there(desk: Any, proof: str) -> None:
    centre, employer = desk
    made = await centre.client.issue_badge(ACHIEVEMENT, name="Lan", proof=proof)
    found = await employer.client.check_badge(made.file, economy="VN", holder="Lan")
    assert (found.issuer, found.name, found.proof) == (centre.did, ACHIEVEMENT["name"], proof)
    assert [(one.code, one.level, one.version) for one in found.levels] == [
        ("B2", "Bậc 4", "2014-01-24")
    ]
    assert found.holder_checked


@pytest.mark.parametrize("proof", PROOFS)
async def test_a_revoked_badge_is_refused(desk: Any, proof: str) -> None:
    centre, employer = desk
    made = await centre.client.issue_badge(ACHIEVEMENT, email="lan@example.org", proof=proof)
    assert "lan@example.org" not in made.file
    await employer.client.check_badge(made.file, holder="lan@example.org")
    done = await centre.client.revoke_badge(made.badge.id, reason="by mistake")
    assert done.status == "revoked"
    await employer.acting.badges._looking_up._lists.get(
        f"{centre.did} {json_of(made.file)['credentialStatus']['statusListCredential']}", fresh=True
    )
    with pytest.raises(NotProvenError, match="is revoked"):
        await employer.client.check_badge(made.file)
    with pytest.raises(ConflictError, match="revoked already"):
        await centre.client.revoke_badge(made.badge.id)
    (kept,) = await centre.client.badges()
    assert (kept.id, kept.status) == (made.badge.id, "revoked")


@pytest.mark.parametrize("proof", PROOFS)
async def test_a_forged_badge_is_refused(desk: Any, proof: str) -> None:
    centre, employer = desk
    made = await centre.client.issue_badge(ACHIEVEMENT, name="Lan", proof=proof)
    with pytest.raises(NotProvenError, match="signature"):
        await employer.client.check_badge(forged(made.file))


async def test_a_badge_of_somebody_else_is_not_mine(desk: Any) -> None:
    centre, employer = desk
    made = await centre.client.issue_badge(ACHIEVEMENT, name="Lan")
    with pytest.raises(NotProvenError, match="not of the person asked for"):
        await employer.client.check_badge(made.file, holder="Hoa")


async def test_an_issuer_that_nobody_recognises_is_refused(town: Any, desk: Any) -> None:
    centre, _ = desk
    stranger = await town.node("stranger")
    made = await centre.client.issue_badge(ACHIEVEMENT, name="Lan")
    with pytest.raises(
        NotProvenError, match=r"issuer: .* is not an issuer that this node recognises"
    ):
        await stranger.client.check_badge(made.file)


async def test_what_is_no_badge_is_said_to_be_none(desk: Any) -> None:
    _, employer = desk
    with pytest.raises(MalformedMessageError, match="has no proof: nobody signed it"):
        await employer.client.check_badge(json.dumps({"type": ["OpenBadgeCredential"]}))


async def test_no_mapping_is_said_plainly(desk: Any) -> None:
    centre, employer = desk
    bare = {name: value for name, value in ACHIEVEMENT.items() if name != "alignment"}
    made = await centre.client.issue_badge(bare, name="Lan")
    found = await employer.client.check_badge(made.file, economy="VN")
    assert (found.levels, found.tables, found.agree) == ((), ("CEFR",), True)
    made = await centre.client.issue_badge(ACHIEVEMENT, name="Lan")
    assert (await employer.client.check_badge(made.file, economy="JP")).levels == ()


async def test_tables_that_disagree_stand_side_by_side(desk: Any) -> None:
    centre, employer = desk
    folder = employer.directory.path / "levels"
    folder.mkdir()
    (folder / "own.toml").write_text(TABLE)
    made = await centre.client.issue_badge(ACHIEVEMENT, name="Lan")
    found = await employer.client.check_badge(made.file, economy="VN")
    assert [one.level for one in found.levels] == ["Bậc 3", "Bậc 4"]
    assert not found.agree


async def test_anybody_can_look_a_badge_up_on_a_phone(desk: Any) -> None:
    centre, _ = desk
    made = await centre.client.issue_badge(ACHIEVEMENT, name="Lan")
    async with aiohttp.ClientSession() as session:
        async with session.get(made.link, headers={"Accept-Language": "vi"}) as answer:
            page = await answer.text()
        assert answer.status == 200
        assert "Huy hiệu này có hiệu lực." in page
        assert "viewport" in page
        assert "Lan" not in page
        await centre.client.revoke_badge(made.badge.id)
        async with session.get(made.link + "?lang=en") as answer:
            assert "This badge was revoked." in await answer.text()
        async with session.get(made.link[:-4] + "0000") as answer:
            assert answer.status == 404


async def test_who_is_no_authority_issues_nothing(desk: Any) -> None:
    _, employer = desk
    with pytest.raises(NotFoundError):
        await employer.client.issue_badge(ACHIEVEMENT, name="Lan")


def json_of(file: str) -> dict[str, Any]:
    """Return the credential in a badge, whatever secures it."""
    body = json.loads(file)
    if "proof" in body:
        return body
    part = body["id"].split(",")[1].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def forged(file: str) -> str:
    """Return a badge that says another achievement, under the old signature."""
    body = json.loads(file)
    if "proof" in body:
        return file.replace("CEFR", "XXXX")
    head, part, signature = body["id"].split(",")[1].split(".")
    text = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).replace(b"B2", b"C2")
    part = base64.urlsafe_b64encode(text).rstrip(b"=").decode()
    return f"{head}.{part}.{signature}"


NAME = ACHIEVEMENT["name"]


@pytest.fixture
async def wallets(town: Any, believe: Any):
    """An authority that also trains, and two members that may ask each other for badges."""
    centre = await town.node("centre", authority=True)
    trusts = [believe(centre, "MembershipCredential", "OpenBadgeCredential")]
    wanted = {"trusts": trusts, "ask_also": '["OpenBadgeCredential"]'}
    provider, firm = await town.node("provider", **wanted), await town.node("firm", **wanted)
    for member in (provider, firm):
        await admit(centre, member, name=member.settings.node.name)
    return centre, provider, firm


async def test_a_badge_in_the_wallet_is_presented_and_opens_what_its_terms_want(
    wallets: Any,
) -> None:
    centre, provider, firm = wallets
    file = Path(provider.settings.publish.roots[0]) / "prices.csv"
    file.write_text("what,price\nrice,12\n")
    claim = f"OpenBadgeCredential/achievement={NAME}@{centre.did}"
    terms = Terms(claims=(claim,))
    prices = Publication(id="prices", title="P", location=str(file), terms=terms)
    await provider.client.publish(prices)
    assert (await firm.client.catalog(provider.did)).datasets == ()
    made = await centre.client.issue_badge(ACHIEVEMENT, name=firm.did)
    kept = await firm.client.hold_badge(made.file)
    assert (kept.name, kept.issuer, kept.withheld) == (NAME, centre.did, None)
    other = await centre.client.issue_badge({**ACHIEVEMENT, "name": "Khác"}, name=firm.did)
    await firm.client.hold_badge(other.file)  # beside the first, not instead of it

    async def seen() -> None:
        offered = await firm.client.catalog(provider.did)
        assert [one.id for one in offered.datasets] == ["prices"]

    await eventually(seen, within=8)
    negotiation = await firm.client.negotiate(provider.did, "prices")
    transfer = await firm.client.start_transfer(negotiation.agreement)
    assert transfer.state == "STARTED"
    (decision,) = await provider.store.read(
        lambda tx: tx.decisions.find(process=negotiation.peer_pid)
    )
    assert claim in decision.document["facts"]["urn:faifo:odrl:claim"]["value"]
    await centre.client.revoke_badge(made.badge.id)

    async def withdrawn() -> None:
        held = {one.name: one.withheld for one in await firm.client.held_badges()}
        assert held["Khác"] is None
        assert "revoked" in (held[NAME] or "")
        ended = await firm.client.get_transfer(transfer.pid)
        assert ended.state in ("SUSPENDED", "TERMINATED")
        assert (await firm.client.catalog(provider.did)).datasets == ()

    await eventually(withdrawn, within=15)


async def test_what_does_not_belong_into_the_wallet_is_refused(wallets: Any) -> None:
    centre, provider, firm = wallets
    made = await centre.client.issue_badge(ACHIEVEMENT, name=provider.did)
    with pytest.raises(NotProvenError, match="its subject has another id"):
        await firm.client.hold_badge(made.file)
    named = await centre.client.issue_badge(ACHIEVEMENT, name="Lan")
    with pytest.raises(NotProvenError, match="its subject has another id"):
        await firm.client.hold_badge(named.file)
    embedded = await centre.client.issue_badge(ACHIEVEMENT, name=firm.did, proof=PROOFS[1])

    async def refused() -> None:  # its key is new, and the document of its issuer is not
        with pytest.raises(RefusedError, match="only a badge as a JWT"):
            await firm.client.hold_badge(embedded.file)

    await eventually(refused, within=15)
    made = await centre.client.issue_badge(ACHIEVEMENT, name=firm.did)
    with pytest.raises(NotProvenError, match="signature"):
        await firm.client.hold_badge(forged(made.file))
    await firm.client.hold_badge(made.file)
    with pytest.raises(ConflictError, match="in the wallet already"):
        await firm.client.hold_badge(made.file)
    assert len(await firm.client.held_badges()) == 1
    again = await firm.client.hold_badge(renewed(centre, made.file))
    (held,) = await firm.client.held_badges()
    assert held == again  # what was issued anew under the same id replaces what was


def renewed(centre: Any, file: str) -> str:
    """Return a badge as its issuer signs it once more, under its id."""
    body = read_credential(read_badge(file.encode()).jwt).jws.payload
    key = read_keyring(centre.directory.keys, did=centre.did).signing(KeyPurpose.CREDENTIAL)
    made = secure({**body, "validUntil": "2036-01-01T00:00:00Z"}, "jose", key, now=clock.now())
    return made.decode()
