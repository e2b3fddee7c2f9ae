"""Asking a partner how it sees this node. A partner that is no Faifo node offers no probe."""

from __future__ import annotations

from email.utils import format_datetime

import msgspec

from faifo import clock
from faifo.api.node import ProbeCheck, ProbeReport
from faifo.errors import PeerError
from faifo.node.delivery.outbox import read_reasons
from faifo.node.delivery.peer_answer import PeerAnswer
from faifo.node.examining.probing import PATH
from faifo.node.outward.partners import Partner, Partners
from faifo.phrases import Phrase


class TooSoonError(PeerError):
    """The partner was asked a moment ago; it may be asked again in `seconds`."""

    def __init__(self, *, who: str, reasons: tuple[str, ...], seconds: int) -> None:
        super().__init__(who=who, status=429, reasons=reasons)
        self.seconds = seconds


class _Problem(msgspec.Struct, frozen=True):
    code: str = ""
    detail: str = ""


async def seen_from(partners: Partners, partner: Partner, *, did: str) -> ProbeReport | None:
    """Return how `partner` sees this node, which is `did`; None if it offers no probe.

    Raises:
        TooSoonError: it was asked a moment ago.
        PeerError: it refuses, or its report cannot be read.
        UnreachableError: it does not answer.
    """
    answer = await partners.send(
        partner.root + PATH,
        b"{}",
        audience=partner.did,
        headers={"Date": format_datetime(clock.now(), usegmt=True)},
    )
    if answer.status in {404, 405}:
        return None
    if answer.status == 200:
        return _report(answer, partner)
    told = _problem(answer)
    if answer.status == 504 and told.code == "unreachable":
        # It could not even look who is asking: that is the finding.
        check = ProbeCheck(
            check="document", good=False, code="document-unreachable", text=told.detail[:500]
        )
        return ProbeReport(participant=did, at=clock.now(), checks=(check,))
    reasons = (told.detail[:500],) if told.detail else tuple(read_reasons(answer))
    if answer.status == 429:
        given = answer.headers.get("retry-after", "")
        seconds = int(given) if given.isascii() and given.isdecimal() and len(given) < 4 else 5
        raise TooSoonError(who=partner.did, reasons=reasons, seconds=seconds)
    raise PeerError(who=partner.did, status=answer.status, reasons=reasons)


def _report(answer: PeerAnswer, partner: Partner) -> ProbeReport:
    try:
        return msgspec.json.decode(answer.body, type=ProbeReport)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise PeerError(
            who=partner.did, status=200, reasons=(Phrase("errors.told.partner.probe"),)
        ) from None


def _problem(answer: PeerAnswer) -> _Problem:
    try:
        return msgspec.json.decode(answer.body, type=_Problem)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Problem()
