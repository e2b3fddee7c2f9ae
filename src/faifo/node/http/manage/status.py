"""How this node stands: its books, and what an examination of its own files finds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Literal

from faifo import __version__, clock
from faifo.api import node as examined
from faifo.api import status as api
from faifo.api.credentials import Credential
from faifo.api.operation import Page
from faifo.node.custody.directory import Directory
from faifo.node.examining import files
from faifo.node.examining.books import log_halted
from faifo.node.examining.findings import Finding
from faifo.node.examining.running import of_running
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.credentials import CredentialHandlers
from faifo.node.http.manage.management import Handlers
from faifo.node.http.manage.node import NodeHandlers
from faifo.node.http.response import Response
from faifo.node.outward.partners import Partners
from faifo.node.settings.model import Settings
from faifo.node.showing.answers import answer
from faifo.node.showing.status import Status
from faifo.store.contract import Store, Transaction
from faifo.store.records import Proof


class StatusHandlers:
    """Serves both."""

    def __init__(
        self,
        *,
        store: Store,
        directory: Directory,
        settings: Settings,
        partners: Partners,
        node: NodeHandlers,
        credentials: CredentialHandlers,
    ) -> None:
        self._store = store
        self._directory = directory
        self._settings = settings
        self._partners = partners
        self._node = node
        self._credentials = credentials
        self._examining = asyncio.Lock()

    def handlers(self) -> Handlers:
        return {api.GET_STATUS: self._status, examined.GET_EXAMINATION: self._examination}

    async def _status(self, call: Call) -> Response:
        now, settings = clock.now(), self._settings
        trusted = [
            Proof(did=one.did, claims={"name": one.name, "economy": one.economy})
            for one in self._partners.trusted()
        ]
        strangers = settings.trust.mode == "credentials"
        held = await self._held(call.lang)
        found = await asyncio.to_thread(lambda: list(self._looked_at(held)))

        async def look(tx: Transaction) -> api.Status:
            status = Status(tx, now, call.lang, trusted, strangers=strangers)
            points, more = await status.points()
            troubles = [*found, *log_halted(await tx.ledger.head(), settings)]
            return api.Status(
                did=settings.did,
                name=settings.node.name,
                version=__version__,
                at=now,
                points=points,
                more=more,
                troubles=tuple(_trouble(one, call.lang) for one in troubles if one.state != "good"),
                flows=await status.flows(),
            )

        return json_response(await self._store.read(look))

    async def _held(self, lang: str) -> tuple[Credential, ...]:
        return await self._credentials.held(lang) if self._settings.credentials.holder else ()

    def _looked_at(self, held: tuple[Credential, ...]) -> Iterator[Finding]:
        """Look at what is looked at in no time."""
        directory, settings = self._directory, self._settings
        yield from files.maintenance(directory)
        yield from files.disk(directory)
        yield from files.trust(directory, settings)
        yield from files.named_files(directory.path, settings)
        yield from of_running(self._node.node(), held, settings)

    async def _examination(self, call: Call) -> Response:
        """Look at everything: the whole database too, and every published file."""
        node, held = self._node.node(), await self._held(call.lang)

        async def running(settings: Settings) -> AsyncIterator[Finding]:
            for finding in of_running(node, held, settings):
                yield finding

        def look() -> list[Finding]:
            # Loaded on use, here in its thread: hardly anybody has a running node examined.
            from faifo.node.examining.examination import examine

            return asyncio.run(examine(self._directory, running=running))

        async with self._examining:  # one at a time
            found = await asyncio.to_thread(look)
        items = []
        for one in found:
            text, advice = one.words(call.lang)
            told = {"text": text, "advice": advice, "facts": one.told()}
            items.append(answer(examined.Examined, one, **told))
        return json_response(Page(items=tuple(items)))


def _trouble(finding: Finding, lang: str) -> api.Trouble:
    text, advice = finding.words(lang)
    state: Literal["warning", "fault"] = "fault" if finding.state == "fault" else "warning"
    return api.Trouble(check=finding.check, state=state, text=text, advice=advice)
