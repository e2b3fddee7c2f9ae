"""What a backend is told of who calls: plain header fields, or one that this node has signed.

The signed one is a JWT (RFC 7519) for the address of that very backend, with the node's DID as
`iss` and the caller's as `sub`, good for a minute. It is checked with the key that its `kid` names
in the node's DID document.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

import msgspec

from faifo.trust.jws import write_jws
from faifo.trust.keys import SigningKey

PLAIN: Final = "plain"
SIGNED_FIELD: Final = "Faifo-Caller"
TYPE: Final = "faifo-caller+jwt"
LIFETIME: Final = timedelta(minutes=1)
# What may stand in a header field as it is; everything else is percent-encoded.
_PLAIN_CHARACTERS: Final = ":/?#[]@!$&'()*+;=-._~ "


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls: a DID; under what, and for which of the agreed purposes."""

    did: str
    agreement: str
    transfer: str
    dataset: str
    purposes: tuple[str, ...] = ()

    def fields(self) -> dict[str, str]:
        """Return header fields that say it; values are percent-encoded, purposes with commas."""
        said = {
            "Faifo-Participant": _field(self.did),
            "Faifo-Agreement": _field(self.agreement),
            "Faifo-Transfer": _field(self.transfer),
            "Faifo-Dataset": _field(self.dataset),
            "Faifo-Purpose": ",".join(_field(one) for one in self.purposes),
        }
        return {name: value for name, value in said.items() if value}

    def signed(self, key: SigningKey, *, backend: str, now: datetime) -> dict[str, str]:
        """Return the one field that says it, signed for `backend`."""
        issued = int(now.timestamp())
        claims = {
            "iss": key.id.partition("#")[0],
            "sub": self.did,
            "aud": backend,
            "iat": issued,
            "exp": issued + int(LIFETIME.total_seconds()),
            "agreement": self.agreement,
            "transfer": self.transfer,
            "dataset": self.dataset,
            "purpose": list(self.purposes),
        }
        return {SIGNED_FIELD: write_jws(claims, key=key, typ=TYPE)}


def _field(text: str) -> str:
    return quote(text, safe=_PLAIN_CHARACTERS).strip()
