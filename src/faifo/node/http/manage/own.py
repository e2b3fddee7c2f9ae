"""This node, what it publishes, and whom it trusts."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from starlette.responses import Response

from faifo import __version__, clock
from faifo.errors import NotFoundError
from faifo.node.custody.trust_file import TrustedParticipant
from faifo.node.evidence.passports import Passports
from faifo.node.http.manage import shapes
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.lists import PAGING, listing
from faifo.node.http.manage.operations import Operation, Parameter
from faifo.node.offering.gate import read_credentials
from faifo.node.offering.publishing import (
    Publication,
    Publishing,
    file_source,
    http_source,
    is_url,
)
from faifo.node.outward.partners import Partners
from faifo.node.outward.sources import Sources
from faifo.node.settings.model import Settings
from faifo.node.showing import views
from faifo.node.showing.timeline import timeline
from faifo.store.contract import Store, Transaction
from faifo.store.records import Dataset, OutboxRow


class Own:
    """What this node has and knows, without asking anybody."""

    def __init__(
        self,
        *,
        settings: Settings,
        store: Store,
        partners: Partners,
        sources: Sources,
        publishing: Publishing,
        directory: Any,
        passports: Passports,
    ) -> None:
        self._settings = settings
        self._store = store
        self._partners = partners
        self._sources = sources
        self._publishing = publishing
        self._directory = directory
        self._passports = passports

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "getNode",
                ("GET",),
                "/node",
                self._node,
                "this node, and what it cannot have from others now",
                answers=shapes.Node,
            ),
            Operation(
                "listPartners",
                ("GET",),
                "/partners",
                self._list_partners,
                "the trusted participants, and what is known of them",
                answers=shapes.Page[shapes.Partner],
            ),
            Operation(
                "publishDataset",
                ("POST",),
                "/datasets",
                self._publish,
                "publish a file or a service",
                answers=shapes.Dataset,
                takes=Publication,
                statuses=(201,),
                problems=(409, 413),
                keeps=True,
            ),
            Operation(
                "listDatasets",
                ("GET",),
                "/datasets",
                listing("datasets", _dataset_view),
                "list what is published or was",
                answers=shapes.Page[shapes.Dataset],
                query=(*PAGING, Parameter("offer_id", "the id of its offer")),
            ),
            Operation(
                "getDataset",
                ("GET",),
                "/datasets/{id:path}",
                self._dataset,
                "one dataset",
                answers=shapes.Dataset,
                problems=(404,),
            ),
            Operation(
                "withdrawDataset",
                ("DELETE",),
                "/datasets/{id:path}",
                self._unpublish,
                "take a dataset back; running transfers of it are refused",
                answers=shapes.Dataset,
                problems=(404, 409),
            ),
            Operation(
                "getTimeline",
                ("GET",),
                "/timeline/{id:path}",
                self._timeline,
                "what happened with a negotiation, transfer, agreement or dataset",
                answers=shapes.Timeline,
                problems=(404,),
            ),
        ]

    async def _node(self, _: Call) -> Response:
        node = self._settings.node
        return json_response(
            {
                "did": self._settings.did,
                "name": node.name,
                "economy": node.economy,
                "public_url": node.public_url,
                "version": __version__,
                "lacking": msgspec.to_builtins(self._sources.lacking()),
            }
        )

    async def _publish(self, call: Call) -> Response:
        publication: Publication = call.body
        if is_url(publication.location):
            source = http_source(publication.location, credentials=publication.credentials)
            # What cannot be read later is better said now.
            await asyncio.to_thread(read_credentials, self._directory.path, publication.credentials)
        else:
            source = await asyncio.to_thread(
                file_source,
                publication.location,
                roots=self._settings.publish.roots,
                forbidden=self._directory.path,
            )

        passport = None
        if publication.passport is not None:
            passport = await asyncio.to_thread(
                self._passports.own, publication.passport, source.digest, now=clock.now()
            )

        async def work(tx: Transaction) -> dict[str, Any]:
            dataset = await self._publishing.publish(
                tx, publication, source, now=clock.now(), passport=passport
            )
            return views.dataset(dataset)

        return await call.write(work, status=201)

    async def _dataset(self, call: Call) -> Response:
        name = call.path("id")

        async def look(tx: Transaction) -> dict[str, Any]:
            dataset = await tx.datasets.get(name)
            if dataset is None:
                raise NotFoundError(what="dataset", name=name)
            return views.dataset(dataset)

        return await call.read(look)

    async def _unpublish(self, call: Call) -> Response:
        async def work(tx: Transaction) -> dict[str, Any]:
            dataset = await self._publishing.withdraw(tx, call.path("id"), now=clock.now())
            return views.dataset(dataset)

        return await call.write(work)

    async def _timeline(self, call: Call) -> Response:
        return await call.read(lambda tx: timeline(tx, call.path("id"), self._sources.lacking()))

    async def _list_partners(self, call: Call) -> Response:
        trusted = self._partners.trusted()

        async def look(tx: Transaction) -> dict[str, Any]:
            rows = await tx.outbox.find()
            items = [await _partner(tx, one, rows) for one in trusted]
            return {"items": items, "next": None}

        return await call.read(look)


async def _dataset_view(_: Transaction, record: Dataset) -> dict[str, Any]:
    return views.dataset(record)


async def _partner(
    tx: Transaction, trusted: TrustedParticipant, outbox: list[OutboxRow]
) -> dict[str, Any]:
    """Return what is known of a participant from the books; nobody is asked."""
    did = trusted.did
    contacts = []
    for table in (tx.negotiations, tx.transfers):
        for role in ("consumer", "provider"):
            newest = await table.find(role=role, peer=did, newest_first=True, limit=1)
            contacts += [one.updated for one in newest if one.peer_pid]
    failing = [row for row in outbox if row.peer == did and row.attempts]
    reachable = False if failing else (True if contacts else None)
    agreements = await tx.agreements.count(provider=did) + await tx.agreements.count(consumer=did)
    return {
        "did": did,
        "name": trusted.name,
        "economy": trusted.economy,
        "reachable": reachable,
        "why": failing[-1].last_error if failing else None,
        "last_contact": msgspec.to_builtins(max(contacts)) if contacts else None,
        "agreements": agreements,
    }
