"""All pages of a partner's catalog as one, within bounds: a catalog may be without end."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec

from faifo.messages.dsp_2025_1.catalog import Dataset
from faifo.messages.dsp_2025_1.foreign_catalog import (
    MAX_LEFT_OUT,
    MAX_LINKED,
    ForeignCatalog,
    LeftOut,
    Linked,
)
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
        self._linked: list[Linked] = []

    def add(self, page: ForeignCatalog, size: int) -> bool:
        """Take a page of `size` bytes; tell whether there is room for another."""
        self._size += size
        for dataset in page.datasets:
            if len(self._datasets) >= self._bounds.datasets:
                return self._beyond("datasets", self._bounds.datasets)
            self._datasets.setdefault(dataset.id, dataset)
        if len(self._left_out) < MAX_LEFT_OUT:
            self._left_out.update(dict.fromkeys(page.left_out))
        self._linked += page.linked[: MAX_LINKED + 1 - len(self._linked)]
        if page.participant not in {None, self._participant}:
            why = Phrase("errors.told.partner.other-catalog", did=self._participant)
            self.leave_out("$.participantId", str(page.participant), why)
        if self._size > self._bounds.size:
            return self._beyond("bytes", self._bounds.size)
        return True

    def _beyond(self, what: str, limit: int) -> bool:
        why = Phrase(f"errors.told.partner.catalog-{what}", limit=limit)
        self._left_out = {LeftOut("$", "", why): None, **self._left_out}
        return False

    def leave_out(self, where: str, name: str, why: Phrase | str) -> None:
        """Name what is not shown."""
        self._left_out[LeftOut(where, name, why)] = None

    def follow(self, base: str) -> Iterator[Linked]:
        """Yield the linked catalogs of this partner at its own place, each once, and not for ever.

        What is somebody else's, or elsewhere, is named: a token for this partner is no other's.
        """
        seen = {base}
        while self._linked:
            linked = self._linked.pop(0)
            if linked.url.rstrip("/") in seen:
                continue
            own = linked.participant in {None, self._participant}
            if not own or _origin(linked.url) != _origin(base):
                why = Phrase("errors.told.left-out.elsewhere")
            elif len(seen) > MAX_LINKED:
                why = Phrase("errors.told.left-out.linked", most=MAX_LINKED)
            else:
                seen.add(linked.url.rstrip("/"))
                yield linked
                continue
            self.leave_out(linked.where, linked.participant or linked.url, why)

    def read(self) -> ForeignCatalog:
        return ForeignCatalog(
            participant=self._participant,
            datasets=tuple(self._datasets.values()),
            left_out=tuple(self._left_out)[:MAX_LEFT_OUT],
        )


def _origin(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc
