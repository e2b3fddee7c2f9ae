"""What a passport says, and what a withdrawal says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from faifo.ai.evidence import Artefact, Evidence, RunTime

Kind = Annotated[str, Meta(pattern="^[a-z][a-z-]{1,40}$")]
Moment = Annotated[datetime, Meta(tz=True)]
# Nobody can say for longer what a model does to people; evidence itself has no date.
MAX_AGE: Final = timedelta(days=5 * 366)
DECLARATION: Final = (
    "Self-declared. Evidence is mapped to requirements; no conformity with any text is claimed."
)


class Party(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    did: str = ""
    economy: str = ""
    contact: str = ""


class Risk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Severity and probability of harm, 1 to 4 each, as in component 2 of the ASEAN Guide.

    The bins (1-3 low, 4-7 limited, 8 and more high) are a proposal of this project.
    """

    severity: Annotated[int, Meta(ge=1, le=4)]
    probability: Annotated[int, Meta(ge=1, le=4)]
    irreversible: bool = False
    affects_rights: bool = False
    reason: str = ""

    @property
    def level(self) -> str:
        product = self.severity * self.probability
        if product >= 8 or self.irreversible or self.affects_rights:
            return "high"
        return "limited" if product >= 4 else "low"


class Oversight(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who watches, who may stop the system and how, and where people can appeal."""

    loop: Literal["in", "over", "out"]
    approvers: tuple[str, ...]
    stop: str
    appeal: str
    stop_seconds: float | None = None
    reason: str = ""


class Tool(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an agent is handed, and what it may do with it."""

    name: str
    may: str


class Use(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What it is used for, and what is done for those whom it concerns: all the issuer's word.

    `kinds` are codes that packs list, such as `credit-scoring`. The others say where and how:
    notice to who deals with it, explanation to whom it concerns, what is recorded, documents, how
    incidents are told, security, impact assessment, classification under a law, a representative
    where it is used; of an agent its tools, checkpoints before what cannot be undone, tests before
    use, monitoring after, and what its users answer for.
    """

    kinds: Annotated[tuple[Kind, ...], Meta(min_length=1, max_length=20)]
    notice: str = ""
    explanation: str = ""
    records: str = ""
    documents: str = ""
    incidents: str = ""
    security: str = ""
    impact: str = ""
    classification: str = ""
    representative: Party | None = None
    tools: tuple[Tool, ...] = ()
    checkpoints: tuple[str, ...] = ()
    tests: str = ""
    monitoring: str = ""
    responsibility: str = ""

    def said(self) -> tuple[str, ...]:
        """Return the names of what it says."""
        return tuple(name for name in self.__struct_fields__ if getattr(self, name))


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer to a question of ASEAN's Annex A, and the evidence it points at."""

    question: str
    answer: Literal["yes", "no", "na", "unanswered"]
    text: str = ""
    evidence: tuple[str, ...] = ()


class StatusEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where it stands whether the passport is withdrawn. Spec: Bitstring Status List v1.0 §2.1."""

    id: str
    type: Literal["BitstringStatusListEntry"] = "BitstringStatusListEntry"
    status_purpose: Literal["revocation", "suspension"] = "revocation"
    status_list_index: str = "0"
    status_list_credential: str = ""


class Passport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that one issuer says about one system or data set."""

    format: Literal["faifo-ai-passport-1"] = "faifo-ai-passport-1"
    id: str
    kind: Literal["system", "dataset", "request"]
    name: str
    version: str
    issuer: Party
    deployer: Party | None = None
    issued: Moment
    expires: Moment
    previous_sha256: str | None = None
    purpose: str = ""
    users: str = ""
    affected: str = ""
    limits: str = ""
    risk: Risk
    # Left out where it says nothing: a reader of the first release takes no further member.
    use: Use | msgspec.UnsetType = msgspec.UNSET
    oversight: Oversight | None = None
    answers: tuple[Answer, ...] = ()
    subjects: tuple[Artefact, ...]
    task: str
    evidence: tuple[Evidence, ...]
    not_measured: dict[str, str] = {}
    run_times: tuple[RunTime, ...] = ()
    bom: dict[str, Any] | None = None
    croissant: dict[str, Any] | None = None
    status: StatusEntry | None = None
    declaration: str = DECLARATION


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The issuer no longer stands behind a passport or a recognition, from a moment on."""

    format: Literal["faifo-ai-withdrawal-1"] = "faifo-ai-withdrawal-1"
    subject_sha256: str
    issuer: str
    state: Literal["withdrawn", "suspended"] = "withdrawn"
    reason: str
    at: Moment


# msgspec learns a type at its first use, and two threads that do so at once end the process: so it
# is learned here. Judging runs in threads.
for _learned in (Passport, Withdrawal):
    msgspec.json.Decoder(_learned)
