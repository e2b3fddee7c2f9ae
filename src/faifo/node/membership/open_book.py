"""What an authority shows to everybody: metadata, status lists, whom it recognises, its members.

All of it is made from the books at the moment it is asked for, and the lists are signed then.
Spec: DCP 1.0 §6.7.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from faifo.errors import NotFoundError
from faifo.messages.dcp_1_0.issuance import CredentialObject, IssuerMetadata
from faifo.messages.dsp_2025_1.codec import write
from faifo.node.custody.keyring import Keyring
from faifo.node.membership.authority import Programme
from faifo.phrases import Phrase
from faifo.store.contract import Transaction
from faifo.store.records import Standing
from faifo.trust.dcp.lists import write_status_list
from faifo.trust.dcp.profiles import Profile
from faifo.trust.dcp.recognition import Recognised, write_recognition
from faifo.trust.dcp.status_list import MIN_BITS
from faifo.trust.keys import KeyPurpose

LIST_LIFETIME = timedelta(hours=1)
RECOGNITION_LIFETIME = timedelta(days=30)
WITHDRAWN = {"revocation": Standing.REVOKED, "suspension": Standing.SUSPENDED}


class OpenBook:
    """The public pages of one authority; `base` is where they are."""

    def __init__(self, *, did: str, base: str, programme: Programme, keyring: Keyring) -> None:
        self._did = did
        self._base = base
        self._programme = programme
        self._keyring = keyring

    def metadata(self) -> bytes:
        """Return what can be requested. Spec: DCP 1.0 §6.7."""
        supported = tuple(
            CredentialObject(
                id=name,
                credential_type=one.name,
                credential_schema=schema_url(self._base, one.name),
                offer_reason="reissue",
                binding_methods=("did:web",),
                profile=profile.value,
            )
            for name, (one, profile) in self._programme.objects.items()
        )
        return write(IssuerMetadata(issuer=self._did, credentials_supported=supported))

    async def status_list(self, tx: Transaction, name: str, *, now: datetime) -> bytes:
        """Return the status list `name`, signed now.

        Raises:
            NotFoundError: there is no such list.
        """
        for profile in Profile:
            for purpose in self._programme.authority.purposes:
                if name == _list_name(profile, purpose):
                    text = write_status_list(
                        await standing_bits(tx, profile, WITHDRAWN[purpose]),
                        url=list_url(self._base, profile, purpose),
                        purpose=purpose,
                        profile=profile,
                        issuer=self._did,
                        key=self._keyring.signing(KeyPurpose.CREDENTIAL),
                        now=now,
                        lifetime=LIST_LIFETIME,
                    )
                    return text.encode("ascii")
        raise NotFoundError(what=Phrase("errors.told.thing.status-list"), name=name[:100])

    async def recognition(self, tx: Transaction, *, now: datetime) -> bytes:
        """Return the signed list of the authorities that this one recognises."""
        found = await tx.recognitions.find()
        entries = [Recognised(did=o.did, types=o.types, until=o.until) for o in found]
        ends = [entry.until for entry in entries if entry.until > now]
        until = min([now + RECOGNITION_LIFETIME, *ends])
        text = write_recognition(
            [entry for entry in entries if entry.until > now],
            by=self._did,
            key=self._keyring.signing(KeyPurpose.CREDENTIAL),
            now=now,
            until=until,
        )
        return text.encode("ascii")

    async def register(self, tx: Transaction) -> list[dict[str, Any]]:
        """Return the public register: who is a member now, and who is not any more."""
        shown = (Standing.ACTIVE, Standing.SUSPENDED, Standing.REVOKED)
        economy = self._programme.authority.economy
        return [
            {
                "did": one.did,
                "name": one.name,
                "economy": economy,
                "status": one.status.value,
                "since": msgspec.to_builtins(one.since),
            }
            for one in await tx.members.find()
            if one.status in shown
        ]


async def standing_bits(tx: Transaction, profile: Profile, standing: Standing) -> bytes:
    """Return the bits of a status list: a bit for each credential of that standing."""
    bits = bytearray(MIN_BITS // 8)
    for one in await tx.issued.find(status=standing.value):
        if one.profile == profile.value:
            bits[one.index // 8] |= 0x80 >> one.index % 8
    return bytes(bits)


def schema_url(base: str, name: str) -> str:
    return f"{base}/schemas/{name}"


def list_url(base: str, profile: Profile, purpose: str) -> str:
    return f"{base}/status/{_list_name(profile, purpose)}"


def embedded_url(base: str) -> str:
    """Return where the list of revoked badges stands with an embedded proof."""
    return list_url(base, Profile.VC20, "revocation") + ".json"


def _list_name(profile: Profile, purpose: str) -> str:
    return f"{profile.name.lower()}-{purpose}"
