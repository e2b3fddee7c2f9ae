"""Evidence about an agreement, for whoever settles a dispute; and erasure."""

from __future__ import annotations

from typing import Literal

from faifo.api.operation import Answer, Order, Scope, Text, get, post

Why = Literal["request", "expired", "mistake", "law"]


class EraseOrder(Order, frozen=True, kw_only=True):
    """What is erased: all records under an agreement, those of a process, or of one leaf of ours.

    The reason is a code, which stands in the log: a person asked for it, the time to keep it is
    over, it was never to be there, or a law or authority demands it. `log` is the origin of one of
    our logs, as receipts name it; without it a `place` is one in the log that is written today.
    """

    agreement: Text
    reason: Why
    process: str | None = None
    place: int | None = None
    log: str | None = None


class Erasure(Answer, frozen=True, kw_only=True):
    """What was erased: `places` of leaves in our log, and how many of the other side's openings.

    The other side, `peer`, is asked to do likewise. `clean`: no file of the database holds a copy
    any more. `copies` are backups, made since it was written down, that still hold it.
    """

    agreement: str
    peer: str
    places: tuple[int, ...]
    theirs: int
    clean: bool
    copies: tuple[str, ...]


class Evidence(Answer, frozen=True, kw_only=True):
    """A bundle of evidence: `content` is a zip, as `faifo verify` takes it."""

    agreement: str
    content: bytes


MAKE_EVIDENCE = get(
    "makeEvidence", "/evidence/{id:path}", "make the bundle of evidence of an agreement", Evidence,
    problems=(409,), scope=Scope.LOOK,
)  # fmt: skip
ERASE = post(
    "erase",
    "/erasures",
    "remove what leaves of an agreement stand for, and ask the other side to do likewise",
    Erasure,
    EraseOrder,
    (404, 409),
)
