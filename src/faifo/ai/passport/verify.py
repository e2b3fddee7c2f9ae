"""Prove a passport: signature, issuer, seals, artefacts, status. A proof raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import msgspec

from faifo.ai.evidence import EvidenceSet, as_evidence, check_seal, digest
from faifo.ai.passport import cyclonedx, dsse, statement
from faifo.ai.passport.records import Passport, Withdrawal
from faifo.errors import NotProvenError

P = TypeVar("P", bound=msgspec.Struct)
KeyOf = Callable[[str], dsse.Verifier]


class VerifiedPassport(NamedTuple):
    """A passport whose signature holds and whose parts belong together."""

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
    passport, sha256, key_id, subjects = _opened(envelope, key_of)
    if not key_id.startswith(f"{passport.issuer.did}#"):
        raise NotProvenError(
            step="issuer", reason=f"{key_id} signed, and the issuer is {passport.issuer.did}"
        )
    _check_parts(passport, subjects)
    for name, arrived in (artefacts or {}).items():
        if arrived not in subjects.values():
            raise NotProvenError(
                step="artefact digest", reason=f"{name} is not what the passport is about"
            )
    for body in withdrawals:
        _check_withdrawal(body, sha256, passport.issuer.did, key_of)
    return VerifiedPassport(passport, sha256, key_id)


def _opened(envelope: bytes, key_of: KeyOf) -> tuple[Passport, str, str, dict[str, str]]:
    opened = dsse.verify(dsse.read(envelope), key_of)
    passport, subjects = statement.read_statement(opened.payload, statement.PASSPORT, Passport)
    return passport, digest(envelope), opened.key_id, subjects


def _check_parts(passport: Passport, subjects: Mapping[str, str]) -> None:
    found = EvidenceSet(task=passport.task, evidence=passport.evidence)
    for evidence in as_evidence(msgspec.to_builtins(found)).evidence:
        check_seal(evidence)
        if not {subject.sha256 for subject in evidence.subjects} <= set(subjects.values()):
            raise NotProvenError(
                step="subjects", reason=f"the evidence {evidence.family} is about something else"
            )
    if passport.bom != cyclonedx.bill_of_materials(passport):
        raise NotProvenError(
            step="bill of materials", reason="it says something else than the evidence"
        )


def _check_withdrawal(body: bytes, sha256: str, issuer: str, key_of: KeyOf) -> None:
    record, key_id = verify_record(body, statement.WITHDRAWAL, Withdrawal, key_of)
    if record.subject_sha256 == sha256 and key_id.startswith(f"{issuer}#"):
        raise NotProvenError(
            step="status", reason=f"{record.state} by its issuer at {record.at:%Y-%m-%d %H:%MZ}"
        )


def verify_record(body: bytes, kind: str, record: type[P], key_of: KeyOf) -> tuple[P, str]:
    """Return a signed record of some kind and the key that signed it."""
    opened = dsse.verify(dsse.read(body), key_of)
    found, _ = statement.read_statement(opened.payload, kind, record)
    return found, opened.key_id
