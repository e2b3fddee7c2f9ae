"""Badges: every form is read, and each way to be wrong has a reason of its own."""

from __future__ import annotations

import copy
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from faifo.errors import MalformedMessageError, NotProvenError, SettingsError
from faifo.skills import badge as badges
from faifo.trust import data_integrity
from faifo.trust.dcp.status_list import StatusEntry
from faifo.trust.did_document import did_key_document
from faifo.trust.jws import write_jws
from faifo.trust.keys import KeyPurpose, SigningKey, base58, from_base58

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
SUBJECT = "https://www.w3.org/2018/credentials#credentialSubject"
LIST = "https://centre.example/status/vc20-revocation.json"
ACHIEVEMENT = badges.Achievement(
    name='Đọc "lời từ chối"',
    description="D",
    criteria="C",
    alignment=(badges.Alignment(framework="CEFR", code="B2"),),
)


@pytest.fixture
def key() -> SigningKey:
    private = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    name = "z" + base58(b"\xed\x01" + private.public_key().public_bytes_raw())
    return SigningKey(
        id=f"did:key:{name}#{name}", purpose=KeyPurpose.BADGE, created=NOW, private_key=private
    )


def did(key: SigningKey) -> str:
    return key.id.partition("#")[0]


def made(key: SigningKey, **change: Any) -> dict[str, Any]:
    entry = StatusEntry(
        type="BitstringStatusListEntry", purpose="revocation", index=7, url=LIST
    )  # fmt: skip
    facts: dict[str, Any] = {
        "id": "urn:uuid:019ac000-0000-7000-8000-000000000001",
        "issuer": did(key),
        "issuer_name": "Trường nghề",
        "holder": (badges.Identity(kind="name", value="Lan"),),
        "valid_from": NOW,
        "valid_until": NOW + timedelta(days=30),
        "entries": (entry,),
    }
    body = badges.body_of(ACHIEVEMENT, **{**facts, **change})
    signed = badges.secure(body, "eddsa-rdfc-2022", key, now=NOW)
    found: dict[str, Any] = json.loads(signed)
    return found


def prove(document: Any, key: SigningKey, now: datetime = NOW) -> badges.Badge:
    badge = badges.read_badge(json.dumps(document).encode())
    badges.prove(badge, did_key_document(did(key)), now=now)
    return badge


def test_a_badge_says_what_was_put_into_it(key: SigningKey) -> None:
    badge = prove(made(key), key)
    assert (badge.name, badge.issuer_name) == ('Đọc "lời từ chối"', "Trường nghề")
    assert [(one.framework, one.code) for one in badge.alignment] == [("CEFR", "B2")]
    assert [(one.index, one.url) for one in badge.entries] == [(7, LIST)]


def test_a_badge_is_good_in_its_time_only(key: SigningKey) -> None:
    document = made(key)
    with pytest.raises(NotProvenError, match="the badge ended at 2026-12-29T12:00:00Z"):
        prove(document, key, NOW + timedelta(days=30))
    with pytest.raises(NotProvenError, match="good only from 2026-11-29T12:00:00Z"):
        prove(document, key, NOW - timedelta(minutes=5))


def _drop(*path: Any) -> Any:
    def change(document: dict[str, Any]) -> None:
        at: Any = document
        for part in path[:-1]:
            at = at[part]
        del at[path[-1]]

    return change


def _put(value: Any, *path: Any) -> Any:
    def change(document: dict[str, Any]) -> None:
        at: Any = document
        for part in path[:-1]:
            at = at[part]
        at[path[-1]] = value

    return change


def _unsigned_name(document: dict[str, Any]) -> None:
    # Without its type no context defines `achievement` there: nothing of it is signed.
    document["credentialSubject"]["type"] = ["Other"]


def _moved_status(document: dict[str, Any]) -> None:
    status = document.pop("credentialStatus")
    document["https://www.w3.org/2018/credentials#credentialStatus"] = status


ACHIEVED = ("credentialSubject", "achievement")
CHANGES = {
    "another name": (_put("Bác sĩ", *ACHIEVED, "name"), "signature"),
    "another level": (_put("C2", *ACHIEVED, "alignment", 0, "targetCode"), "signature"),
    "a later end": (_put("2099-01-01T00:00:00Z", "validUntil"), "signature"),
    "no end": (_drop("validUntil"), "signature"),
    "no status": (_drop("credentialStatus"), "signature"),
    "status under its IRI": (_moved_status, "is an IRI"),
    "a member that is not signed": (_unsigned_name, "signature"),
    "another holder": (
        _put("Hoa", "credentialSubject", "identifier", 0, "identityHash"),
        "signature",
    ),
    "a context of one's own": (_put({"name": "x:y"}, "@context", 1), "none is fetched"),
    "a context from elsewhere": (_put("https://evil.example/c", "@context", 1), "none is fetched"),
    "a context within": (_put({}, "credentialSubject", "@context"), "stands below the top"),
    "another suite": (_put("ecdsa-rdfc-2019", "proof", "cryptosuite"), "expected one proof"),
    "another purpose": (_put("authentication", "proof", "proofPurpose"), "expected assertion"),
    "a proof that has ended": (_put("2026-01-01T00:00:00Z", "proof", "expires"), "proof ended"),
    "two proofs": (lambda one: one.update(proof=[one["proof"]] * 2), "expected one proof"),
    "no signature": (_put("z11", "proof", "proofValue"), "no Ed25519 signature"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_badge_that_was_changed_is_refused(key: SigningKey, name: str) -> None:
    change, why = CHANGES[name]
    document = made(key)
    prove(document, key)
    changed = copy.deepcopy(document)
    change(changed)
    with pytest.raises(NotProvenError, match=why):
        prove(changed, key)


def test_what_a_reader_relies_on_must_be_signed(key: SigningKey) -> None:
    document = made(key)
    _unsigned_name(document)
    del document["proof"]
    signed = data_integrity.sign_embedded(document, key, now=NOW)
    with pytest.raises(NotProvenError, match="stands in it but is not signed"):
        prove(signed, key)


def test_a_status_that_is_signed_elsewhere_is_not_overlooked(key: SigningKey) -> None:
    document = made(key)
    del document["proof"]
    status = document.pop("credentialStatus")
    document["evidence"] = {"type": ["VerifiableCredential"], "credentialStatus": status}
    signed = data_integrity.sign_embedded(document, key, now=NOW)
    with pytest.raises(NotProvenError, match="stands where it is not looked for"):
        prove(signed, key)


def test_levels_that_are_signed_are_not_put_together_anew(key: SigningKey) -> None:
    document = made(key, did="did:web:lan.example", holder=())
    subject = document["credentialSubject"]
    other = {"targetFramework": "VQF", "targetCode": "C2"}
    (level,) = subject["achievement"]["alignment"]
    subject["achievement"]["alignment"] = [level, {**level, **other}]
    del document["proof"]
    signed = data_integrity.sign_embedded(document, key, now=NOW)
    prove(signed, key)
    # Without its type nothing of what is read is signed; what is signed stands under the IRI.
    forged = copy.deepcopy(signed)
    forged[SUBJECT] = copy.deepcopy(subject)
    del forged["credentialSubject"]["type"]
    forged["credentialSubject"]["achievement"]["alignment"][0]["targetCode"] = "C2"
    with pytest.raises(NotProvenError, match="is an IRI"):
        prove(forged, key)


def test_a_name_that_no_context_has_is_signed_and_hides_nothing(key: SigningKey) -> None:
    document = made(key)
    del document["proof"]
    document["credentialSubject"] |= {"schema:name": "Lan", "https://schema.example/room": "3B"}
    signed = data_integrity.sign_embedded(document, key, now=NOW)
    assert prove(signed, key).name
    for name in ("schema:name", "https://schema.example/room"):
        other = copy.deepcopy(signed)
        other["credentialSubject"][name] = "Hoa"
        with pytest.raises(NotProvenError, match="signature"):
            prove(other, key)


def test_a_badge_may_say_its_names_in_languages_and_hold_any_sign(key: SigningKey) -> None:
    document = made(key)
    del document["proof"]
    document["name"] = [{"@value": "Bảng", "@language": "vi"}, {"@value": "Table"}]
    document["issuer"]["description"] = {
        "@value": "x", "@language": "ar", "@direction": "rtl",
    }  # fmt: skip
    document["credentialSubject"]["achievement"]["name"] = 'A\t"B"\a\\'
    signed = data_integrity.sign_embedded(document, key, now=NOW)
    assert prove(signed, key).name == 'A\t"B"\a\\'
    other = copy.deepcopy(signed)
    other["name"][1]["@value"] = "Chair"
    with pytest.raises(NotProvenError, match="signature"):
        prove(other, key)


def test_a_badge_that_an_editor_has_saved_is_read(key: SigningKey) -> None:
    assert badges.read_badge(b"\xef\xbb\xbf" + json.dumps(made(key)).encode()).name


def test_work_on_parts_that_look_alike_is_bounded(key: SigningKey) -> None:
    document = made(key)
    del document["proof"]
    subject = document["credentialSubject"]
    del subject["achievement"]["id"]
    one = {"type": ["Alignment"], "targetName": "x", "targetUrl": "https://e.example/x"}
    subject["achievement"]["alignment"] = [one] * 10
    # Alike parts in alike parts: each order of the ten would be tried, for each of the two.
    document["credentialSubject"] = [subject, subject]
    with pytest.raises(NotProvenError, match="look alike"):
        data_integrity.sign_embedded(document, key, now=NOW)


NO_BADGES = {
    "another type": (_put(["VerifiableCredential"], "type"), "not OpenBadgeCredential"),
    "no achievement": (_drop("credentialSubject", "achievement"), "names no achievement"),
    "an issuer that is no DID": (_put("https://e.example", "issuer"), "not a DID"),
    "no proof": (_drop("proof"), "nobody signed it"),
}


@pytest.mark.parametrize("name", NO_BADGES)
def test_what_is_no_badge_is_said_to_be_none(key: SigningKey, name: str) -> None:
    change, why = NO_BADGES[name]
    document = made(key)
    change(document)
    with pytest.raises(MalformedMessageError, match=why):
        badges.read_badge(json.dumps(document).encode())


def test_a_badge_of_one_is_not_proven_by_the_key_of_another(key: SigningKey) -> None:
    private = ed25519.Ed25519PrivateKey.generate()
    name = "z" + base58(b"\xed\x01" + private.public_key().public_bytes_raw())
    with pytest.raises(NotProvenError):
        badges.prove(
            badges.read_badge(json.dumps(made(key)).encode()),
            did_key_document(f"did:key:{name}"),
            now=NOW,
        )


FIRM = "did:web:firm.example"


@pytest.mark.parametrize("claim", ["iss", "jti", "sub"])
def test_a_claim_of_the_jwt_that_says_otherwise_is_refused(key: SigningKey, claim: str) -> None:
    """What one reader takes from the claim, and another from the badge, must be the same."""
    body = made(key, did=FIRM)
    said = {"iss": did(key), "jti": body["id"], "sub": FIRM}
    honest = write_jws({**body, **said}, key=key, typ="vc+jwt")
    assert badges.read_badge(honest.encode()).subject == FIRM
    other = write_jws({**body, **said, claim: "did:web:other.example"}, key=key, typ="vc+jwt")
    with pytest.raises(NotProvenError, match=f"{claim} of the JWT is not what the badge says"):
        badges.read_badge(other.encode())


def test_a_holder_is_found_by_a_salted_digest() -> None:
    import hashlib

    value = "sha256$" + hashlib.sha256(b"lan@example.orgsalt").hexdigest()
    one = badges.Identity(kind="emailAddress", value=value, hashed=True, salt="salt")
    assert one.is_of("lan@example.org")
    assert not one.is_of("hoa@example.org")


def test_without_the_package_an_embedded_proof_says_what_to_install(
    key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = made(key)
    monkeypatch.setitem(sys.modules, "pyld", None)
    with pytest.raises(SettingsError, match=r"faifo\[badges\]"):
        prove(document, key)


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0a", bytes(range(64))])
def test_base58_comes_back(data: bytes) -> None:
    assert from_base58(base58(data)) == data


def test_base58_of_any_length_costs_no_work() -> None:
    with pytest.raises(ValueError, match="length"):
        from_base58("2" * 101)
