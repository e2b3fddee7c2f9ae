"""What a person should know of this node now: from its books, asking nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from datetime import datetime, timedelta
from shlex import quote
from typing import Any, Final

from faifo import clock
from faifo.api.processes import why_ended, why_failed, why_held
from faifo.api.status import GROUPS, Flow, Group, Point
from faifo.machines.negotiation import State as Negotiated
from faifo.machines.transfer import State as Moved
from faifo.node.exchange.dues import BEFORE
from faifo.node.rules.standing import by_terms, visible
from faifo.node.showing.notices import summary
from faifo.phrases import Phrase, say
from faifo.policy.compile import compiled
from faifo.policy.decision import Decision, Reason
from faifo.policy.model import Use
from faifo.policy.wording import action_of
from faifo.store.contract import Transaction
from faifo.store.finding import Sought
from faifo.store.records import (
    Negotiation,
    NoticeDirection,
    NoticeState,
    Process,
    Proof,
    ReviewState,
    Standing,
)

LISTED: Final = 20
LOOKED_AT: Final = 500
"""How many records are held at once."""
DAYS: Final = 7
SOON: Final = timedelta(days=30)
# Nobody decides in the time of one look; what is older than this has not just begun.
PATIENCE: Final = timedelta(minutes=10)
_OPEN: Final = {
    "negotiation": (None, *(one for one in Negotiated if one not in {"FINALIZED", "TERMINATED"})),
    "transfer": (None, Moved.REQUESTED, Moved.SUSPENDED),
}
_OVER: Final = frozenset({"dateTime.lt", "dateTime.lteq", "dateTime.eq"})


class Status:
    """One look; sentences are in `lang`. `trusted`: whom the trust file names, with their words.

    `strangers`: whether others may come, too, with credentials.
    """

    def __init__(
        self, tx: Transaction, now: datetime, lang: str, trusted: Collection[Proof], *,
        strangers: bool,
    ) -> None:  # fmt: skip
        self._tx = tx
        self._now = now
        self._lang = lang
        self._trusted = trusted
        self._strangers = strangers

    async def points(self) -> tuple[tuple[Point, ...], tuple[Group, ...]]:
        """Return the first points of each group, and of which groups there are more."""
        found: list[Point] = []
        more: list[Group] = []
        for group in GROUPS:
            looks: AsyncIterator[Point] = getattr(self, f"_{group}")()
            mine: list[Point] = []
            async for one in looks:
                mine.append(one)
                if len(mine) > LISTED:
                    break
            found += mine[:LISTED]
            if len(mine) > LISTED:
                more.append(group)
        return tuple(found), tuple(more)

    async def flows(self) -> tuple[Flow, ...]:
        """Return what was read on each of the last days, also where that is nothing."""
        first, last = (self._now - timedelta(days=DAYS - 1)).date(), self._now.date()
        found, _ = await self._tx.accesses.sums(("day",), since=first, until=last, limit=DAYS)
        known = {one.day: (one.served, one.refused, one.bytes) for one in found}
        days = [(first + timedelta(days=number)).isoformat() for number in range(DAYS)]
        figures = [(day, *known.get(day, (0, 0, 0))) for day in days]
        return tuple(
            Flow(day=day, served=served, refused=refused, bytes=size)
            for day, served, refused, size in figures
        )

    def _point(
        self, group: Group, code: str, subject: str, since: datetime, command: str, **facts: Any
    ) -> Point:
        """Return a point; `command` gets the subject where it has `{}`, or at its end."""
        text = say(f"told.status.{code}", self._lang, **facts)
        line = (command if "{" in command else f"{command} {{}}").format(quote(subject))
        return Point(group=group, code=code, subject=subject, since=since, text=text, command=line)

    async def _waits(self) -> AsyncIterator[Point]:
        tx, most = self._tx, LISTED + 1
        for review in await tx.reviews.find(state=ReviewState.OPEN.value, limit=most):
            yield self._point(
                "waits", "review", review.id, review.at, "faifo review show",
                kind=Phrase(f"person.kind.{review.kind}"),
            )  # fmt: skip
        for member in await tx.members.find(status=Standing.APPLIED.value, limit=most):
            command = "faifo authority members admit"
            name = member.name or member.did
            yield self._point("waits", "member", member.did, member.since, command, name=name)
        async for due in tx.dues.newest(open=1):
            if due.due is not None and due.due - BEFORE[0] <= self._now:
                yield self._point(
                    "waits", "due", due.id, due.due, "faifo policy done",
                    action=action_of(due.action), peer=due.peer, day=clock.text(due.due)[:10],
                )  # fmt: skip
        async for kind, one in self._processes():
            reviewed = isinstance(one, Negotiation) and one.asks  # the review is told above
            if one.hold is not None and not reviewed:
                yield self._point(
                    "waits", "hold", one.pid, one.updated, "faifo show",
                    kind=Phrase(f"errors.{kind}"), peer=one.peer, why=why_held(one.hold),
                )  # fmt: skip

    async def _notices(self) -> AsyncIterator[Point]:
        came = {"direction": NoticeDirection.IN.value, "state": NoticeState.OPEN.value}
        async for kept in self._tx.notices.newest(**came):
            notice = await summary(self._tx, kept, self._lang)
            over = notice.until is not None and notice.until < self._now
            if notice.acknowledged is None and not over:
                yield self._point(
                    "notices", "notice", notice.id, notice.at, "faifo warn show",
                    sender=notice.sender, title=notice.title,
                )  # fmt: skip

    async def _stuck(self) -> AsyncIterator[Point]:
        async for kind, one in self._processes():
            leaving = await self._tx.outbox.first(process=one.pid)
            tried = leaving is not None and leaving.attempts > 0
            if one.hold is not None or not (tried or self._now - one.updated > PATIENCE):
                continue
            why: Any = tuple(map(why_ended, one.reason)) or Phrase("told.status.no-word")
            if leaving is not None and leaving.last_error:
                why = why_failed(leaving.last_error)
            yield self._point(
                "stuck", "stuck", one.pid, one.updated, "faifo show",
                kind=Phrase(f"errors.{kind}"), peer=one.peer, dataset=one.dataset,
                state=one.state or Phrase("errors.waiting.unheard"), why=why,
            )  # fmt: skip

    async def _processes(self) -> AsyncIterator[tuple[str, Process]]:
        for kind, table in (
            ("negotiation", self._tx.negotiations),
            ("transfer", self._tx.transfers),
        ):
            for state in _OPEN[kind]:
                async for one in table.newest(state=state):
                    yield kind, one

    async def _failed(self) -> AsyncIterator[Point]:
        tx = self._tx
        for row in await tx.outbox.find():
            if row.attempts and row.kind not in _OPEN:
                yield self._point(
                    "failed", "message", row.process, row.created, "faifo show",
                    message=row.message, peer=row.peer, times=row.attempts,
                    why=why_failed(row.last_error or "") or Phrase("told.status.no-word"),
                )  # fmt: skip
        for notice in await tx.notices.find(
            direction=NoticeDirection.OUT.value, newest_first=True, limit=LISTED
        ):
            async for one in tx.deliveries.newest(notice=notice.id):
                late = one.silent and not one.acknowledged
                if late or (one.trouble and not one.received):
                    yield self._point(
                        "failed", "silent" if one.received else "delivery", notice.id,
                        one.silent or one.sent, "faifo warn report",
                        receiver=one.name or one.receiver,
                        why=one.trouble or Phrase("told.status.no-word"),
                    )  # fmt: skip
        async for issuance in tx.issuances.newest():
            if issuance.trouble and not issuance.delivered:
                yield self._point(
                    "failed", "credentials", issuance.holder, issuance.received,
                    "faifo authority members renew", holder=issuance.holder, why=issuance.trouble,
                )  # fmt: skip

    async def _ends(self) -> AsyncIterator[Point]:
        async for dataset in self._tx.datasets.newest(withdrawn=None):
            moment = compiled(dataset.policy).changes(Use(who="", at=self._now))
            if moment is not None and moment <= self._now + SOON:
                yield self._point(
                    "ends", "terms", dataset.id, moment, "faifo show",
                    dataset=dataset.id,
                )  # fmt: skip
        async for authority in self._tx.recognitions.newest():
            if self._now < authority.until <= self._now + SOON:
                yield self._point(
                    "ends", "recognition", authority.did, authority.until,
                    "faifo authority recognise", authority=authority.did,
                )  # fmt: skip

    async def _unseen(self) -> AsyncIterator[Point]:
        last = 0
        while terms := await self._tx.catalog.terms(after=last, upto=None, limit=LOOKED_AT):
            last = terms[-1][0]
            hidden = tuple(number for number, said in terms if not self._seen(said))
            for _, one in await self._tx.catalog.find(Sought(terms=hidden, limit=LISTED + 1)):
                yield self._point(
                    "unseen", "unseen", one.id, one.published, "faifo show {} --as PARTNER",
                    dataset=one.id,
                )  # fmt: skip

    def _seen(self, said: dict[str, Any]) -> bool:
        """Tell whether anybody whom this node knows of may see what stands under these terms."""
        if any(visible(proof, said, now=self._now) for proof in self._trusted):
            return True
        # Who may come with credentials is not known; that a date is over holds for everybody.
        nobody = by_terms(Proof(did=""), said, now=self._now, every=False)
        return self._strangers and not _over(nobody)


def _over(decision: Decision) -> bool:
    def ended(reason: Reason) -> bool:
        late = not reason.holds and reason.code in _OVER
        return late or any(ended(child) for child in reason.children)

    return not decision.permits and ended(decision.written.reason)
