"""The catalog that one participant sees.

Who may see what is decided once for all datasets with the same terms, and a page looks at a bounded
number of terms and rows, whatever is hidden; the rest is behind the place where it ends.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec

from faifo.errors import NotFoundError
from faifo.kinds.kind import KIND
from faifo.messages.dsp_2025_1.catalog import (
    Catalog,
    DataService,
    Distribution,
    property_value,
    sha256_checksum,
)
from faifo.messages.dsp_2025_1.catalog import Dataset as CatalogDataset
from faifo.messages.dsp_2025_1.query import Query
from faifo.messages.dsp_2025_1.wire import CONTEXT
from faifo.node.exchange.transferring import PULL, PUSH
from faifo.node.offering.rows import ROWS, Position, Rows
from faifo.node.rules import deciding
from faifo.node.rules.standing import by_terms, offered, stopped, visible
from faifo.phrases import Phrase
from faifo.store.contract import Transaction
from faifo.store.journal import happened
from faifo.store.records import Dataset, Proof

TERMS: Final = 250
"""A page decides about so many terms at most; what is left of `ROWS` is for rows."""


def first(query: Query) -> Position:
    return Position(skip=query.offset, left=query.limit)


class OfferedCatalog:
    """What this node offers, in the words of the Dataspace Protocol."""

    def __init__(self, *, did: str, base: str, page_size: int) -> None:
        self._did = did
        self._base = base
        self._page_size = min(page_size, ROWS - TERMS)

    async def page(
        self, tx: Transaction, query: Query, at: Position, *, who: Proof, now: datetime
    ) -> tuple[Catalog, Position | None]:
        """Return the part of the catalog that begins `at`, and where the next one begins.

        There may be a next part though this one is short, or even empty.
        """
        if await tx.stops.get("partner", who.did):
            return self._catalog([]), None
        terms = await tx.catalog.terms(after=at.since, upto=at.upto, limit=TERMS)
        seen = tuple(number for number, said in terms if visible(who, said, now=now))
        upto = terms[-1][0] if len(terms) == TERMS else at.upto
        at = msgspec.structs.replace(at, upto=upto)
        rows = Rows(query, at, seen, size=self._page_size, bound=ROWS - len(terms))
        more = await rows.read(tx)
        shown, at = self._catalog([self.shown(one) for one in rows.fitting]), rows.at
        if at.left == 0 or (not more and upto is None):
            return shown, None
        if not more and upto is not None:
            at = msgspec.structs.replace(at, since=upto, upto=None, place=0)
        return shown, at

    async def one(
        self,
        tx: Transaction,
        dataset: str,
        *,
        who: Proof,
        now: datetime,
    ) -> CatalogDataset:
        """Return one dataset as a root document.

        Raises:
            NotFoundError: there is none, or none for this consumer.
        """
        known = await tx.datasets.get(dataset)
        barred = await stopped(tx, who, dataset)
        if known is None or known.withdrawn or barred or not offered(who, known, now=now):
            raise NotFoundError(what=Phrase("errors.noun.dataset"), name=dataset)
        shown = msgspec.structs.replace(self.shown(known), context=(CONTEXT,))
        if known.passport is None:
            return shown
        return msgspec.structs.replace(
            shown, passport=known.passport.envelope, passport_withdrawal=known.passport.withdrawal
        )

    async def note_hidden(self, tx: Transaction, name: str, *, who: Proof, now: datetime) -> None:
        """Book that `who` asked for a dataset that is there and hidden from it, and why."""
        known = await tx.datasets.get(name)
        if known is None or known.withdrawn:
            return
        barred = await stopped(tx, who, name)
        decision = by_terms(who, known.policy, now=now, every=False)
        why = [barred.reason or barred.kind] if barred else list(deciding.reasons(decision))
        detail = {"why": why}
        await happened(tx, "dataset-hidden", now, {"dataset": name, "peer": who.did}, detail)

    def shown(self, dataset: Dataset) -> CatalogDataset:
        """Return a dataset as a participant sees it: nothing of its source but size and digest."""
        policy: dict[str, Any] = {"@id": dataset.offer_id, "@type": "Offer", **dataset.policy}
        return CatalogDataset(
            id=dataset.id,
            title=dataset.title,
            description=dataset.description or None,
            keyword=list(dataset.keywords) or None,
            licence=dataset.licence,
            conforms_to={"@id": f"{KIND}{dataset.carries}"} if dataset.carries else None,
            passport_sha256=dataset.passport.sha256 if dataset.passport else None,
            passport_status=dataset.passport.status if dataset.passport else None,
            contact=dataset.persons.contact if dataset.persons else None,
            notice=dataset.persons.notice if dataset.persons else None,
            appeal=dataset.persons.appeal if dataset.persons else None,
            made_up=[property_value(*one) for one in dataset.properties.items()] or None,
            has_policy=(policy,),
            distribution=(
                Distribution(
                    format=PUSH if dataset.carries else PULL,
                    access_service=self._service(),
                    media_type=dataset.media_type or None,
                    byte_size=dataset.source.size,
                    checksum=sha256_checksum(dataset.source.digest)
                    if dataset.source.digest
                    else None,
                ),
                *(() if dataset.carries else (self._pushed(),)),
            ),
        )

    def _pushed(self) -> Distribution:
        return Distribution(format=PUSH, access_service=self._service())

    def _catalog(self, datasets: list[CatalogDataset]) -> Catalog:
        return Catalog(
            context=(CONTEXT,),
            id=f"{self._base}/catalog",
            participant_id=self._did,
            service=(self._service(),),
            dataset=tuple(datasets),
        )

    def _service(self) -> DataService:
        return DataService(
            id=f"{self._base}#service",
            endpoint_url=self._base,
            endpoint_description="dspace:connector",
        )
