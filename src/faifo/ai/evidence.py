"""Evidence: one measurement or one answer, as counts, a formula and figures, and never a row.

An evidence's id is the SHA-256 of everything else in it, so nothing in it can change unseen. How
long a measurement took does not stand in it (ADR-0013): the same input and seed give the same
bytes. Figures are finite or absent; an absent value says why in `note`.
"""

from __future__ import annotations

import hashlib
import math
from typing import Any, Final, Literal

import msgspec

from faifo.errors import MalformedMessageError, NotProvenError
from faifo.messages import strict_json
from faifo.phrases import Phrase

SELF: Final = "self"
# In place of counts: the SHA-256 of a file that holds them.
ELSEWHERE: Final = "elsewhere"
LEVEL: Final = 0.95


class Artefact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was measured, by its digest; `role` is model, dataset, train-dataset or predictions."""

    name: str
    role: str
    sha256: str


class MethodRef(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which definition was used, with the formula in words and signs."""

    id: str
    version: str
    formula: str


class Figure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One value with its interval at 95 %; `slice` names the group, pair or severity."""

    name: str
    slice: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    interval: str = ""
    note: str = ""


class Tool(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    version: str
    sha256: str


class Evidence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One measurement: what, how, on what, from which counts, and the figures that follow."""

    id: str = ""
    kind: Literal["metric", "process"] = "metric"
    family: str
    assessor: str = SELF
    frameworks: tuple[str, ...] = ()
    subjects: tuple[Artefact, ...]
    method: MethodRef
    parameters: dict[str, Any] = {}
    seed: int | None = None
    n: int
    minimum: int
    counts: dict[str, Any]
    figures: tuple[Figure, ...]
    suppressed: tuple[str, ...] = ()
    tool: Tool


class RunTime(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one measurement cost; kept beside the evidence, because it differs on every run."""

    evidence: str
    wall_seconds: float
    cpu_seconds: float
    watts: float | None = None
    watt_hours: float | None = None


class EvidenceSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that one assessment found out; `not_measured` says what is missing and why."""

    format: Literal["faifo-ai-evidence-1"] = "faifo-ai-evidence-1"
    task: str
    evidence: tuple[Evidence, ...]
    not_measured: dict[str, str] = {}


def canonical(value: Any) -> bytes:
    """Return `value` as JSON with sorted members; equal values have equal bytes."""
    return msgspec.json.encode(value, order="sorted")


def digest(body: bytes) -> str:
    """Return the SHA-256 of `body` in hex."""
    return hashlib.sha256(body).hexdigest()


def sealed(evidence: Evidence) -> Evidence:
    """Return `evidence` with the id that follows from the rest of it.

    Whole numbers are written without a point there: other writers of JSON write 45.0 as 45.
    """
    bare = msgspec.structs.replace(evidence, id="")
    body = canonical(_whole(msgspec.to_builtins(bare)))
    return msgspec.structs.replace(bare, id=f"sha256:{digest(body)}")


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _whole(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(inner) for inner in value]
    exact = isinstance(value, float) and value.is_integer() and abs(value) < 2**53
    return int(value) if exact else value


def check_seal(evidence: Evidence) -> None:
    """Return if the id follows from the rest, as it is made here or as 0.1 made it.

    Raises:
        NotProvenError: it does not: something was changed after the measurement.
    """
    older = digest(canonical(msgspec.structs.replace(evidence, id="")))
    if evidence.id not in (sealed(evidence).id, f"sha256:{older}"):
        raise NotProvenError(
            step="evidence digest",
            reason=Phrase("errors.told.ai.evidence.changed", family=evidence.family),
        )


def write_evidence(found: EvidenceSet) -> bytes:
    """Return the set as indented JSON with sorted members and a newline at the end."""
    return msgspec.json.format(canonical(found), indent=1) + b"\n"


def read_evidence(body: bytes) -> EvidenceSet:
    """Return the evidence in `body`, with every seal checked.

    Raises:
        MalformedMessageError: it is not such a document.
        NotProvenError: an evidence was changed.
    """
    found = as_evidence(strict_json.parse_object(body))
    for evidence in found.evidence:
        check_seal(evidence)
    return found


def as_evidence(document: Any) -> EvidenceSet:
    """Return the evidence in a parsed document; its seals are not checked yet."""
    try:
        found = msgspec.convert(document, EvidenceSet)
    except msgspec.ValidationError as error:
        raise MalformedMessageError(
            what=Phrase("errors.told.ai.evidence.form", error=error), expected="faifo-ai-evidence-1"
        ) from None
    for evidence in found.evidence:
        for figure in evidence.figures:
            if not all(_finite(value) for value in (figure.value, figure.low, figure.high)):
                raise MalformedMessageError(
                    what=Phrase("errors.told.ai.evidence.figure"),
                    expected=Phrase("errors.told.ai.evidence.finite"),
                    where=f"{evidence.family} {figure.name} {figure.slice}",
                )
    return found


def _finite(value: float | None) -> bool:
    return value is None or math.isfinite(value)
