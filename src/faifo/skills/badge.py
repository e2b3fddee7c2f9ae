"""Open Badges 3.0: writing ours, reading and proving those of others.

A badge is a credential of VCDM 2.0, secured as a JWT (VC-JOSE-COSE §3.1), alone or enveloped in
JSON (VCDM 2.0 §4.13), or by an embedded proof of eddsa-rdfc-2022. Each way to be wrong has a step
and a reason of its own. Spec: Open Badges 3.0 §B, §8.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from faifo.errors import Fact, MalformedMessageError, NotProvenError
from faifo.messages.strict_json import parse_object
from faifo.phrases import Phrase
from faifo.skills.achievement import Achievement, Alignment, Proof
from faifo.trust.data_integrity import SUITE, sign_embedded, verify_embedded
from faifo.trust.dcp.credential import BASE_TYPE, MAX_CREDENTIAL_BYTES, read_credential, written
from faifo.trust.dcp.instants import read_instant
from faifo.trust.dcp.profiles import VC20_CONTEXT, Profile
from faifo.trust.dcp.status import LEEWAY, StatusSubject
from faifo.trust.dcp.status_list import StatusEntry, read_entries
from faifo.trust.did_document import ASSERTION_METHOD, DidDocument
from faifo.trust.jws import check_header, check_signature, instant, refuse, shown, write_jws
from faifo.trust.keys import SigningKey

OB_CONTEXT: Final = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
TYPE: Final = "OpenBadgeCredential"
TYPES: Final = frozenset({TYPE, "AchievementCredential"})
ENVELOPE: Final = "data:application/vc+jwt,"
FORM: Final = "Open Badges 3.0 §B.1"
SIGNATURE: Final = "Open Badges 3.0 §8"
DATES: Final = "VCDM 2.0 §4.9"
HOLDER: Final = "Open Badges 3.0 §B.1.13"


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a badge: a text, or its salted digest. Spec: Open Badges 3.0 §B.1.13."""

    kind: str
    value: str
    hashed: bool = False
    salt: str = ""

    def is_of(self, text: str) -> bool:
        """Tell whether it is `text`, in either form."""
        if not self.hashed:
            return self.value == text
        found = "sha256$" + hashlib.sha256((text + self.salt).encode()).hexdigest()
        return hmac.compare_digest(self.value.lower().encode("utf-8", "replace"), found.encode())


class Badge(msgspec.Struct, frozen=True, kw_only=True):
    """A badge that was read, with nothing proven. `body` is the credential as JSON."""

    proof: Proof
    id: str
    issuer: str
    issuer_name: str
    name: str
    subject: str
    holder: tuple[Identity, ...]
    alignment: tuple[Alignment, ...]
    valid_from: datetime | None
    valid_until: datetime | None
    entries: tuple[StatusEntry, ...]
    profile: Profile
    body: dict[str, Any]
    jwt: str = ""

    def statuses(self) -> tuple[StatusSubject, ...]:
        """Return what is to be looked up in status lists."""
        return tuple(
            StatusSubject(issuer=self.issuer, profile=self.profile, entry=one, types=(TYPE,))
            for one in self.entries
        )


def read_badge(data: bytes) -> Badge:
    """Return the badge in `data`: a JWT, a JWT in an envelope of JSON, or JSON with a proof.

    Raises:
        MalformedMessageError: it is no badge in any of these forms, with what it is.
        NotProvenError: a date, status or member of it cannot be read.
    """
    text = data.decode("utf-8-sig", "replace").strip()
    if len(data) > MAX_CREDENTIAL_BYTES:
        raise _no_badge(Phrase("errors.told.badge.long", most=MAX_CREDENTIAL_BYTES))
    if not text.startswith("{"):
        return _of_jwt(text)
    body = parse_object(text.encode())
    if body.get("type") in ("EnvelopedVerifiableCredential", ["EnvelopedVerifiableCredential"]):
        name = body.get("id")
        if not isinstance(name, str) or not name.startswith(ENVELOPE):
            raise _no_badge(Phrase("errors.told.badge.envelope", found=shown(name)))
        return _of_jwt(name.removeprefix(ENVELOPE))
    if "proof" not in body:
        raise _no_badge(Phrase("errors.told.badge.no-proof"))
    return _read(body, "eddsa-rdfc-2022", Profile.VC20)


def prove(badge: Badge, issuer: DidDocument, *, now: datetime) -> None:
    """Return if its issuer signed the badge, and it is in time.

    Raises:
        NotProvenError: with the step that failed: signature, or dates.
    """
    if badge.proof == "jose":
        _prove_jwt(badge, issuer)
    else:
        verify_embedded(badge.body, issuer, now=now, relied=_relied(badge))
    if badge.valid_from and badge.valid_from > now + LEEWAY:
        refuse(DATES, Phrase("errors.told.badge.early", begin=instant(badge.valid_from)))
    if badge.valid_until and badge.valid_until <= now:
        refuse(DATES, Phrase("errors.told.badge.expired", end=instant(badge.valid_until)))


def _prove_jwt(badge: Badge, issuer: DidDocument) -> None:
    """Return if a key of the issuer signed it; a key in the header (§8.2.4.2) never counts."""
    jws = read_credential(badge.jwt).jws
    bare = {name: one for name, one in jws.header.items() if name != "jwk"}
    check_header(msgspec.structs.replace(jws, header=bare), step=SIGNATURE)
    if "jwk" in jws.header and not jws.key_id:
        try:
            issuer.listed(ASSERTION_METHOD).verify(jws.signature, jws.signed_part)
        except NotProvenError as error:
            refuse(SIGNATURE, error.reason)
        return
    if jws.signer != badge.issuer:
        reason = Phrase("errors.told.badge.signer", by=jws.key_id[:200], issuer=badge.issuer)
        refuse(SIGNATURE, reason)
    check_signature(jws, issuer.method(jws.key_id, ASSERTION_METHOD), step=SIGNATURE)


def check_holder(badge: Badge, text: str) -> None:
    """Return if the badge is of the holder `text`: an e-mail address, a name, or a DID.

    Raises:
        NotProvenError: it is of somebody else, or names nobody.
    """
    if text != badge.subject and not any(one.is_of(text) for one in badge.holder):
        refuse(HOLDER, Phrase("errors.told.badge.holder"))


def body_of(
    achievement: Achievement,
    *,
    id: str,  # noqa: A002
    issuer: str,
    issuer_name: str,
    holder: tuple[Identity, ...],
    valid_from: datetime,
    valid_until: datetime,
    entries: tuple[StatusEntry, ...],
    did: str = "",
) -> dict[str, Any]:
    """Return the credential of a badge, not yet secured; `did` is of a holder that has a wallet."""
    told: dict[str, Any] = {
        "id": "urn:faifo:achievement:" + digest_of(achievement)[:32],
        "type": ["Achievement"],
        "name": achievement.name,
        "description": achievement.description,
        "criteria": {"narrative": achievement.criteria},
    }
    if achievement.alignment:
        told["alignment"] = [_alignment(one) for one in achievement.alignment]
    subject: dict[str, Any] = {"type": ["AchievementSubject"], "achievement": told}
    if did:
        subject["id"] = did
    if holder:
        subject["identifier"] = [_identity(one) for one in holder]
    body: dict[str, Any] = {
        "@context": [VC20_CONTEXT, OB_CONTEXT],
        "id": id,
        "type": [BASE_TYPE, TYPE],
        "issuer": {"id": issuer, "type": ["Profile"], "name": issuer_name},
        "name": achievement.name,
        "validFrom": instant(valid_from),
        "validUntil": instant(valid_until),
        "credentialSubject": subject,
    }
    if entries:
        status = [written(entry) for entry in entries]
        body["credentialStatus"] = status if len(status) > 1 else status[0]
    return body


def digest_of(achievement: Achievement) -> str:
    """Return the SHA-256 of an achievement; the same text is the same achievement."""
    return hashlib.sha256(msgspec.json.encode(achievement, order="sorted")).hexdigest()


def secure(body: dict[str, Any], proof: Proof, key: SigningKey, *, now: datetime) -> bytes:
    """Return the file of a badge: an envelope around a JWT, or JSON with an embedded proof.

    Args:
        body: what `body_of` made.
        proof: how it is secured.
        key: a credential key (P-256) for a JWT, a badge key (Ed25519) for an embedded proof.
        now: when the proof is made.
    """
    if proof == SUITE:
        return msgspec.json.format(msgspec.json.encode(sign_embedded(body, key, now=now)))
    begin, end = (read_instant(body, (name,), DATES) for name in ("validFrom", "validUntil"))
    registered = {
        "iss": body["issuer"]["id"],
        "jti": body["id"],
        **{name: int(at.timestamp()) for name, at in (("nbf", begin), ("exp", end)) if at},
    }
    if "id" in body["credentialSubject"]:
        registered["sub"] = body["credentialSubject"]["id"]
    text = write_jws({**body, **registered}, key=key, typ="vc+jwt")
    envelope = {
        "@context": VC20_CONTEXT,
        "id": ENVELOPE + text,
        "type": "EnvelopedVerifiableCredential",
    }
    return msgspec.json.format(msgspec.json.encode(envelope))


def _of_jwt(text: str) -> Badge:
    credential = read_credential(text)
    if credential.profile is not Profile.VC20:
        raise _no_badge(Phrase("errors.told.badge.version"))
    subject = credential.subjects[0].get("id", credential.jws.payload.get("sub"))
    for name, said in (("iss", credential.issuer), ("jti", credential.id), ("sub", subject)):
        if credential.jws.payload.get(name, said) != said:
            refuse(SIGNATURE, Phrase("errors.told.badge.claim", claim=name))
    badge = _read(credential.jws.payload, "jose", credential.profile)
    return msgspec.structs.replace(
        badge, jwt=text, valid_from=credential.valid_from, valid_until=credential.valid_until
    )


def _read(body: dict[str, Any], proof: Proof, profile: Profile) -> Badge:
    types: Any = body.get("type")
    names = {one for one in types if isinstance(one, str)} if isinstance(types, list) else set()
    if not names & TYPES or BASE_TYPE not in names:
        raise _no_badge(Phrase("errors.told.badge.type", found=shown(types)))
    subject = body.get("credentialSubject")
    if isinstance(subject, list) and len(subject) == 1:
        subject = subject[0]
    achievement = subject.get("achievement") if isinstance(subject, dict) else None
    if not isinstance(subject, dict) or not isinstance(achievement, dict):
        raise _no_badge(Phrase("errors.told.badge.achievement"))
    issuer = body.get("issuer")
    profile_of = issuer if isinstance(issuer, dict) else {"id": issuer}
    did = profile_of.get("id")
    if not isinstance(did, str) or not did.startswith("did:") or len(did) > 1024:
        raise _no_badge(Phrase("errors.told.badge.issuer", found=shown(did)))
    return Badge(
        proof=proof,
        id=_text(body, "id"),
        issuer=did,
        issuer_name=_text(profile_of, "name"),
        name=_text(achievement, "name") or _text(body, "name"),
        subject=_text(subject, "id"),
        holder=tuple(_identities(subject)),
        alignment=tuple(_alignments(achievement)),
        valid_from=read_instant(body, ("validFrom",), DATES),
        valid_until=read_instant(body, ("validUntil",), DATES),
        entries=read_entries(body),
        profile=profile,
        body=body,
    )


def _relied(badge: Badge) -> Iterator[tuple[str, str]]:
    """Yield what a reader of the badge relies on, as terms and values."""
    yield "name", badge.name
    if badge.issuer_name:
        yield "name", badge.issuer_name
    for name in ("validFrom", "validUntil"):
        if isinstance(badge.body.get(name), str):
            yield name, badge.body[name]
    for entry in badge.entries:
        yield "statusListIndex", str(entry.index)
        yield "statusListCredential", entry.url
        yield "statusPurpose", entry.purpose
    for one in badge.alignment:
        yield "targetCode", one.code
        yield "targetFramework", one.framework
    for each in badge.holder:
        yield "identityHash", each.value


def _identities(subject: Mapping[str, Any]) -> Iterator[Identity]:
    for one in _list(subject, "identifier"):
        if isinstance(one.get("identityHash"), str):
            yield Identity(
                kind=_text(one, "identityType"),
                value=_text(one, "identityHash"),
                hashed=one.get("hashed") is True,
                salt=_text(one, "salt"),
            )


def _alignments(achievement: Mapping[str, Any]) -> Iterator[Alignment]:
    for one in _list(achievement, "alignment"):
        framework, code = _text(one, "targetFramework"), _text(one, "targetCode")
        if framework and code:
            yield Alignment(
                framework=framework, code=code, name=_text(one, "targetName"),
                url=_text(one, "targetUrl"),
            )  # fmt: skip


def _list(holder: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = holder.get(name, [])
    entries = found if isinstance(found, list) else [found]
    return [one for one in entries[:64] if isinstance(one, dict)]


def _text(holder: Mapping[str, Any], name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) and len(value) <= 2048 else ""


def _alignment(one: Alignment) -> dict[str, Any]:
    url = (
        one.url or f"urn:faifo:framework:{hashlib.sha256(one.framework.encode()).hexdigest()[:16]}"
    )
    return {
        "type": ["Alignment"],
        "targetName": one.name or one.code,
        "targetUrl": url,
        "targetFramework": one.framework,
        "targetCode": one.code,
    }


def _identity(one: Identity) -> dict[str, Any]:
    told = {
        "type": "IdentityObject",
        "identityHash": one.value,
        "identityType": one.kind,
        "hashed": one.hashed,
    }
    return {**told, "salt": one.salt} if one.salt else told


def _no_badge(what: Fact) -> MalformedMessageError:
    return MalformedMessageError(what=what, expected=Phrase("errors.told.badge.expected"))
