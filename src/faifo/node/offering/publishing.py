"""What this node offers: publishing, withdrawing, and the catalog that one participant sees."""

from __future__ import annotations

import hashlib
import mimetypes
import os
import stat
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from faifo import ids
from faifo.api.datasets import Publication
from faifo.errors import ConflictError, NotFoundError, SettingsError
from faifo.messages.dsp_2025_1.catalog import Catalog, DataService, Distribution, sha256_checksum
from faifo.messages.dsp_2025_1.catalog import Dataset as CatalogDataset
from faifo.messages.dsp_2025_1.criteria import Properties
from faifo.messages.dsp_2025_1.query import Query
from faifo.messages.dsp_2025_1.wire import CONTEXT
from faifo.node.delivery.changes import Changes
from faifo.node.exchange.ending import Ending
from faifo.node.exchange.replacing import replaced
from faifo.node.exchange.transferring import PULL, PUSH
from faifo.node.rules.standing import offered, stopped
from faifo.phrases import Phrase
from faifo.policy.terms import offer
from faifo.store.contract import Transaction
from faifo.store.records import (
    Dataset,
    JournalEntry,
    Proof,
    SourceKind,
    StoredPassport,
    StoredSource,
)

CHUNK = 1024 * 1024
WITHDRAWN = "the provider has withdrawn this dataset"
PASSPORT = "the provider has withdrawn this dataset's AI passport"
SCANNED = 1000


def file_source(location: str, *, roots: Sequence[str], forbidden: Path) -> StoredSource:
    """Hash the file at `location` and return it as a source.

    Raises:
        SettingsError: not a regular file, outside `roots`, or inside the node's own directory.
    """
    try:
        path = Path(location).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        raise SettingsError(
            what=Phrase("errors.told.publish.no-file", location=location),
            expected=Phrase("errors.told.publish.readable"),
        ) from None
    if path.is_relative_to(forbidden.resolve()):
        raise SettingsError(
            what=Phrase("errors.told.publish.own", path=str(path)),
            expected=Phrase("errors.told.publish.outside-it"),
        )
    if not any(path.is_relative_to(Path(root).resolve()) for root in roots):
        raise SettingsError(
            what=Phrase("errors.told.publish.outside", path=str(path)),
            expected=Phrase(
                f"errors.told.publish.{'below' if roots else 'no-root'}", roots=", ".join(roots)
            ),
            advice=Phrase("errors.told.publish.roots"),
        )
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise SettingsError(
            what=Phrase("errors.told.publish.unreadable", path=str(path), strerror=error.strerror),
            expected=Phrase("errors.told.publish.a-readable"),
        ) from None
    before = os.fstat(descriptor)
    if not stat.S_ISREG(before.st_mode):
        os.close(descriptor)
        raise SettingsError(
            what=Phrase("errors.told.publish.not-file", path=str(path)),
            expected=Phrase("errors.told.publish.regular"),
        )
    with os.fdopen(descriptor, "rb") as file:
        digest = hashlib.sha256()
        while chunk := file.read(CHUNK):
            digest.update(chunk)
        after = os.fstat(file.fileno())
    if _signature(before) != _signature(after):
        raise ConflictError(
            what=Phrase("errors.told.publish.changed", path=str(path)),
            advice=Phrase("errors.told.publish.again"),
        )
    return StoredSource(
        kind=SourceKind.FILE,
        location=str(path),
        digest=digest.hexdigest(),
        size=after.st_size,
        signature=_signature(after),
    )


def _signature(status: os.stat_result) -> tuple[int, int, int, int, int]:
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )


def http_source(location: str, *, credentials: str | None) -> StoredSource:
    """Return the HTTP API at `location` as a source.

    Raises:
        SettingsError: not a plain http or https URL.
    """
    try:
        url = urlsplit(location)
        _ = url.port
    except ValueError:  # brackets that are no IPv6 address, a port that is no number
        url = urlsplit("")
    if not url.hostname or url.username or url.password or url.query or url.fragment:
        raise SettingsError(
            what=Phrase("errors.told.publish.not-url", location=location),
            expected=Phrase("errors.told.publish.url"),
            advice=Phrase("errors.told.publish.give"),
        )
    return StoredSource(
        kind=SourceKind.HTTP, location=location.rstrip("/"), credentials=credentials
    )


def is_url(location: str) -> bool:
    return location.startswith(("http://", "https://"))


class Publishing:
    """The use cases of the catalog."""

    def __init__(
        self, *, did: str, base: str, page_size: int, changes: Changes, ending: Ending
    ) -> None:
        self._did = did
        self._base = base
        self._page_size = page_size
        self._changes = changes
        self._ending = ending

    async def publish(
        self,
        tx: Transaction,
        publication: Publication,
        source: StoredSource,
        *,
        now: datetime,
        passport: StoredPassport | None = None,
    ) -> Dataset:
        """Publish under a new offer; a withdrawn dataset of that id is published anew.

        To replace what is published is to make a version of it, under the same offer. Agreements
        whose terms are not wider than the new ones go on for it; the others end.

        Raises:
            ConflictError: a dataset of that id is published.
        """
        name = publication.location.rstrip("/").rsplit("/", 1)[-1]
        wanted = publication.id or ids.new_urn(now)
        known = await tx.datasets.get(wanted)
        current = known if known and not known.withdrawn else None
        if current and not publication.replace:
            raise ConflictError(
                what=Phrase("errors.told.publish.already", wanted=wanted),
                advice=Phrase("errors.told.publish.first"),
            )
        guessed = mimetypes.guess_type(name)[0]
        media_type = publication.media_type or guessed or "application/octet-stream"
        dataset = Dataset(
            id=wanted,
            title=publication.title or name,
            description=publication.description,
            keywords=publication.keywords,
            licence=publication.licence,
            offer_id=current.offer_id if current else ids.new_urn(now),
            version=current.version + 1 if current else 1,
            policy=offer(publication.terms),
            source=source,
            media_type=media_type if source.kind is SourceKind.FILE else "",
            published=now,
            passport=passport,
            revision=known.revision if known else 0,
        )
        if current is None:
            return await self._keep(tx, "dataset-published", dataset, now=now)
        kept = await self._keep(tx, "dataset-replaced", dataset, now=now)
        await replaced(tx, kept, self._ending, now=now)
        return kept

    async def withdraw(self, tx: Transaction, dataset: str, *, now: datetime) -> Dataset:
        """Take a dataset out of the catalog; every agreement about it ends, and what runs."""
        known = await tx.datasets.get(dataset)
        if known is None or known.withdrawn:
            raise NotFoundError(what=Phrase("errors.noun.published-dataset"), name=dataset)
        withdrawn = msgspec.structs.replace(known, withdrawn=now)
        kept = await self._keep(tx, "dataset-withdrawn", withdrawn, now=now)
        await self._ending.end(tx, (WITHDRAWN,), now=now, dataset=dataset)
        return kept

    async def withdraw_passport(
        self, tx: Transaction, names: Collection[str], withdrawal: str, *, now: datetime
    ) -> list[Dataset]:
        """Mark a passport as withdrawn wherever it is published, and return those datasets.

        Their running transfers are refused from then on.
        """
        changed = []
        for known in await tx.datasets.find(withdrawn=None):
            held = known.passport
            if held is None or held.sha256 not in names:
                continue
            if held.withdrawal is not None:
                changed.append(known)
                continue
            marked = msgspec.structs.replace(held, withdrawal=withdrawal)
            marked_dataset = msgspec.structs.replace(known, passport=marked)
            changed.append(await self._keep(tx, "passport-withdrawn", marked_dataset, now=now))
            await self._ending.running(tx, (PASSPORT,), now=now, dataset=known.id)
        return changed

    async def _keep(
        self, tx: Transaction, event: str, dataset: Dataset, *, now: datetime
    ) -> Dataset:
        kept = await tx.datasets.put(dataset)
        detail = {"title": kept.title, "version": kept.version}
        entry = JournalEntry(event=event, at=now, dataset=kept.id, detail=detail)
        await tx.journal.append(entry)
        tx.after_commit(lambda: self._changes.ring(kept.id))
        return kept

    async def page(
        self,
        tx: Transaction,
        *,
        who: Proof,
        after: str | None,
        now: datetime,
        limit: int | None = None,
    ) -> tuple[Catalog, str | None]:
        """Return the part of the catalog behind `after`, and where the next part begins.

        With `limit` no more than that many datasets are shown, and no next part is named.
        """
        size = self._page_size if limit is None else min(limit, self._page_size)
        shown: list[CatalogDataset] = []
        last = after
        hidden = {one.name for one in await tx.stops.find(kind="dataset")}
        if await tx.stops.get("partner", who.did):
            return self._catalog(shown), None
        while True:
            batch = await tx.datasets.find(withdrawn=None, after=last, limit=self._page_size)
            for dataset in batch:
                if len(shown) == size:
                    return self._catalog(shown), last if limit is None else None
                last = dataset.id
                if dataset.id not in hidden and offered(who, dataset, now=now):
                    shown.append(self.shown(dataset))
            if len(batch) < self._page_size:
                return self._catalog(shown), None

    async def search(
        self,
        tx: Transaction,
        query: Query,
        *,
        who: Proof,
        now: datetime,
    ) -> tuple[Catalog, str | None]:
        """Return what `query` asks for of what `who` may see, at most one page of it."""
        found: list[Dataset] = []
        last = None
        hidden = {one.name for one in await tx.stops.find(kind="dataset")}
        if await tx.stops.get("partner", who.did):
            return self._catalog([]), None
        while True:
            batch = await tx.datasets.find(withdrawn=None, after=last, limit=SCANNED)
            found += [
                dataset
                for dataset in batch
                if dataset.id not in hidden
                and query.matches(properties(dataset))
                and offered(who, dataset, now=now)
            ]
            if len(batch) < SCANNED:
                break
            last = batch[-1].id
        found.sort(key=lambda dataset: query.key(properties(dataset)), reverse=query.descending)
        size = self._page_size if query.limit is None else min(query.limit, self._page_size)
        page = found[query.offset : query.offset + size]
        return self._catalog([self.shown(dataset) for dataset in page]), None

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

    def shown(self, dataset: Dataset) -> CatalogDataset:
        """Return a dataset as a participant sees it: nothing of its source but size and digest."""
        policy: dict[str, Any] = {"@id": dataset.offer_id, "@type": "Offer", **dataset.policy}
        return CatalogDataset(
            id=dataset.id,
            title=dataset.title,
            description=dataset.description or None,
            keyword=list(dataset.keywords) or None,
            licence=dataset.licence,
            passport_sha256=dataset.passport.sha256 if dataset.passport else None,
            passport_status=dataset.passport.status if dataset.passport else None,
            has_policy=(policy,),
            distribution=(
                Distribution(
                    format=PULL,
                    access_service=self._service(),
                    media_type=dataset.media_type or None,
                    byte_size=dataset.source.size,
                    checksum=sha256_checksum(dataset.source.digest)
                    if dataset.source.digest
                    else None,
                ),
                Distribution(format=PUSH, access_service=self._service()),
            ),
        )

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


def properties(dataset: Dataset) -> Properties:
    """Return what a query may test of a dataset; see `query.PROPERTIES`."""
    size = dataset.source.size
    return {
        "id": (dataset.id,),
        "title": (dataset.title,),
        "description": (dataset.description,),
        "keyword": dataset.keywords,
        "license": () if dataset.licence is None else (dataset.licence,),
        "mediaType": (dataset.media_type,),
        "byteSize": () if size is None else (size,),
    }


def next_page_link(base: str, cursor: str) -> str:
    """Return the Link header of a page that is not the last."""
    return f'<{base}/catalog/request?after={quote(cursor, safe="")}>; rel="next"'
