"""What people from outside do here: each in a unit of work of its own, and nothing else."""

from __future__ import annotations

from faifo import clock
from faifo.node.people.deciding import Deciding, Seen
from faifo.node.people.reviews import INCIDENT, Line, Reviews
from faifo.store.contract import Store, Transaction
from faifo.store.records import Review


class Desk:
    """The two ports of the person's page: decisions and reports."""

    def __init__(self, store: Store, deciding: Deciding, reviews: Reviews) -> None:
        self._store = store
        self._deciding = deciding
        self._reviews = reviews

    async def seen(self, reference: str) -> Seen:
        """Return what the holder of a reference may see; see `Deciding.seen`."""
        return await self._store.read(lambda tx: self._deciding.seen(tx, reference))

    async def object(self, reference: str, kind: str, text: str) -> Review:
        """Keep what the holder of a reference writes; see `Deciding.object`."""
        now = clock.now()
        return await self._store.run(
            lambda tx: self._deciding.object(tx, reference, kind, text, now=now)
        )

    async def hold(self, system: str, text: str, reporter: str) -> str:
        """Keep a report about an AI system for a person, and return its number."""
        now = clock.now()
        detail = {"system": system, **({"reporter": reporter} if reporter else {})}
        review = await self._store.run(
            lambda tx: self._reviews.hold(tx, INCIDENT, system, text, now=now, detail=detail)
        )
        return review.id


class HeldReports:
    """A report of the public: a person reads it, and decides whether it is taken up."""

    async def shown(self, tx: Transaction, review: Review, lang: str) -> list[Line]:  # noqa: ARG002
        return []

    async def decided(self, tx: Transaction, review: Review, **_: object) -> None:
        """Do nothing more: the decision stands in the books."""
