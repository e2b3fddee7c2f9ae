"""Prove a passport: signature, issuer, seals, artefacts, status. A proof raises."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple, TypeVar

import msgspec

from faifo.ai.evidence import EvidenceSet, as_evidence, check_seal
from faifo.ai.metrics.methods import DATASET, is_of_system
from faifo.ai.passport import cyclonedx, dsse, statement
from faifo.ai.passport.records import MAX_AGE, Passport, Withdrawal
from faifo.errors import NotProvenError
from faifo.phrases import Phrase
from faifo.phrases.figures import moment

P = TypeVar("P", bound=msgspec.Struct)
KeyOf = Callable[[str], dsse.Verifier]


class VerifiedPassport(NamedTuple):
    """A passport whose signature holds and whose parts belong together; `sha256` is its name."""

    passport: Passport
    sha256: str
    key_id: str


def verify_passport(
    envelope: bytes,
    key_of: KeyOf,
    *,
    artefacts: Mapping[str, str] | None = None,
    withdrawals: Sequence[bytes] = (),
) -> VerifiedPassport:
    """Return the passport if everything about it is proven.

    Args:
        envelope: as it came.
        key_of: the key of a key id; raises NotProvenError for one that is not trusted.
        artefacts: name to SHA-256 of the files that arrived with it.
        withdrawals: signed withdrawals that are known.

    Raises:
        NotProvenError: with the step that failed.
        MalformedMessageError: it is no passport.
    """
    opened = dsse.verify(dsse.read(envelope), key_of)
    passport, subjects = statement.read_statement(opened.payload, statement.PASSPORT, Passport)
    if not opened.key_id.startswith(f"{passport.issuer.did}#"):
        raise NotProvenError(
            step="issuer",
            reason=Phrase(
                "errors.told.ai.proof.issuer", key=opened.key_id, did=passport.issuer.did
            ),
        )
    _check_parts(passport, subjects)
    for name, arrived in (artefacts or {}).items():
        if arrived not in {entry.sha256 for entry in passport.subjects}:
            raise NotProvenError(
                step="artefact digest",
                reason=Phrase("errors.told.ai.proof.artefact", name=name),
            )
    names = dsse.names(envelope)
    for body in withdrawals:
        _check_withdrawal(body, names, passport.issuer.did, key_of)
    return VerifiedPassport(passport, names[0], opened.key_id)


def _check_parts(passport: Passport, subjects: Collection[statement.Subject]) -> None:
    found = EvidenceSet(task=passport.task, evidence=passport.evidence)
    for evidence in as_evidence(msgspec.to_builtins(found)).evidence:
        check_seal(evidence)
        if not set(evidence.subjects) <= set(passport.subjects):
            raise NotProvenError(
                step="subjects",
                reason=Phrase("errors.told.ai.proof.about-else", family=evidence.family),
            )
    measured = {subject for evidence in passport.evidence for subject in evidence.subjects}
    if set(passport.subjects) != measured:
        raise NotProvenError(step="subjects", reason=Phrase("errors.told.ai.proof.no-evidence"))
    if {statement.named(entry) for entry in passport.subjects} != set(subjects):
        raise NotProvenError(step="subjects", reason=Phrase("errors.told.ai.proof.passport"))
    if passport.kind == DATASET and any(map(is_of_system, passport.evidence)):
        raise NotProvenError(step="kind", reason=Phrase("errors.told.ai.proof.of-data"))
    if passport.expires - passport.issued > MAX_AGE:
        raise NotProvenError(
            step="dates", reason=Phrase("errors.told.ai.proof.days", days=MAX_AGE.days)
        )
    if not cyclonedx.says(passport.bom, passport):
        raise NotProvenError(step="bill of materials", reason=Phrase("errors.told.ai.proof.bom"))


def _check_withdrawal(body: bytes, names: Sequence[str], issuer: str, key_of: KeyOf) -> None:
    record, key_id = verify_record(body, statement.WITHDRAWAL, Withdrawal, key_of)
    if record.subject_sha256 in names and key_id.startswith(f"{issuer}#"):
        raise NotProvenError(
            step="status",
            reason=Phrase("errors.told.ai.proof.state", state=record.state, at=moment(record.at)),
        )


def verify_record(body: bytes, kind: str, record: type[P], key_of: KeyOf) -> tuple[P, str]:
    """Return a signed record of some kind and the key that signed it."""
    opened = dsse.verify(dsse.read(body), key_of)
    found, subjects = statement.read_statement(opened.payload, kind, record)
    about = getattr(found, "subject_sha256", None) or getattr(found, "passport_sha256", None)
    if about is not None and about not in {sha256 for _, sha256 in subjects}:
        raise NotProvenError(step="subjects", reason=Phrase("errors.told.ai.proof.record"))
    return found, opened.key_id
