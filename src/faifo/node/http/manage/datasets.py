"""Publishing, and what is published."""

from __future__ import annotations

import asyncio
from typing import TypeVar

import msgspec

from faifo import clock
from faifo.api import datasets as api
from faifo.api.operation import Page
from faifo.dataplane.locations import is_http, is_query, is_stored
from faifo.errors import MalformedMessageError, NotFoundError, SettingsError
from faifo.folding import composed
from faifo.messages.dsp_2025_1.narrowing import read_where
from faifo.messages.dsp_2025_1.query import Query
from faifo.node.custody.directory import Directory
from faifo.node.custody.shared_files import read_shared
from faifo.node.evidence.passports import Passports
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.lists import listing
from faifo.node.http.manage.management import Handlers
from faifo.node.http.response import Response
from faifo.node.offering.object_source import object_source
from faifo.node.offering.peeking import peek
from faifo.node.offering.publishing import (
    Publishing,
    both,
    file_source,
    fitting,
    http_source,
    pushed_source,
    ruled,
)
from faifo.node.offering.query_source import query_source
from faifo.node.offering.rows import Position, Rows
from faifo.node.offering.seen import drafted, seen_by, would_see
from faifo.node.offering.sources import read_credentials
from faifo.node.offering.uploads import Uploads
from faifo.node.outward.partners import Partners
from faifo.node.settings.model import Settings
from faifo.node.showing import answers
from faifo.phrases import Phrase
from faifo.policy.terms import Terms, impossible, offer
from faifo.store.contract import Store, Transaction

P = TypeVar("P", api.Publication, api.TermsOrder, api.Trial)

NAMED = 1000
PART = 5
"""Datasets whose terms are changed in one unit of work, with all that was agreed about them."""


class DatasetHandlers:
    """What this node publishes."""

    def __init__(
        self,
        *,
        settings: Settings,
        publishing: Publishing,
        directory: Directory,
        passports: Passports,
        partners: Partners,
        store: Store,
        uploads: Uploads,
    ) -> None:
        self._store = store
        self._uploads = uploads
        self._partners = partners
        self._settings = settings
        self._publishing = publishing
        self._directory = directory
        self._passports = passports

    def handlers(self) -> Handlers:
        return {
            api.PUBLISH_DATASET: self._publish,
            api.LIST_DATASETS: self._list,
            api.GET_DATASET: self._dataset,
            api.WITHDRAW_DATASET: self._unpublish,
            api.CHANGE_TERMS: self._change_terms,
            api.GET_VISIBILITY: self._visibility,
            api.UPLOAD_FILE: self._upload,
            api.PEEK_UPLOAD: self._peek,
            api.TRY_TERMS: self._try,
        }

    async def _publish(self, call: Call) -> Response:
        publication: api.Publication = call.body
        if not publication.location and not publication.carries:
            raise MalformedMessageError(
                what=Phrase("errors.told.publish.no-location"),
                expected=Phrase("errors.told.publish.location-or-carries"),
            )
        publication = self._understood(ruled(publication, self._settings.publish.rules))
        if (publication.tell_caller or publication.pass_headers) and not is_http(
            publication.location
        ):
            raise MalformedMessageError(
                what=Phrase("errors.told.publish.caller-told"),
                expected=Phrase("errors.told.publish.url"),
            )
        if publication.carries:
            source = pushed_source()
            # Its notices are signed with this key: whoever looks us up until then knows it.
            await asyncio.to_thread(self._passports.ensure_key)
        elif is_http(publication.location):
            source = http_source(
                publication.location,
                credentials=publication.credentials,
                tells=publication.tell_caller,
                passed=publication.pass_headers,
            )
            # What cannot be read later is better said now.
            await self._needed(publication)
        elif is_stored(publication.location):
            source = await object_source(
                publication.location,
                credentials=publication.credentials,
                options=await self._needed(publication),
            )
        elif is_query(publication.location):
            source = await asyncio.to_thread(
                query_source,
                publication.location,
                media_type=publication.media_type,
                credentials=publication.credentials,
                options=await self._needed(publication),
            )
        else:
            source = await asyncio.to_thread(
                file_source,
                publication.location,
                roots=self._settings.publish.roots,
                shared=read_shared(self._directory),
                forbidden=self._directory.path,
                uploads=self._uploads.folder,
            )

        passport = None
        if publication.passport is not None:
            passport = await asyncio.to_thread(
                self._passports.own, publication.passport, source.digest, now=clock.now()
            )

        async def work(tx: Transaction) -> api.Dataset:
            dataset = await self._publishing.publish(
                tx, publication, source, now=clock.now(), passport=passport
            )
            return await answers.dataset(tx, dataset)

        return await call.write(work, status=201)

    async def _needed(self, publication: api.Publication) -> dict[str, str]:
        return await asyncio.to_thread(
            read_credentials, self._directory.path, publication.credentials
        )

    async def _change_terms(self, call: Call) -> Response:
        """Change them in parts: nobody's write waits for all."""
        order: api.TermsOrder = call.body
        if not order.where and not order.search:
            raise MalformedMessageError(
                what=Phrase("errors.told.publish.no-selector"),
                expected=Phrase("errors.told.publish.selector"),
            )
        order = self._understood(order)
        query = msgspec.structs.replace(read_where(order.where), search=order.search)
        found: list[str] = []
        count, changed, after = 0, 0, None
        while True:
            start = after
            names, after = await self._store.read(lambda tx: fitting(tx, query, start))  # noqa: B023
            count += len(names)
            found += names[: NAMED - len(found)]
            for at in range(0, 0 if order.ask else len(names), PART):
                part = names[at : at + PART]
                changed += await self._store.run(
                    lambda tx: self._publishing.change_terms(tx, part, order, now=clock.now())  # noqa: B023
                )
            if after is None:
                told = api.TermsChanged(fitting=count, changed=changed, datasets=tuple(found))
                return json_response(told)

    def _understood(self, order: P) -> P:
        """Return it with partners by their DIDs, and terms that somebody can meet.

        Raises:
            SettingsError: nobody ever can.
        """
        access = order.access and self._met(order.access)
        return msgspec.structs.replace(order, terms=self._met(order.terms), access=access)

    def _met(self, terms: Terms) -> Terms:
        dids = {composed(one.name): one.did for one in self._partners.trusted() if one.name}
        named = tuple(dids.get(composed(one), one) for one in terms.recipients)
        coded = tuple(one.upper() if len(one) == 2 else one for one in terms.economies)
        terms = msgspec.structs.replace(terms, recipients=named, economies=coded)
        why = impossible(terms, now=clock.now())
        if why:
            raise SettingsError(what=why, expected=Phrase("errors.told.terms.possible"))
        return terms

    async def _dataset(self, call: Call) -> Response:
        name = call.path("id")

        async def look(tx: Transaction) -> api.Dataset:
            dataset = await tx.datasets.get(name)
            if dataset is None:
                raise NotFoundError(what=Phrase("errors.told.thing.dataset"), name=name)
            return await answers.dataset(tx, dataset)

        return await call.read(look)

    async def _visibility(self, call: Call) -> Response:
        name, who = call.query.get("dataset", ""), call.query.get("participant", "")
        did = self._partners.named(who)
        trusted = next((one for one in self._partners.trusted() if one.did == did), None)

        async def look(tx: Transaction) -> api.Visibility:
            purpose = call.query.get("purpose")
            seen = await seen_by(tx, name, did, trusted=trusted, now=clock.now(), purpose=purpose)
            return answers.visibility(seen, did, trusted)

        return await call.read(look)

    async def _list(self, call: Call) -> Response:
        narrowed = dict(call.query)
        words, after = narrowed.pop("search", ""), narrowed.pop("after", "")
        if not words:
            return await listing("datasets", answers.dataset)(call)
        narrowed.pop("limit", None)
        query = Query(search=words[:200])
        try:
            at = msgspec.json.decode(after.encode() or b"[]", type=Position)
        except msgspec.MsgspecError:
            raise MalformedMessageError(
                what=Phrase("errors.told.query.is", name="after", value=after[:50]),
                expected=Phrase("errors.told.page.again"),
            ) from None
        size = call.number("limit", 100)

        async def look(tx: Transaction) -> Page[api.Dataset]:
            rows = Rows(query, at, None, size=size, bound=10 * size)
            more = await rows.read(tx)
            found = [
                one
                for one in rows.fitting
                if all(str(getattr(one, name)) == value for name, value in narrowed.items())
            ]
            items = tuple([await answers.dataset(tx, one) for one in found])
            return Page(items=items, next=msgspec.json.encode(rows.at).decode() if more else None)

        return await call.read(look)

    async def _peek(self, call: Call) -> Response:
        path = self._uploads.find(call.path("id"))
        return json_response(await asyncio.to_thread(peek, path))

    async def _upload(self, call: Call) -> Response:
        name = call.query.get("name", "")
        taken = await self._uploads.take(name, call.request.stream())
        return json_response(taken, status=201)

    async def _try(self, call: Call) -> Response:
        order: api.Trial = self._understood(call.body)
        now, trusted = clock.now(), self._partners.trusted()
        if order.policy is not None and order.terms != Terms():
            raise both()
        access = None if order.access is None else offer(order.access)
        policy = offer(order.terms) if order.policy is None else order.policy
        draft = drafted(policy, access, now=now)
        known = {one.did: one for one in trusted}
        dids = [self._partners.named(order.participant)] if order.participant else list(known)

        async def look(tx: Transaction) -> api.Tried:
            found = []
            for did in dids:
                whom, purpose = known.get(did), order.purpose
                seen = await would_see(
                    tx, draft, did, trusted=whom, purpose=purpose, action=order.action, now=now
                )
                found.append(answers.visibility(seen, did, whom))
            return api.Tried(policy=policy, partners=tuple(found))

        return await call.read(look)

    async def _unpublish(self, call: Call) -> Response:
        async def work(tx: Transaction) -> api.Dataset:
            dataset = await self._publishing.withdraw(tx, call.path("id"), now=clock.now())
            return await answers.dataset(tx, dataset)

        return await call.write(work)
