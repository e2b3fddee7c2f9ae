"""What is signed about a notice: itself, what is said about it later, and how it was taken."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, Literal

import msgspec
from msgspec import Meta

from faifo.ai.evidence import digest
from faifo.ai.passport.records import Moment
from faifo.ai.passport.said import Said
from faifo.kinds.tlp import Level

NOTICE: Final = "urn:faifo:notice:1"
FOLLOWUP: Final = "urn:faifo:notice-followup:1"
ACKNOWLEDGEMENT: Final = "urn:faifo:acknowledgement:1"
MAX_BYTES: Final = 65_536

Stage = Literal["received", "acknowledged", "acted"]
Act = Literal["cancelled", "closed", "withdrawn", "answer"]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Words = Annotated[str, Meta(max_length=2000)]


class Notice(Said, frozen=True, kw_only=True):
    """A notice of some kind. `deadline` is until when an acknowledgement is asked for."""

    PREDICATE: ClassVar = NOTICE

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

    @property
    def subject_sha256(self) -> str:
        """The SHA-256 of the content, as JSON with sorted members."""
        return digest(msgspec.json.encode(self.content, order="sorted"))


class Followup(Said, frozen=True, kw_only=True):
    """What is said about a notice afterwards: by its sender that it is over, by others an answer.

    `closed` is a final report: `content` names cause, corrective and preventive action.
    """

    PREDICATE: ClassVar = FOLLOWUP

    format: Literal["faifo-notice-followup-1"] = "faifo-notice-followup-1"
    notice: Name
    subject_sha256: str
    by: Name
    at: Moment
    act: Act
    person: Annotated[str, Meta(max_length=200)] = ""
    text: Words = ""
    content: dict[str, Words] = msgspec.field(default_factory=dict)


class Acknowledgement(Said, frozen=True, kw_only=True):
    """That `by` got a notice from `to`, that a person knows of it, or what was done."""

    PREDICATE: ClassVar = ACKNOWLEDGEMENT

    format: Literal["faifo-acknowledgement-1"] = "faifo-acknowledgement-1"
    notice: Name
    subject_sha256: str
    by: Name
    to: Name
    at: Moment
    stage: Stage
    person: Annotated[str, Meta(max_length=200)] = ""
    text: Words = ""


# msgspec learns a type at its first use, and two threads that do so at once end the process.
for _learned in (Notice, Followup, Acknowledgement):
    msgspec.json.Decoder(_learned)
