"""What is signed: a notice, what is said about it later, how it was taken, and duties done.

Each is an in-toto statement in a DSSE envelope, as AI passports are; so one signed notice serves
every receiver, and whoever has it can prove who said it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from faifo.ai.evidence import Artefact, digest
from faifo.ai.passport import dsse, statement
from faifo.ai.passport.records import Moment
from faifo.ai.passport.verify import KeyOf, verify_record
from faifo.errors import NotProvenError
from faifo.kinds.tlp import Level
from faifo.phrases import Phrase

NOTICE: Final = "urn:faifo:notice:1"
FOLLOWUP: Final = "urn:faifo:notice-followup:1"
ACKNOWLEDGEMENT: Final = "urn:faifo:acknowledgement:1"
FULFILMENT: Final = "urn:faifo:fulfilment:1"
MAX_BYTES: Final = 65_536
STAGES: Final = ("received", "acknowledged", "acted")

Stage = Literal["received", "acknowledged", "acted"]
Act = Literal["cancelled", "closed", "withdrawn", "answer"]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Words = Annotated[str, Meta(max_length=2000)]
R = TypeVar("R", bound=msgspec.Struct)


class _Signed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what is signed; an unknown member is refused, for it might change the sense."""


class Notice(_Signed, frozen=True, kw_only=True):
    """A notice of some kind. `deadline` is until when an acknowledgement is asked for."""

    format: Literal["faifo-notice-1"] = "faifo-notice-1"
    id: Name
    kind: Name
    sender: Name
    dataset: Name
    sent: Moment
    until: Moment
    deadline: Moment
    tlp: Level
    exercise: bool = False
    content: dict[str, Any]


class Followup(_Signed, frozen=True, kw_only=True):
    """What is said about a notice afterwards: by its sender that it is over, by others an answer.

    `closed` is a final report: `content` names cause, corrective and preventive action.
    """

    format: Literal["faifo-notice-followup-1"] = "faifo-notice-followup-1"
    notice: Name
    subject_sha256: str
    by: Name
    at: Moment
    act: Act
    person: Annotated[str, Meta(max_length=200)] = ""
    text: Words = ""
    content: dict[str, Words] = {}


class Acknowledgement(_Signed, frozen=True, kw_only=True):
    """That `by` got a notice from `to`, that a person knows of it, or what was done."""

    format: Literal["faifo-acknowledgement-1"] = "faifo-acknowledgement-1"
    notice: Name
    subject_sha256: str
    by: Name
    to: Name
    at: Moment
    stage: Stage
    person: Annotated[str, Meta(max_length=200)] = ""
    text: Words = ""


class Fulfilment(_Signed, frozen=True, kw_only=True):
    """That `by` has done a duty of an agreement with `to`; `subject_sha256` is of its document."""

    format: Literal["faifo-fulfilment-1"] = "faifo-fulfilment-1"
    agreement: Name
    subject_sha256: str
    duty: Name
    by: Name
    to: Name
    at: Moment
    note: Words = ""


_OF: Final[dict[type[msgspec.Struct], str]] = {
    Fulfilment: FULFILMENT,
    Notice: NOTICE,
    Followup: FOLLOWUP,
    Acknowledgement: ACKNOWLEDGEMENT,
}
# msgspec learns a type at its first use, and two threads that do so at once end the process.
for _learned in _OF:
    msgspec.json.Decoder(_learned)


def sign(record: Notice | Followup | Acknowledgement | Fulfilment, key: dsse.Signer) -> bytes:
    """Return the envelope; its subject is the notice by its name, or the content of a new one."""
    about = getattr(record, "subject_sha256", "") or content_digest(record)  # type: ignore[arg-type]
    subject = Artefact(name="signed", role="notice", sha256=about)
    kind = _OF[type(record)]
    return dsse.sign(statement.write_statement(kind, [subject], record), key)


def content_digest(notice: Notice) -> str:
    """Return the SHA-256 of a notice's content, as JSON with sorted members."""
    return digest(msgspec.json.encode(notice.content, order="sorted"))


def open_signed(envelope: bytes, record: type[R], who: Callable[[R], str], key_of: KeyOf) -> R:
    """Return what is signed, if it is by `who(record)`.

    Raises:
        NotProvenError: the signature does not hold, or is of somebody else.
        MalformedMessageError, TooLargeError: it is none.
    """
    found, key_id = verify_record(envelope, _OF[record], record, key_of)
    if not key_id.startswith(f"{who(found)}#"):
        raise NotProvenError(
            step="signer", reason=Phrase("errors.told.notice.signer", key=key_id[:200])
        )
    return found


def read_kept(envelope: str, record: type[R]) -> R:
    """Return what a text in our own store says; it was proven before it was kept."""
    return statement.read_unproven(envelope, _OF[record], record)
