"""Making the credential in which a status list is published. Spec: as status_list.py."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from faifo.trust.dcp.credential import BASE_TYPE, Claims, write_credential
from faifo.trust.dcp.profiles import VC20_CONTEXT, Profile
from faifo.trust.dcp.status_list import MAX_ENCODED, encode_list
from faifo.trust.jws import instant, read_jws
from faifo.trust.keys import SigningKey


def write_status_list(
    bits: bytes,
    *,
    url: str,
    purpose: str,
    profile: Profile,
    issuer: str,
    key: SigningKey,
    now: datetime,
    lifetime: timedelta,
) -> str:
    """Return the signed credential that publishes `bits` at `url`, valid for `lifetime`."""
    bitstring = profile is Profile.VC20
    kind = "BitstringStatusList" if bitstring else "StatusList2021"
    subject: dict[str, Any] = {
        "id": f"{url}#list",
        "type": kind,
        "statusPurpose": purpose,
        "encodedList": encode_list(bits, multibase=bitstring),
    }
    claims = Claims(
        id=url, type=f"{kind}Credential", subject=subject, valid_from=now,
        valid_until=now + lifetime,
    )  # fmt: skip
    return write_credential(claims, profile=profile, issuer=issuer, key=key)


def list_body(
    bits: bytes, *, url: str, issuer: str, now: datetime, lifetime: timedelta
) -> dict[str, Any]:
    """Return a Bitstring Status List of revocations as JSON, for an embedded proof."""
    return {
        "@context": [VC20_CONTEXT],
        "id": url,
        "type": [BASE_TYPE, "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": instant(now),
        "validUntil": instant(now + lifetime),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encode_list(bits, multibase=True),
        },
    }


def unsigned_list(text: str) -> dict[str, Any]:
    """Return the credential in a status list of ours as JSON, for those who read nothing else.

    The list of VC 1.1 is then in plain base64, as StatusList2021 says and EDC reads it.
    """
    payload = read_jws(text, what="status list", limit=MAX_ENCODED).payload
    credential = dict(payload.get("vc", payload))
    subject = dict(credential["credentialSubject"])
    encoded = str(subject["encodedList"])
    if not encoded.startswith("u"):
        plain = encoded.replace("-", "+").replace("_", "/")
        subject["encodedList"] = plain + "=" * (-len(plain) % 4)
    return {**credential, "credentialSubject": subject}
