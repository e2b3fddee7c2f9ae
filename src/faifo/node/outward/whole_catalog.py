"""All pages of a partner's catalog as one, within bounds: a catalog may be without end."""

from __future__ import annotations

import msgspec

from faifo.messages.dsp_2025_1.catalog import Dataset
from faifo.messages.dsp_2025_1.foreign_catalog import MAX_LEFT_OUT, ForeignCatalog, LeftOut
from faifo.phrases import Phrase

PAGES = 1000


class CatalogBounds(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of one catalog, all pages together."""

    size: int = 67_108_864
    datasets: int = 100_000


class WholeCatalog:
    """What was read so far of the catalog of `participant`."""

    def __init__(self, participant: str, bounds: CatalogBounds) -> None:
        self._participant = participant
        self._bounds = bounds
        self._size = 0
        self._datasets: dict[str, Dataset] = {}
        self._left_out: dict[LeftOut, None] = {}

    def add(self, page: ForeignCatalog, size: int) -> bool:
        """Take a page of `size` bytes; tell whether there is room for another."""
        self._size += size
        for dataset in page.datasets:
            if len(self._datasets) >= self._bounds.datasets:
                return self._beyond("datasets", self._bounds.datasets)
            self._datasets.setdefault(dataset.id, dataset)
        if len(self._left_out) < MAX_LEFT_OUT:
            self._left_out.update(dict.fromkeys(page.left_out))
        if page.participant not in {None, self._participant}:
            why = Phrase("errors.told.partner.other-catalog", did=self._participant)
            self._left_out[LeftOut("$.participantId", str(page.participant), why)] = None
        if self._size > self._bounds.size:
            return self._beyond("bytes", self._bounds.size)
        return True

    def _beyond(self, what: str, limit: int) -> bool:
        why = Phrase(f"errors.told.partner.catalog-{what}", limit=limit)
        self._left_out = {LeftOut("$", "", why): None, **self._left_out}
        return False

    def read(self) -> ForeignCatalog:
        return ForeignCatalog(
            participant=self._participant,
            datasets=tuple(self._datasets.values()),
            left_out=tuple(self._left_out)[:MAX_LEFT_OUT],
        )
