"""The records around a decision: what is presented, what was decided, what is recognised."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from faifo.ai.evidence import Evidence
from faifo.ai.signatory import Signatory

ACCEPT: Final = "accept"
CONDITIONS: Final = "conditions"
NEED_MORE: Final = "need-more"
REFUSE: Final = "refuse"
OUTCOMES: Final = (ACCEPT, CONDITIONS, NEED_MORE, REFUSE)
"""From the best to the worst."""
Moment = Annotated[datetime, Meta(tz=True)]


class Presented(msgspec.Struct, frozen=True, kw_only=True):
    """A passport as the decision sees it, after its proofs were checked.

    `problems` names each proof that failed: signature, digest, status, dates of the issuer.
    """

    sha256: str
    issuer: str
    kind: str
    risk: str
    issued: Moment
    expires: Moment
    evidence: tuple[Evidence, ...]
    answers: dict[str, str] = {}
    parts: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    economy: str = ""
    problems: tuple[str, ...] = ()


class Finding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one rule came to: `code` is a phrase key under `ai.reason`, `facts` fill it."""

    rule: str
    outcome: str
    code: str
    facts: dict[str, str] = {}
    source: str = ""


class Decision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a receiving economy decided, with every rule that had a say.

    `signatory` is the person whose own key has signed it beside the node's.
    """

    format: Literal["faifo-ai-decision-1"] = "faifo-ai-decision-1"
    pack: str
    pack_version: str
    pack_sha256: str
    passport_sha256: str
    issuer: str
    outcome: str
    person_must_decide: bool
    findings: tuple[Finding, ...]
    conditions: tuple[dict[str, str], ...] = ()
    decided_by: str
    decided_at: Moment
    valid_until: Moment
    person: str = ""
    person_reason: str = ""
    signatory: Signatory | msgspec.UnsetType = msgspec.UNSET


class Recognition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An economy says: what this issuer assessed by these methods counts as that level here."""

    format: Literal["faifo-ai-recognition-1"] = "faifo-ai-recognition-1"
    id: str
    recogniser: str
    issuer: str
    methods: tuple[str, ...]
    counts_as: Literal["second-party", "third-party"]
    valid_from: Moment
    valid_until: Moment
    note: str = ""


# msgspec learns a type at its first use, and two threads that do so at once end the process: so it
# is learned here. Judging runs in threads.
for _learned in (Decision, Recognition):
    msgspec.json.Decoder(_learned)
