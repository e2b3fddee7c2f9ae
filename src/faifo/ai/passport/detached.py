"""Counts that are too many for the exchange: in a file of their own, which the passport names.

The evidence keeps its figures, and in place of its counts the SHA-256 of the file and the id that
it has with them. Who has the file makes every figure again; to others it is only claimed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from faifo.ai.evidence import ELSEWHERE, Evidence, EvidenceSet, canonical, digest, sealed
from faifo.errors import NotProvenError
from faifo.messages import strict_json
from faifo.phrases import Phrase

EXCHANGED: Final = 256 * 1024
"""The bytes of an envelope that the exchange carries."""
KEPT: Final = 2048
_WHOLE: Final = "evidence"


def detached(found: EvidenceSet) -> tuple[EvidenceSet, bytes]:
    """Return the evidence without its large counts, and the file that holds them."""
    large = {e.id: e.counts for e in found.evidence if len(canonical(e.counts)) > KEPT}
    body = canonical(large)
    sha256 = digest(body)

    def without(evidence: Evidence) -> Evidence:
        counts = {ELSEWHERE: sha256, _WHOLE: evidence.id}
        return sealed(msgspec.structs.replace(evidence, counts=counts))

    evidence = tuple(without(e) if e.id in large else e for e in found.evidence)
    return msgspec.structs.replace(found, evidence=evidence), body


def attached(found: Sequence[Evidence], files: Sequence[bytes]) -> tuple[Evidence, ...]:
    """Return the evidence with the counts that are in the files.

    Raises:
        NotProvenError: no evidence names a file, or it holds other counts than were measured.
        MalformedMessageError: a file is no JSON.
    """
    bodies = {digest(body): strict_json.parse_object(body) for body in files}
    named = {str(evidence.counts.get(ELSEWHERE)) for evidence in found}
    if not bodies.keys() <= named:
        raise NotProvenError(step="counts", reason=Phrase("errors.told.ai.proof.counts-unnamed"))
    return tuple(_with(evidence, bodies) for evidence in found)


def _with(evidence: Evidence, bodies: dict[str, dict[str, Any]]) -> Evidence:
    body = bodies.get(str(evidence.counts.get(ELSEWHERE)))
    if body is None:
        return evidence
    counts = body.get(str(evidence.counts.get(_WHOLE)))
    if isinstance(counts, dict):
        whole = sealed(msgspec.structs.replace(evidence, counts=counts))
        if whole.id == evidence.counts.get(_WHOLE):
            return whole
    raise NotProvenError(
        step="counts", reason=Phrase("errors.told.ai.proof.counts-other", method=evidence.method.id)
    )
