"""Evidence about an agreement, for whoever settles a dispute; and erasure."""

from __future__ import annotations

from faifo.api.operation import Answer, get


class Evidence(Answer, frozen=True, kw_only=True):
    """A bundle of evidence: `content` is a zip, as `faifo verify` takes it."""

    agreement: str
    content: bytes


MAKE_EVIDENCE = get(
    "makeEvidence", "/evidence/{id:path}", "make the bundle of evidence of an agreement", Evidence,
    problems=(409,),
)  # fmt: skip
