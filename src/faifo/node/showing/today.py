"""One day of this node, for the people who run it: counted from the books, newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from faifo.api.reviews import PersonDecision, Review
from faifo.api.today import LISTED, Accesses, Happened, Today
from faifo.node.showing.answers import answer
from faifo.node.showing.events import shown
from faifo.node.showing.notices import report, summary
from faifo.phrases import say
from faifo.store.contract import Transaction
from faifo.store.records import JournalEntry, KeptNotice, ReviewState

LOOKED_AT: Final = 1000
# What others have done here, and what people of this node have decided.
NEWS: Final = frozenset(
    {
        "negotiation-begun",
        "negotiation-turned-away",
        "transfer-turned-away",
        "agreement-ended",
        "agreement-suspended",
        "agreement-resumed",
        "participant-withdrawn",
        "passport-reviewed",
        "passport-withdrawn",
        "passport-suspended",
        "passport-suspension-lifted",
        "notice-sent",
        "notice-received",
        "notice-silence",
        "notice-cancelled",
        "notice-withdrawn",
        "credentials-held",
        "credentials-rejected",
        "guest-agreed",
        "invitation-ended",
        "member-applied",
        "person-added",
        "person-removed",
        "passkey-added",
        "passkeys-forgotten",
        "person-decision-reversed",
        "review-wanted",
        "review-decided",
        "reversal-told",
        "reversal-not-taken",
        "reversal-came",
    }
)


async def today(tx: Transaction, now: datetime, lang: str) -> Today:
    """Return what happened since midnight (UTC); at most `LOOKED_AT` events are looked at."""
    since = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = await tx.journal.find(newest_first=True, limit=LOOKED_AT)
    entries = [entry for _, entry in rows if entry.at >= since]
    waits = await tx.reviews.find(state=ReviewState.OPEN.value, newest_first=True, limit=LISTED)
    decided = await tx.person_decisions.find(newest_first=True, limit=LISTED)
    return Today(
        at=now,
        since=since,
        waits=tuple(answer(Review, one) for one in waits),
        notices=tuple([await summary(tx, one, lang) for one in await _notices(tx, "in", since)]),
        sent=tuple([await report(tx, one, lang) for one in await _notices(tx, "out", since)]),
        came=tuple(_happened(one, lang) for one in entries if one.event in NEWS)[:LISTED],
        decisions=tuple(answer(PersonDecision, one) for one in decided if one.at >= since),
        accesses=await _accesses(tx, since, now),
        more=len(entries) == LOOKED_AT,
    )


async def _notices(tx: Transaction, direction: str, since: datetime) -> list[KeptNotice]:
    found = await tx.notices.find(direction=direction, newest_first=True, limit=LISTED)
    return [one for one in found if one.at >= since]


def _happened(entry: JournalEntry, lang: str) -> Happened:
    return Happened(
        text=say(f"told.event.{entry.event}", lang),
        at=entry.at,
        kind="event",
        code=entry.event,
        detail=shown(entry),
        peer=entry.peer,
        dataset=entry.dataset,
    )


async def _accesses(tx: Transaction, since: datetime, now: datetime) -> tuple[Accesses, ...]:
    found, _ = await tx.accesses.sums(
        ("peer", "dataset"), since=since.date(), until=now.date(), limit=1000
    )
    return tuple(answer(Accesses, one) for one in found)
