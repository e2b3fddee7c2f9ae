"""Who signed a record about passports, proven: a decision, a recognition, a withdrawal."""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from faifo.ai.decision.records import Decision, Recognition
from faifo.ai.oversight import (
    HUMAN_DECISION,
    REVERSAL,
    Reversal,
    verify_both,
    verify_together,
    with_person,
)
from faifo.ai.passport import dsse, statement
from faifo.ai.passport.records import Withdrawal
from faifo.ai.passport.verify import KeyOf, verify_record
from faifo.errors import NotProvenError
from faifo.phrases import Phrase

AUTHORS: Final[dict[str, tuple[type[msgspec.Struct], str]]] = {
    statement.DECISION: (Decision, "decided_by"),
    statement.RECOGNITION: (Recognition, "recogniser"),
    statement.WITHDRAWAL: (Withdrawal, "issuer"),
    REVERSAL: (Reversal, "reversed_by"),
}


class VerifiedRecord(NamedTuple):
    """A signed record, and who is proven to have said so."""

    kind: str
    author: str
    key_id: str


def verify_author(body: bytes, key_of: KeyOf) -> VerifiedRecord | None:
    """Return who signed a record; None for a statement of another kind.

    Raises:
        NotProvenError: the signature does not hold, or is not of the one whom the record names.
        MalformedMessageError: it is no statement.
    """
    kind = statement.kind_of(dsse.read(body).payload)
    if kind == HUMAN_DECISION:
        found = verify_together(body, key_of)
        return VerifiedRecord(kind, found.decided_by, found.person.key_id)
    if kind not in AUTHORS:
        return None
    if kind == statement.DECISION:
        key_of = _with_person(body, key_of)
    record, member = AUTHORS[kind]
    said, key_id = verify_record(body, kind, record, key_of)
    author = getattr(said, member)
    if key_id.partition("#")[0] != author:
        raise NotProvenError(
            step="author", reason=Phrase("errors.told.ai.proof.author", key=key_id, author=author)
        )
    return VerifiedRecord(kind, author, key_id)


def _with_person(body: bytes, key_of: KeyOf) -> KeyOf:
    """Return `key_of` for a decision that a person signed too, after both signatures are proven."""
    found, _ = statement.read_statement(dsse.read(body).payload, statement.DECISION, Decision)
    if isinstance(found.signatory, msgspec.UnsetType):
        return key_of
    verify_both(body, found.signatory, found.decided_by, key_of)
    return with_person(key_of, found.signatory)
