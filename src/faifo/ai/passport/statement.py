"""in-toto Statement v1: which artefacts, by digest, and what is said about them.

What kind of thing was signed stands in `predicateType`, inside the signed bytes, so that a decision
can never be shown as a passport.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

import msgspec

from faifo.ai.evidence import Artefact
from faifo.ai.passport import dsse
from faifo.errors import Fact, MalformedMessageError, NotProvenError
from faifo.messages import strict_json
from faifo.phrases import Phrase

TYPE: Final = "https://in-toto.io/Statement/v1"
PASSPORT: Final = "urn:faifo:ai-passport:1"
WITHDRAWAL: Final = "urn:faifo:ai-withdrawal:1"
DECISION: Final = "urn:faifo:ai-decision:1"
RECOGNITION: Final = "urn:faifo:ai-recognition:1"
Subject = tuple[str, str]
P = TypeVar("P", bound=msgspec.Struct)


def write_statement(kind: str, subjects: Sequence[Artefact], predicate: msgspec.Struct) -> bytes:
    """Return the statement as JSON with sorted members."""
    statement = {
        "_type": TYPE,
        "subject": [
            {"name": name, "digest": {"sha256": sha256}} for name, sha256 in map(named, subjects)
        ],
        "predicateType": kind,
        "predicate": predicate,
    }
    return msgspec.json.encode(statement, order="sorted")


def kind_of(payload: bytes) -> str:
    """Return the predicateType of a statement, with nothing else checked."""
    return str(strict_json.parse_object(payload).get("predicateType", ""))


def named(entry: Artefact) -> tuple[str, str]:
    """Return the name and the digest that an artefact has in a statement."""
    return f"{entry.role}/{entry.name}", entry.sha256


def read_statement(payload: bytes, kind: str, predicate: type[P]) -> tuple[P, set[Subject]]:
    """Return the predicate, and the subjects by name and digest.

    Raises:
        MalformedMessageError: it is no such statement.
        NotProvenError: it says something of another kind.
    """
    document = strict_json.parse_object(payload)
    if document.get("_type") != TYPE:
        raise _malformed("_type", TYPE)
    if document.get("predicateType") != kind:
        raise NotProvenError(
            step="in-toto predicateType", reason=Phrase("errors.told.ai.proof.not-type", type=kind)
        )
    try:
        found = msgspec.convert(document.get("predicate"), predicate)
    except msgspec.ValidationError as error:
        raise _malformed(
            "predicate", Phrase("errors.told.ai.envelope.predicate", kind=kind, why=str(error))
        ) from None
    subjects = document.get("subject")
    if not isinstance(subjects, list) or not subjects:
        raise _malformed("subject", Phrase("errors.told.ai.envelope.one"))
    return found, {_subject(entry) for entry in subjects}


def read_unproven(envelope: str, kind: str, predicate: type[P]) -> P:
    """Return what an envelope says, whoever signed it: for what was proven before it was kept.

    Raises:
        MalformedMessageError, NotProvenError: as `read_statement`, or it is no envelope.
    """
    return read_statement(dsse.read(envelope.encode()).payload, kind, predicate)[0]


def _subject(entry: Any) -> Subject:
    try:
        name, sha256 = entry["name"], entry["digest"]["sha256"]
    except (KeyError, TypeError):
        name = sha256 = None
    if not isinstance(name, str) or not isinstance(sha256, str):
        raise _malformed("subject", Phrase("errors.told.ai.envelope.subject"))
    return name, sha256


def _malformed(where: str, expected: Fact) -> MalformedMessageError:
    return MalformedMessageError(
        what=Phrase("errors.told.ai.envelope.statement"), expected=expected, where=where
    )
