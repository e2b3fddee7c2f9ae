"""Making the credential in which a status list is published. Spec: as status_list.py."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from faifo.trust.dcp.credential import Claims, write_credential
from faifo.trust.dcp.profiles import Profile
from faifo.trust.dcp.status_list import encode_list
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
