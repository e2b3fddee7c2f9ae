"""A page of the catalog's rows: those that a query fits, out of a bounded number looked at."""

from __future__ import annotations

from typing import Final

import msgspec

from faifo.messages.dsp_2025_1.query import Query
from faifo.node.offering import finding
from faifo.store.contract import Transaction
from faifo.store.finding import Sought, properties
from faifo.store.records import Dataset

ROWS: Final = 500
SKIPPED: Final = 10_000
"""A page looks at so many terms and rows, and at those that the caller wants skipped."""


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Where a page begins: the terms behind number `since` and up to `upto`, from a place on.

    With a `sortField` the place counts rows. `skip` and `left` are what is left of the query's
    offset and limit.
    """

    since: int = 0
    upto: int | None = None
    place: int = 0
    skip: int = 0
    left: int | None = None


class Rows:
    """Rows in their order until a page of `size` is full; `fitting` are found, `at` moves on."""

    def __init__(
        self, query: Query, at: Position, terms: tuple[int, ...] | None, *, size: int, bound: int
    ) -> None:
        self._query = query
        self._terms = terms
        self._size = size if at.left is None else min(at.left, size)
        self._bound = bound + min(at.skip, SKIPPED)
        self._every = finding.wanted(query)
        self._never = finding.unwanted(query)
        self._sort = (query.sort or "id") if query.sort or query.descending else None
        self.looked = 0
        self.at = at
        self.fitting: list[Dataset] = []

    async def read(self, tx: Transaction) -> bool:
        """Fill `fitting`; tell whether there may be more."""
        stopped = {one.name for one in await tx.stops.find(kind="dataset")}
        jump = 0
        if finding.exact(self._query) and not stopped and self.at.upto is None:
            # Whatever the index gives is shown, so it can count by itself.
            jump, self.at = self.at.skip, msgspec.structs.replace(self.at, skip=0)
        while self.looked < self._bound:
            limit = min(
                self._size - len(self.fitting) + 1 + self.at.skip, self._bound - self.looked
            )
            rows = await tx.catalog.find(self._sought(limit, jump))
            self._move(jump if self._sort else 0)
            jump = 0
            for place, dataset in rows:
                if len(self.fitting) == self._size:
                    return True
                self._look(place, dataset, hidden=dataset.id in stopped)
            if len(rows) < limit:
                return False
        return True

    def _look(self, place: int, dataset: Dataset, *, hidden: bool) -> None:
        self.looked += 1
        self._move(1 if self._sort else place - self.at.place)
        if hidden or not self._query.matches(properties(dataset)):
            return
        if self.at.skip:
            self.at = msgspec.structs.replace(self.at, skip=self.at.skip - 1)
            return
        self.fitting.append(dataset)
        if self.at.left is not None:
            self.at = msgspec.structs.replace(self.at, left=self.at.left - 1)

    def _move(self, by: int) -> None:
        if by:
            self.at = msgspec.structs.replace(self.at, place=self.at.place + by)

    def _sought(self, limit: int, jump: int) -> Sought:
        ordered = self._sort is not None
        return Sought(
            terms=self._terms,
            every=self._every,
            never=self._never,
            after=0 if ordered else self.at.place,
            sort=self._sort,
            descending=self._query.descending,
            skip=jump + (self.at.place if ordered else 0),
            limit=limit,
        )
