"""Verifiable credentials of the two profiles: reading those of others, making ours.

`read_credential` takes a credential apart and believes nothing; what it makes of a credential is
whole or refused: a type, subject, date or status entry that cannot be read refuses the credential.
Spec: VCDM 1.1 §6.3.1 (JWT), VCDM 2.0 with VC-JOSE-COSE §3.1; dsp-dcp.md 3.5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from faifo.phrases import Phrase
from faifo.trust.dcp.instants import read_instant
from faifo.trust.dcp.profiles import STATUS_2021_CONTEXT, VC11_CONTEXT, VC20_CONTEXT, Profile
from faifo.trust.dcp.status_list import StatusEntry, read_entries
from faifo.trust.jws import Jws, instant, numeric_date, read_jws, refuse, shown, write_jws
from faifo.trust.keys import KeyPurpose, SigningKey

STEP: Final = "DCP 1.0 §5.4.3 step 5"
DATES: Final = "DCP 1.0 §5.4.3 step 7"
BASE_TYPE: Final = "VerifiableCredential"
MAX_CREDENTIAL_BYTES: Final = 64 * 1024
_OF_JWT: Final = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf"})


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """A credential taken apart. `types` leaves `VerifiableCredential` out; dates are the strictest.

    `typed` tells whether `VerifiableCredential` is among its types, as it must be. `iss` is the
    JWT's claim, None where it has none.
    """

    jws: Jws
    profile: Profile
    id: str | None
    issuer: str
    iss: str | None
    types: tuple[str, ...]
    typed: bool
    subjects: tuple[dict[str, Any], ...]
    entries: tuple[StatusEntry, ...]
    schemas: tuple[str, ...]
    valid_from: datetime | None
    valid_until: datetime | None

    @property
    def text(self) -> str:
        return self.jws.text

    @property
    def document(self) -> dict[str, Any]:
        """The credential as JSON, with the ids of its subjects, without what is of the JWT only."""
        _, body = _body(self.jws)
        single = isinstance(body["credentialSubject"], dict)
        subject = self.subjects[0] if single else list(self.subjects)
        kept = {name: value for name, value in body.items() if name not in _OF_JWT}
        return {**kept, "credentialSubject": subject}


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a credential that we issue says."""

    id: str
    type: str
    subject: Mapping[str, Any]
    valid_from: datetime
    valid_until: datetime
    entries: Sequence[StatusEntry] = ()
    schema: str | None = None
    context: tuple[str, ...] = ()


def read_credential(text: str) -> Credential:
    """Return the credential in `text`.

    Raises:
        NotProvenError: not a JWT credential of one of the profiles.
    """
    jws = read_jws(text, what=Phrase("errors.told.jws.noun.credential"), limit=MAX_CREDENTIAL_BYTES)
    profile, body = _body(jws)
    issuer = body.get("issuer", jws.payload.get("iss"))
    if isinstance(issuer, dict):
        issuer = issuer.get("id")
    iss = jws.payload.get("iss")
    begin = read_instant(body, ("validFrom", "issuanceDate"), DATES)
    end = read_instant(body, ("validUntil", "expirationDate"), DATES)
    name = body.get("id", jws.payload.get("jti"))
    return Credential(
        jws=jws,
        profile=profile,
        id=name if isinstance(name, str) and len(name) <= 2048 else None,
        issuer=_did(issuer, "issuer"),
        iss=None if iss is None else _did(iss, "iss"),
        types=tuple(name for name in _types(body) if name != BASE_TYPE),
        typed=BASE_TYPE in _types(body),
        subjects=_subjects(body, jws.payload, profile),
        entries=read_entries(body),
        schemas=_schemas(body),
        valid_from=max(filter(None, (begin, _claim(jws, "nbf"))), default=None),
        valid_until=min(filter(None, (end, _claim(jws, "exp"))), default=None),
    )


def write_credential(claims: Claims, *, profile: Profile, issuer: str, key: SigningKey) -> str:
    """Return the credential that says `claims`, signed with `key`.

    Raises:
        ValueError: the key is of another purpose or of another DID.
    """
    if key.purpose is not KeyPurpose.CREDENTIAL or not key.id.startswith(f"{issuer}#"):
        raise ValueError(f"{key.id} is not a credential key of {issuer}")
    begin, end = instant(claims.valid_from), instant(claims.valid_until)
    body: dict[str, Any] = {
        "@context": [VC20_CONTEXT, *claims.context],
        "id": claims.id,
        "type": [BASE_TYPE, claims.type],
        "issuer": issuer,
        "validFrom": begin,
        "validUntil": end,
        "credentialSubject": dict(claims.subject),
    }
    if profile is Profile.VC11:
        body["@context"] = [VC11_CONTEXT, STATUS_2021_CONTEXT, *claims.context]
        body["issuanceDate"], body["expirationDate"] = body.pop("validFrom"), body.pop("validUntil")
    if claims.entries:
        status = [written(entry) for entry in claims.entries]
        body["credentialStatus"] = status if len(status) > 1 else status[0]
    if claims.schema:
        kind = "JsonSchema" if profile is Profile.VC20 else "JsonSchemaValidator2018"
        body["credentialSchema"] = {"id": claims.schema, "type": kind}
    registered: dict[str, Any] = {
        "iss": issuer,
        "jti": claims.id,
        "nbf": int(claims.valid_from.timestamp()),
        "exp": int(claims.valid_until.timestamp()),
    }
    if isinstance(claims.subject.get("id"), str):
        registered["sub"] = claims.subject["id"]
    if profile is Profile.VC11:
        return write_jws({**registered, "vc": body}, key=key, typ="JWT")
    return write_jws({**body, **registered}, key=key, typ="vc+jwt")


def _body(jws: Jws) -> tuple[Profile, dict[str, Any]]:
    inner = jws.payload.get("vc")
    if inner is None:
        context = jws.payload.get("@context")
        if not isinstance(context, list) or context[:1] != [VC20_CONTEXT]:
            refuse(STEP, Phrase("errors.told.vc.context", context=shown(context)))
        return Profile.VC20, jws.payload
    if not isinstance(inner, dict):
        refuse(STEP, Phrase("errors.told.vc.claim-vc"))
    if "@context" in jws.payload:
        # Two credentials in one: what one reader believes, another never sees.
        refuse(STEP, Phrase("errors.told.vc.both"))
    return Profile.VC11, inner


def _types(body: Mapping[str, Any]) -> tuple[str, ...]:
    found: Any = body.get("type")
    names: list[Any] = found if isinstance(found, list) else [found]
    if not 0 < len(names) <= 16 or not all(isinstance(name, str) and name for name in names):
        refuse(STEP, Phrase("errors.told.vc.type", found=shown(found)))
    return tuple(names)


def _subjects(
    body: Mapping[str, Any], payload: Mapping[str, Any], profile: Profile
) -> tuple[dict[str, Any], ...]:
    found: Any = body.get("credentialSubject")
    subjects: list[Any] = found if isinstance(found, list) else [found]
    if not 0 < len(subjects) <= 16 or not all(isinstance(one, dict) for one in subjects):
        refuse(STEP, Phrase("errors.told.vc.subject"))
    sub = payload.get("sub")
    if profile is Profile.VC11 and len(subjects) == 1 and "id" not in subjects[0] and sub:
        # VCDM 1.1 §6.3.1: `sub` stands for the id of the one subject.
        subjects = [{**subjects[0], "id": sub}]
    return tuple(subjects)


def _schemas(body: Mapping[str, Any]) -> tuple[str, ...]:
    found = body.get("credentialSchema")
    entries = found if isinstance(found, list) else [] if found is None else [found]
    names = tuple(one.get("id") if isinstance(one, dict) else None for one in entries)
    if len(names) > 4 or not all(isinstance(name, str) for name in names):
        refuse(STEP, Phrase("errors.told.vc.schema", found=shown(found)))
    return tuple(str(name) for name in names)


def _did(value: object, name: str) -> str:
    if not isinstance(value, str) or not value.startswith("did:") or len(value) > 1024:
        refuse(STEP, Phrase("errors.told.vc.did", name=name, value=shown(value)))
    return value


def _claim(jws: Jws, name: str) -> datetime | None:
    return numeric_date(jws.payload, name, step=DATES)


def written(entry: StatusEntry) -> dict[str, Any]:
    """Return a status entry as a credential has it."""
    return {
        "id": f"{entry.url}#{entry.index}",
        "type": entry.type,
        "statusPurpose": entry.purpose,
        "statusListIndex": str(entry.index),
        "statusListCredential": entry.url,
    }
