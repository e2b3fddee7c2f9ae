"""What a party says and signs: an in-toto statement in a DSSE envelope, as AI passports are.

So one signed record serves every receiver, and whoever has it can prove who said it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, TypeVar

import msgspec

from faifo.ai.evidence import Artefact
from faifo.ai.passport import dsse, statement
from faifo.ai.passport.verify import KeyOf, verify_record
from faifo.errors import NotProvenError
from faifo.phrases import Phrase

R = TypeVar("R", bound="Said")


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what is signed; an unknown member is refused, for it might change the sense.

    A record says its predicate type, and `subject_sha256`, the SHA-256 of what it is about.
    """

    PREDICATE: ClassVar[str]


def sign(record: Said, key: dsse.Signer) -> bytes:
    """Return the envelope."""
    about: str = getattr(record, "subject_sha256")  # noqa: B009 - a member here, a property there
    subject = Artefact(name="signed", role="notice", sha256=about)
    return dsse.sign(statement.write_statement(record.PREDICATE, [subject], record), key)


def open_signed(envelope: bytes, record: type[R], who: Callable[[R], str], key_of: KeyOf) -> R:
    """Return what is signed, if it is by `who(record)`.

    Raises:
        NotProvenError: the signature does not hold, or is of somebody else.
        MalformedMessageError, TooLargeError: it is none.
    """
    found, key_id = verify_record(envelope, record.PREDICATE, record, key_of)
    if not key_id.startswith(f"{who(found)}#"):
        raise NotProvenError(
            step="signer", reason=Phrase("errors.told.notice.signer", key=key_id[:200])
        )
    return found


def read_kept(envelope: str, record: type[R]) -> R:
    """Return what a text in our own store says; it was proven before it was kept."""
    return statement.read_unproven(envelope, record.PREDICATE, record)
