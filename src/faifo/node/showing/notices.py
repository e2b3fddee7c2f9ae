"""Notices and their reports as they are answered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from faifo.ai.passport.said import read_kept
from faifo.api.notices import EconomyLine, Line, Notice, NoticeReport, Said, WholeNotice
from faifo.kinds import signed
from faifo.kinds.kind import kinds
from faifo.node.announcing.booking import stages
from faifo.store.contract import Transaction
from faifo.store.records import KeptNotice, NoticeDelivery, NoticeDirection


async def summary(_: Transaction, kept: KeptNotice, lang: str = "en") -> Notice:
    """Return a notice without its content."""
    return Notice(**_head(kept, lang))


async def whole(
    tx: Transaction,
    kept: KeptNotice,
    lang: str = "en",
    *,
    deliveries: Iterable[NoticeDelivery] | None = None,
    state: str | None = None,
) -> WholeNotice:
    """Return a notice with all that is known of it; of a draft, `deliveries` are what would be."""
    head = _head(kept, lang)
    if state is not None:
        head["state"] = state
    if deliveries is None:
        deliveries = await tx.deliveries.find(notice=kept.id)
    return WholeNotice(
        **head,
        content=_content(kept),
        said=tuple(_said(text) for text in kept.followups),
        suspended=tuple(one.passport for one in await tx.suspensions.find(notice=kept.id)),
        receivers=tuple(one.receiver for one in deliveries),
        signed=kept.envelope,
    )


def _head(kept: KeptNotice, lang: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        name: getattr(kept, name)
        for name in ("id", "kind", "sender", "via", "dataset", "at", "sha256", "why")
    }
    told |= {"direction": kept.direction.value, "state": kept.state.value}
    said = stages(kept.statements) if kept.direction is NoticeDirection.IN else {}
    told |= {name: said[name].at if name in said else None for name in ("acknowledged", "acted")}
    if not kept.envelope:
        # What persons wrote is not for everybody who may list notices.
        title = kept.fields.get("system") or kept.id
        blank = {"until": None, "deadline": None, "tlp": "", "exercise": False, "severity": ""}
        return {**told, **blank, "title": title[:160]}
    notice = read_kept(kept.envelope, signed.Notice)
    kind = kinds().get(notice.kind)
    title = kind.title(kind.read(notice.content), lang) if kind else notice.kind
    of_notice = {name: getattr(notice, name) for name in ("until", "deadline", "tlp", "exercise")}
    severity = str(notice.content.get("severity", ""))
    return {**told, **of_notice, "title": title, "severity": severity}


def _content(kept: KeptNotice) -> dict[str, Any]:
    if not kept.envelope:
        return dict(kept.fields)
    return read_kept(kept.envelope, signed.Notice).content


def _said(text: str) -> Said:
    said = read_kept(text, signed.Followup)
    names = ("act", "by", "at", "person", "text", "content")
    return Said(signed=text, **{name: getattr(said, name) for name in names})


async def report(tx: Transaction, kept: KeptNotice, lang: str = "en") -> NoticeReport:
    """Return who took a notice how."""
    notice = read_kept(kept.envelope, signed.Notice)
    deliveries = await tx.deliveries.find(notice=kept.id)
    lines = tuple(_line(one) for one in deliveries)
    head = _head(kept, lang)
    economies = sorted({line.economy for line in lines})
    return NoticeReport(
        id=kept.id,
        title=head["title"],
        exercise=notice.exercise,
        sent=min((one.sent for one in deliveries), default=kept.at),
        deadline=notice.deadline,
        receivers=lines,
        economies=tuple(_economy(name, lines) for name in economies),
        silent=tuple(line.receiver for line in lines if line.state == "silent"),
    )


def settled(report: NoticeReport, stage: str) -> bool:
    """Tell whether nobody is awaited any more: all have come so far, or are silent."""
    return all(
        getattr(line, stage) is not None or line.state == "silent" for line in report.receivers
    )


def _line(one: NoticeDelivery) -> Line:
    words = [read_kept(text, signed.Acknowledgement).text for text in one.statements]
    return Line(
        receiver=one.receiver,
        name=one.name,
        economy=one.economy,
        state=_state(one),
        received=_seconds(one.sent, one.received),
        acknowledged=_seconds(one.sent, one.acknowledged),
        acted=_seconds(one.sent, one.acted),
        said="; ".join(filter(None, words)),
        trouble=one.trouble,
    )


def _state(one: NoticeDelivery) -> str:
    if one.silent is not None:
        return "silent"
    for name in ("acted", "acknowledged", "received"):
        if getattr(one, name) is not None:
            return name
    return "waiting"


def _seconds(since: datetime, at: datetime | None) -> float | None:
    return None if at is None else round((at - since).total_seconds(), 3)


def _economy(name: str, lines: Iterable[Line]) -> EconomyLine:
    of_it = [line for line in lines if line.economy == name]

    def last(stage: str) -> float | None:
        return max((at for line in of_it if (at := getattr(line, stage)) is not None), default=None)

    return EconomyLine(
        economy=name,
        receivers=len(of_it),
        acknowledged=sum(line.acknowledged is not None for line in of_it),
        received_last=last("received"),
        acknowledged_last=last("acknowledged"),
        acted_last=last("acted"),
    )
