"""Proofs around AI passports: this one is of this node, and this is what a partner's comes to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from faifo.ai.decision.pack import Pack
from faifo.ai.decision.records import Decision, Presented, Recognition
from faifo.ai.metrics.methods import DATASET
from faifo.ai.passport import dsse, statement
from faifo.ai.passport.detached import EXCHANGED
from faifo.ai.passport.records import Passport, Withdrawal
from faifo.ai.passport.verify import KeyOf, verify_passport, verify_record
from faifo.ai.presenting import present, unproven
from faifo.errors import ConflictError, NotProvenError, TooLargeError
from faifo.messages.dsp_2025_1.catalog import Dataset, read_sha256
from faifo.node.custody.current_keys import CurrentKeys
from faifo.node.evidence.suspending import suspended
from faifo.node.outward.resolver import Resolver
from faifo.node.outward.signers import keys_of
from faifo.phrases import Phrase
from faifo.phrases.figures import moment
from faifo.store.records import PassportRecognition, StoredPassport, Suspension
from faifo.trust.keys import AnyKey, KeyPurpose, PublicKey, public_key_from_jwk


class Judged(NamedTuple):
    """A fresh decision, and the passport if everything about it is proven."""

    decision: Decision
    passport: Passport | None


class Passports:
    """What a node says of passports: this is mine, or this is what I decide about yours."""

    def __init__(self, *, did: str, keys: CurrentKeys, resolver: Resolver) -> None:
        self._did = did
        self._keys = keys
        self._resolver = resolver

    def ensure_key(self) -> None:
        """Make the key for passports and notices, if there is none yet."""
        self._keys.passport()

    def own(self, envelope: str, sha256: str | None, *, now: datetime) -> StoredPassport:
        """Return a passport of this node that may stand beside a file, or a service without one.

        Raises:
            TooLargeError: over 256 KiB.
            NotProvenError, MalformedMessageError: it is not this node's, or of something else, or
                its figures do not follow from its counts.
            ConflictError: it has expired.
        """
        from faifo.ai.decision.recompute import prove_figures

        artefacts = {"the published file": sha256} if sha256 else {}
        proven = verify_passport(_bounded(envelope), self._own_key, artefacts=artefacts)
        passport = proven.passport
        _check_beside(passport, sha256)
        prove_figures(passport.evidence)
        if now >= passport.expires:
            raise ConflictError(
                what=Phrase("errors.told.passport.expired", at=moment(passport.expires)),
                advice=Phrase("errors.told.passport.new"),
            )
        return StoredPassport(envelope=envelope, sha256=proven.sha256)

    def withdrawn(self, withdrawal: str) -> tuple[str, ...]:
        """Return the names of what this node's own withdrawal is about; the first is the newest."""
        body = _bounded(withdrawal)
        record, _ = verify_record(body, statement.WITHDRAWAL, Withdrawal, self._own_key)
        _, subjects = statement.read_statement(
            dsse.read(body).payload, statement.WITHDRAWAL, Withdrawal
        )
        older = sorted(sha256 for _, sha256 in subjects)
        return tuple(dict.fromkeys([record.subject_sha256, *older]))

    def recognition(self, envelope: str, *, now: datetime) -> PassportRecognition:
        """Return a recognition that this node's own key has signed, to be kept.

        Raises:
            NotProvenError, MalformedMessageError: it is not this node's.
            ConflictError: it has ended.
        """
        body = _bounded(envelope)
        record, _ = verify_record(body, statement.RECOGNITION, Recognition, self._own_key)
        if record.recogniser != self._did:
            raise NotProvenError(
                step="recognition",
                reason=Phrase(
                    "errors.told.passport.recogniser", recogniser=record.recogniser[:200]
                ),
            )
        if now >= record.valid_until:
            raise ConflictError(
                what=Phrase(
                    "errors.told.passport.recognition-ended",
                    at=moment(record.valid_until),
                ),
                advice=Phrase("errors.told.passport.new"),
            )
        return PassportRecognition(
            id=record.id,
            sha256=dsse.name(body),
            issuer=record.issuer,
            valid_until=record.valid_until,
            envelope=envelope,
        )

    def _own_key(self, key_id: str) -> PublicKey | AnyKey:
        known = [
            public_key_from_jwk(key.public_jwk(), id=key.id)
            for key in self._keys.ring()
            if key.purpose is KeyPurpose.PASSPORT and key.retired is None
        ]
        if not key_id:
            return AnyKey(known)
        for key in known:
            if key.id == key_id:
                return key
        raise NotProvenError(
            step="issuer",
            reason=Phrase("errors.told.passport.not-ours", key_id=key_id[:200]),
        )

    async def judge(
        self,
        issuer: str,
        shown: Dataset | str,
        pack: Pack,
        *,
        recognitions: Sequence[Recognition],
        suspensions: Sequence[Suspension] = (),
        now: datetime,
    ) -> Judged:
        """Judge the passport of a partner's dataset, or the text of one that was handed over.

        It is proven with the keys that its issuer's document names now.

        Raises:
            NotProvenError, UnreachableError: the issuer's DID document cannot be had.
        """
        find = keys_of(await self._resolver.resolve(issuer, since=now))

        def judged() -> Judged:
            from faifo.ai.decision.judge import decide

            if isinstance(shown, Dataset):
                found = _presented(shown, find, now)
            else:
                found = _of_text(shown, find, now)
            passport, presented = suspended(found, suspensions, self._did, now=now)
            decision = decide(pack, presented, now=now, by=self._did, recognitions=recognitions)
            return Judged(decision, None if presented.problems else passport)

        # Hundreds of figures may have to be made again.
        return await asyncio.to_thread(judged)


def _of_text(envelope: str, find: KeyOf, now: datetime) -> tuple[Passport | None, Presented]:
    try:
        return present(_bounded(envelope), find, now=now)
    except TooLargeError as error:
        return None, unproven(str(error), now=now)


def _presented(dataset: Dataset, find: KeyOf, now: datetime) -> tuple[Passport | None, Presented]:
    if dataset.passport is None:
        return None, unproven(
            str(Phrase("errors.told.ai.proof.no-passport", dataset=dataset.id)), now=now
        )
    try:
        body = _bounded(dataset.passport)
        withdrawals = [] if dataset.passport_withdrawal is None else [
            _bounded(dataset.passport_withdrawal)
        ]  # fmt: skip
    except (NotProvenError, TooLargeError) as error:
        return None, unproven(str(error), now=now)
    sha256 = read_sha256(dataset.distribution)
    artefacts = {"the offered file": sha256} if sha256 else {}
    passport, presented = present(body, find, now=now, artefacts=artefacts, withdrawals=withdrawals)
    if passport is not None:
        try:
            _check_beside(passport, sha256)
        except NotProvenError as error:
            return None, unproven(str(error), now=now, sha256=presented.sha256)
    # Whoever says that a passport is withdrawn is believed without proof: it only takes away.
    said = any(problem.startswith("status:") for problem in presented.problems)
    if not said and dataset.passport_status not in (None, "valid"):
        why = NotProvenError(
            step="status", reason=Phrase(f"errors.told.ai.proof.{_status(dataset)}")
        )
        return None, unproven(str(why), now=now, sha256=presented.sha256)
    return passport, presented


def _status(dataset: Dataset) -> str:
    return "suspended" if dataset.passport_status == "suspended" else "withdrawn"


def _check_beside(passport: Passport, sha256: str | None) -> None:
    """Raise if a data set's passport stands beside what is no file, such as a service."""
    if passport.kind == DATASET and not sha256:
        raise NotProvenError(step="kind", reason=Phrase("errors.told.passport.of-data"))


def _bounded(text: Any) -> bytes:
    if not isinstance(text, str):
        raise NotProvenError(step="DSSE envelope", reason=Phrase("errors.told.passport.not-text"))
    body = text.encode("utf-8", "surrogatepass")
    if len(body) > EXCHANGED:
        raise TooLargeError(what=Phrase("errors.told.passport.the"), limit=EXCHANGED)
    return body
