"""What is proven, in words, for whoever shows it: the command line, and pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from faifo.phrases import say, spoken

if TYPE_CHECKING:
    from faifo.ledger.bundle import Judged
    from faifo.ledger.leaf import Kind
    from faifo.ledger.verifying import Verdict

_LATEST: Final = 253_402_300_799  # what a date can say


def said(word: str, lang: str, /, **facts: object) -> str:
    return say(f"proof.{word}", lang, **facts)


def kind_said(kind: Kind, lang: str) -> str:
    return said(f"kind.{kind.name.lower().replace('_', '-')}", lang)


def event_said(event: str, lang: str) -> str:
    """Return what an event of a journal is called; its name, if this version has no words for it.

    A partner's record names it, so that it can be any text.
    """
    try:
        return say(f"told.event.{event}", lang)
    except KeyError:
        return event


def verdict_rows(verdict: Verdict, lang: str) -> dict[str, str]:
    """Return what one receipt proves, by what it is called, or why it proves nothing."""
    receipt, kind, key = verdict.receipt, verdict.kind, verdict.key
    if verdict.fault:
        return {said("why", lang): str(spoken(verdict.fault.said, lang))}
    if receipt is None or kind is None or key is None:
        return {}
    seen = [f"{name} ({_moment(time)})" for name, time in verdict.cosigned.items()]
    opened = verdict.opening.record.decode(errors="replace") if verdict.opening else None
    place = {"index": receipt.place, "size": receipt.checkpoint.size}
    rows = {
        "what": said("leaf", lang, kind=kind_said(kind, lang), **place),
        "log": receipt.checkpoint.origin,
        "signed": said("by-bundle" if verdict.own else "by", lang, key=key.vkey),
        "seen": ", ".join(seen) or said("seen-by-none", lang),
        "opened": opened or said("closed", lang),
    }
    return {said(name, lang): text for name, text in rows.items()}


def bundle_said(judged: Judged, lang: str) -> list[str]:
    """Return what a bundle that could be read says, how much of it is proven, and by whom."""
    if judged.bundle is None:
        return []
    about, good = judged.bundle.about, [one for one in judged.verdicts if not one.fault]
    facts = {"agreement": about.agreement, "by": about.by, "made": about.made}
    opened = sum(one.opening is not None for one in good)
    keys = {one.key.vkey: one.own for one in good if one.key}
    return [
        said("bundle", lang, **facts),
        said("bundle-receipts", lang, count=len(good), opened=opened),
        *(said("by-bundle" if own else "by", lang, key=vkey) for vkey, own in keys.items()),
    ]


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(min(seconds, _LATEST), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
