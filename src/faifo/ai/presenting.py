"""From a passport that came to what the decision sees; what is not proven becomes a problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from faifo.ai.decision.records import Presented
from faifo.ai.evidence import digest
from faifo.ai.passport import dsse
from faifo.ai.passport.detached import attached
from faifo.ai.passport.records import Passport, Use
from faifo.ai.passport.verify import KeyOf, verify_passport
from faifo.errors import MalformedMessageError, NotProvenError, TooLargeError

PARTS = ("oversight", "bom", "croissant", "status")


def present(
    envelope: bytes,
    key_of: KeyOf,
    *,
    now: datetime,
    artefacts: Mapping[str, str] | None = None,
    withdrawals: Sequence[bytes] = (),
    counts: Sequence[bytes] = (),
) -> tuple[Passport | None, Presented]:
    """Return the passport, if everything about it is proven, and what is to be judged.

    `counts` are files of counts that the passport names; else see `verify_passport`.
    """
    try:
        proven = verify_passport(envelope, key_of, artefacts=artefacts, withdrawals=withdrawals)
        evidence = attached(proven.passport.evidence, counts)
    except (NotProvenError, MalformedMessageError, TooLargeError) as error:
        return None, unproven(str(error), now=now, sha256=called(envelope))
    passport = proven.passport
    use = passport.use or Use(kinds=())
    return passport, Presented(
        sha256=proven.sha256,
        issuer=passport.issuer.did,
        kind=passport.kind,
        risk=passport.risk.level,
        issued=passport.issued,
        expires=passport.expires,
        evidence=evidence,
        answers={answer.question: answer.answer for answer in passport.answers},
        parts=(
            *(name for name in PARTS if getattr(passport, name) is not None),
            *(f"use.{name}" for name in use.said()),
        ),
        uses=use.kinds,
        economy=passport.issuer.economy,
    )


def called(envelope: bytes) -> str:
    """Return the name of what is signed in an envelope; of what is none, its SHA-256."""
    try:
        return dsse.name(envelope)
    except (MalformedMessageError, TooLargeError):
        return digest(envelope)


def unproven(problem: str, *, now: datetime, sha256: str = "") -> Presented:
    """Return what is judged when there is nothing that can be believed: it is refused."""
    return Presented(
        sha256=sha256,
        issuer="",
        kind="system",
        risk="high",
        issued=now,
        expires=now + timedelta(days=1),
        evidence=(),
        problems=(problem,),
    )
