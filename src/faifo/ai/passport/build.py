"""Make a passport from evidence and a description, and sign it; withdraw one."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from faifo.ai.evidence import Artefact, EvidenceSet, RunTime
from faifo.ai.metrics.exposing import exposed
from faifo.ai.metrics.methods import DATASET, is_of_system
from faifo.ai.passport import annex_a, croissant, cyclonedx, dsse, statement
from faifo.ai.passport.detached import EXCHANGED
from faifo.ai.passport.records import (
    MAX_AGE,
    Answer,
    Oversight,
    Party,
    Passport,
    Risk,
    StatusEntry,
    Use,
    Withdrawal,
)
from faifo.errors import SettingsError
from faifo.phrases import Phrase

MAX_DESCRIPTION: Final = 2**20
ROOM_FOR_SIGNATURE: Final = 1024


class Description(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person writes about a system or data set, in one TOML file."""

    kind: Literal["system", "dataset", "request"] = "system"
    name: str
    version: str
    purpose: str
    users: str = ""
    affected: str = ""
    limits: str = ""
    days: Annotated[int, Meta(ge=1, le=MAX_AGE.days)] = 365
    issuer: Party
    deployer: Party | None = None
    risk: Risk
    use: Use | msgspec.UnsetType = msgspec.UNSET
    oversight: Oversight | None = None
    annex_a: dict[str, dict[str, Any]] = {}
    dataset: dict[str, Any] = {}
    offer: dict[str, Any] | None = None
    status: StatusEntry | None = None


def read_description(body: bytes) -> Description:
    """Return the description in a TOML file.

    Raises:
        SettingsError: it is none, with the place.
    """
    try:
        if len(body) > MAX_DESCRIPTION:
            raise SettingsError(
                what=Phrase("errors.told.ai.passport.long"),
                expected=Phrase("errors.told.ai.passport.mib"),
            )
        return msgspec.convert(tomllib.loads(body.decode("utf-8-sig")), Description)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(
            what=Phrase("errors.told.ai.passport.description", error=error),
            expected=Phrase("errors.told.ai.passport.toml"),
        ) from None


def build(
    about: Description,
    found: EvidenceSet,
    *,
    id: str,  # noqa: A002
    did: str,
    now: datetime,
    run_times: Sequence[RunTime] = (),
    columns: Sequence[tuple[str, str]] = (),
    previous: bytes | None = None,
) -> Passport:
    """Return the passport, not signed yet.

    Args:
        about: what a person wrote.
        found: the evidence, with its seals checked.
        id: a fresh `urn:uuid:`.
        did: of the issuer, whose key will sign.
        now: the moment of issue.
        run_times: what the measurements cost.
        columns: of a data set, for its Croissant description.
        previous: the envelope that this one replaces.
    """
    if not found.evidence:
        raise SettingsError(
            what=Phrase("errors.told.ai.passport.no-evidence"),
            expected=Phrase("errors.told.ai.passport.measurement"),
        )
    if about.kind == DATASET:
        of_system = [e.method.id for e in found.evidence if is_of_system(e)]
        if of_system:
            raise SettingsError(
                what=Phrase("errors.told.ai.passport.of-system", method=of_system[0]),
                expected=Phrase("errors.told.ai.passport.kind-system"),
                advice=Phrase("errors.told.ai.passport.without"),
            )
    problem = exposed(found.evidence)
    if problem:
        raise SettingsError(
            what=problem,
            expected=Phrase("errors.told.ai.passport.no-small-class"),
            advice=Phrase("errors.told.ai.passport.without-quality"),
        )
    given = {question: _answer(question, entry) for question, entry in about.annex_a.items()}
    subjects = tuple(dict.fromkeys(s for e in found.evidence for s in e.subjects))
    passport = Passport(
        id=id,
        kind=about.kind,
        name=about.name,
        version=about.version,
        issuer=msgspec.structs.replace(about.issuer, did=did),
        deployer=about.deployer,
        issued=now,
        expires=now + timedelta(days=about.days),
        previous_sha256=None if previous is None else dsse.name(previous),
        purpose=about.purpose,
        users=about.users,
        affected=about.affected,
        limits=about.limits,
        risk=about.risk,
        use=about.use,
        oversight=about.oversight,
        answers=annex_a.answers(given, found.evidence),
        subjects=subjects,
        task=found.task,
        evidence=found.evidence,
        not_measured=found.not_measured,
        run_times=tuple(run_times),
        status=about.status,
    )
    described = None
    if about.kind == "dataset":
        described = croissant.description(passport, about.dataset, columns, about.offer)
    return msgspec.structs.replace(
        passport, bom=cyclonedx.bill_of_materials(passport), croissant=described
    )


def check_size(passport: Passport) -> None:
    """Return if the exchange can carry the envelope; told before anything is signed.

    Raises:
        SettingsError: it is too large, with what to do.
    """
    body = statement.write_statement(statement.PASSPORT, passport.subjects, passport)
    size = len(body) * 4 // 3 + ROOM_FOR_SIGNATURE
    if size > EXCHANGED:
        raise SettingsError(
            what=Phrase("errors.told.ai.passport.kib", kib=size // 1024),
            expected=Phrase("errors.told.ai.passport.at-most-kib", kib=EXCHANGED // 1024),
            advice=Phrase("errors.told.ai.passport.counts"),
        )


def sign(passport: Passport, key: dsse.Signer, *, der: bool = False) -> bytes:
    """Return the envelope; others call the passport by what is signed in it (`dsse.name`)."""
    if not key.id.startswith(f"{passport.issuer.did}#"):
        raise SettingsError(
            what=Phrase("errors.told.ai.passport.not-issuers", key=key.id),
            expected=Phrase("errors.told.ai.passport.key-of", did=passport.issuer.did),
        )
    body = statement.write_statement(statement.PASSPORT, passport.subjects, passport)
    return dsse.sign(body, key, der=der)


def withdraw(
    envelope: bytes, *, issuer: str, reason: str, now: datetime, key: dsse.Signer
) -> bytes:
    """Return the signed word that what `envelope` holds is no longer stood behind."""
    sha256, *older = dsse.names(envelope)
    record = Withdrawal(subject_sha256=sha256, issuer=issuer, reason=reason, at=now)
    return sign_record(statement.WITHDRAWAL, record, sha256, key, older=older)


def sign_record(
    kind: str,
    record: msgspec.Struct,
    sha256: str,
    key: dsse.Signer,
    *,
    older: Sequence[str] = (),
    person: dsse.Signer | None = None,
) -> bytes:
    """Return a signed statement about what is called `sha256`, such as a decision on a passport.

    `person` signs it first, where a person has a key of their own. `older` are names that Faifo 0.1
    has for it; nodes that have kept it by one find it.
    """
    subjects = [Artefact(name="signed", role="passport", sha256=sha256)]
    subjects += [Artefact(name="envelope", role="passport", sha256=name) for name in older]
    keys = (key,) if person is None else (person, key)
    return dsse.sign_all(statement.write_statement(kind, subjects, record), keys)


def _answer(question: str, entry: Mapping[str, Any]) -> Answer:
    try:
        return msgspec.convert({"question": question, **entry}, Answer)
    except msgspec.ValidationError as error:
        raise SettingsError(
            what=Phrase("errors.told.ai.passport.answer", question=question, error=error),
            expected=Phrase("errors.told.ai.passport.answer-wanted"),
        ) from None
