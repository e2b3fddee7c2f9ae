"""AI passports in the exchange: one's own is proven before it is published, others' are judged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from faifo.ai.decision import judge
from faifo.ai.decision.pack import Pack
from faifo.ai.decision.records import Decision, Presented
from faifo.ai.passport import statement
from faifo.ai.passport.records import Withdrawal
from faifo.ai.passport.verify import KeyOf, verify_passport, verify_record
from faifo.ai.presenting import present, unproven
from faifo.errors import ConflictError, NotProvenError, TooLargeError
from faifo.messages.dsp_2025_1.catalog import Dataset, read_sha256
from faifo.node.keyring import Keyring
from faifo.node.resolver import Resolver
from faifo.store.records import StoredPassport
from faifo.trust.did_document import ASSERTION_METHOD
from faifo.trust.keys import KeyPurpose, PublicKey, public_key_from_jwk

MAX_BYTES = 256 * 1024


class Passports:
    """What a node says of passports: this is mine, or this is what I decide about yours."""

    def __init__(
        self, *, did: str, keyring: Keyring, keys: Callable[[], Keyring], resolver: Resolver
    ) -> None:
        self._did = did
        self._keyring = keyring
        self._keys = keys
        self._resolver = resolver

    def own(self, envelope: str, sha256: str | None, *, now: datetime) -> StoredPassport:
        """Return a passport of this node that may stand beside data with the digest `sha256`.

        Raises:
            TooLargeError: over 256 KiB.
            NotProvenError, MalformedMessageError: it is not this node's, or not of these data.
            ConflictError: it has expired.
        """
        body = _bounded(envelope)
        proven = verify_passport(body, self._own_key)
        passport = proven.passport
        if sha256 and passport.kind == "dataset":
            verify_passport(body, self._own_key, artefacts={"the published file": sha256})
        if now >= passport.expires:
            raise ConflictError(
                what=f"the passport expired at {passport.expires:%Y-%m-%d %H:%MZ}",
                advice="make a new one",
            )
        return StoredPassport(envelope=envelope, sha256=proven.sha256)

    def withdrawn(self, withdrawal: str) -> str:
        """Return the digest of the passport that this node's own withdrawal is about."""
        # A key made since the start will do: nobody should wait with a withdrawal for a restart.
        fresh = self._keys()
        record, _ = verify_record(
            _bounded(withdrawal), statement.WITHDRAWAL, Withdrawal, lambda kid: _key(fresh, kid)
        )
        return record.subject_sha256

    def _own_key(self, key_id: str) -> PublicKey:
        return _key(self._keyring, key_id)

    async def decide(self, provider: str, dataset: Dataset, pack: Pack, now: datetime) -> Decision:
        """Judge the passport of a partner's dataset, with the keys that its document names today.

        Raises:
            NotProvenError, UnreachableError: the provider's DID document cannot be had.
        """
        document = await self._resolver.resolve(provider, fresh=True)

        def find(key_id: str) -> PublicKey:
            if not key_id.startswith(f"{provider}#"):
                raise NotProvenError(
                    step="issuer", reason=f"{key_id[:200]!r} is no key of the provider {provider}"
                )
            return document.method(key_id, ASSERTION_METHOD)

        def judged() -> Decision:
            return judge.decide(pack, _presented(dataset, find, now), now=now, by=self._did)

        # Hundreds of figures may have to be made again.
        return await asyncio.to_thread(judged)


def _key(ring: Keyring, key_id: str) -> PublicKey:
    for key in ring:
        if key.id == key_id and key.purpose is KeyPurpose.PASSPORT and key.retired is None:
            return public_key_from_jwk(key.public_jwk(), id=key.id)
    raise NotProvenError(
        step="issuer",
        reason=f"{key_id[:200]!r} is no passport key that this node publishes; "
        "one made since it started is published after a restart",
    )


def _presented(dataset: Dataset, find: KeyOf, now: datetime) -> Presented:
    if dataset.passport is None:
        return unproven(f"the dataset {dataset.id} has no passport", now=now)
    try:
        body = _bounded(dataset.passport)
        withdrawals = [] if dataset.passport_withdrawal is None else [
            _bounded(dataset.passport_withdrawal)
        ]  # fmt: skip
    except (NotProvenError, TooLargeError) as error:
        return unproven(str(error), now=now)
    passport, presented = present(body, find, now=now, withdrawals=withdrawals)
    sha256 = read_sha256(dataset.distribution[0].checksum)
    if passport is not None and passport.kind == "dataset" and sha256:
        _, presented = present(body, find, now=now, artefacts={"the offered file": sha256})
    # Whoever says that a passport is withdrawn is believed without proof: it only takes away.
    said = any(problem.startswith("status:") for problem in presented.problems)
    if not said and dataset.passport_status not in (None, "valid"):
        return unproven(
            "status: its issuer shows it as withdrawn", now=now, sha256=presented.sha256
        )
    return presented


def _bounded(text: Any) -> bytes:
    if not isinstance(text, str):
        raise NotProvenError(step="DSSE envelope", reason="it is not a text")
    body = text.encode("utf-8", "surrogatepass")
    if len(body) > MAX_BYTES:
        raise TooLargeError(what="the passport", limit=MAX_BYTES)
    return body
