"""A node that is put together: its parts, and how they start and stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import msgspec

from faifo.errors import FaifoError, SettingsError
from faifo.node.custody.books import Part, books_of
from faifo.node.custody.current_keys import CurrentKeys
from faifo.node.custody.directory import Directory
from faifo.node.custody.keyring import BOOKS, Keyring, ensure_key, read_keyring
from faifo.node.custody.maintenance import Pause
from faifo.node.custody.participants import refuse_leaving
from faifo.node.custody.room import Room
from faifo.node.delivery.changes import JOURNAL, OUTBOX, TIMERS, Changes
from faifo.node.delivery.events import Feed
from faifo.node.delivery.webhooks import Webhooks
from faifo.node.http.app import App
from faifo.node.outward.outgoing import Outgoing
from faifo.node.receipts.log import NodeLog
from faifo.node.settings.hosted import installation_of
from faifo.node.settings.model import BoundSettings, Settings, read_settings
from faifo.node.showing.events import written
from faifo.node.showing.metrics import Metrics
from faifo.node.wiring.connections import Connections
from faifo.node.wiring.foundation import Foundation
from faifo.node.wiring.management_face import ManagementFace
from faifo.node.wiring.public_face import PublicFace
from faifo.node.wiring.replaceable import Replaceable
from faifo.node.wiring.trusting import Trusting
from faifo.node.wiring.use_cases import UseCases
from faifo.store.contract import Store
from faifo.trust.keys import KeyPurpose

log = logging.getLogger("faifo.node")

SHUTDOWN_SECONDS = 10.0
AFTER_FAILURE = 1.0
# How long commands may wait until another process over the same books is found.
TELL_SECONDS = 1.0


class Node:
    """A node over an open store. `start` lets it act; `public` and `manage_app` are its faces.

    `page_link` gives a link that opens the console once, "" where it has none; `measured` the
    families of metrics. `renewed` are the TLS contexts of its calls, which follow their files.
    """

    def __init__(
        self,
        directory: Directory,
        settings: Settings,
        store: Store,
        parts: Replaceable,
        feed: Feed,
        log: NodeLog,
        keyring: Keyring,
        part: Part = "all",
    ) -> None:
        self.directory = directory
        self.settings = settings
        self.store = store
        self.did = settings.did
        self.changes = Changes()
        store.listen(self.changes.rung)
        self.feed = feed
        self.metrics = Metrics()
        self.feed.listen(self.metrics.rows)
        self.keyring = keyring
        self.room = Room(directory.path, store, limit=settings.bounds.storage_bytes)
        self.log = log
        self.keys = CurrentKeys(directory.keys, did=self.did, started=self.keyring)
        ground = Foundation(
            directory=directory,
            settings=settings,
            store=store,
            keyring=self.keyring,
            keys=self.keys,
            parts=parts,
            changes=self.changes,
            feed=feed,
            metrics=self.metrics,
            log=log,
            pause=Pause(directory.path),
            room=self.room,
            part=part,
        )
        self._outward = Connections(ground)
        self.trusting = Trusting(ground, self._outward)
        self.acting = UseCases(ground, self._outward, self.trusting)
        self._public = PublicFace(ground, self._outward, self.trusting, self.acting)
        self._manage = ManagementFace(ground, self._outward, self.trusting, self.acting)
        self.public, self.manage_app = self._public.app, self._manage.app
        self.page_link = self._manage.page_link
        self.measured = self._manage.measuring.measured
        self.renewed = self._outward.renewed
        self._webhooks = Webhooks(
            store,
            feed,
            Outgoing(self._outward.backends, seconds=settings.egress.timeout_seconds),
            settings=settings.webhooks,
            secret=directory.webhook_secret,
            write=partial(written, settings.did),
        )
        self._acts = part != "data"
        self._left = asyncio.Event()
        self._taking: asyncio.Task[None] | None = None
        self._telling: asyncio.Task[None] | None = None

    @property
    def console_app(self) -> App:
        """The console alone, for browsers on other machines."""
        return self._manage.console_app

    async def start(self) -> None:
        """Take up what an earlier process left, and let timers fire."""
        elsewhere = self.changes.elsewhere
        elsewhere(JOURNAL, self.feed.ring)
        elsewhere(JOURNAL, self.log.follow)
        if not self._acts:
            # Messages and timers are left to other processes.
            await self.acting.receipts.start()
            return
        elsewhere(TIMERS, self.acting.timers.look)
        elsewhere(OUTBOX, self._left.set)
        await self.acting.start()
        await self._webhooks.start()
        self._taking = asyncio.create_task(self._take_over(), name="faifo-taking-over")

    def tell(self, manage_url: str) -> None:
        """Have commands find this process; over a database, when none before it can be found."""
        self.directory.tell(manage_url)
        if self.store.shared:
            self._telling = asyncio.create_task(self._keep_telling(manage_url))

    async def _keep_telling(self, manage_url: str) -> None:
        while True:
            await asyncio.sleep(TELL_SECONDS)
            with contextlib.suppress(SettingsError):  # a directory that cannot be written to
                self.directory.tell(manage_url)

    async def _take_over(self) -> None:
        """Go on with what another process over the same store had, or could not do itself."""
        while True:
            await self._left.wait()
            self._left.clear()
            try:
                await self.acting.take_over()
                await self._webhooks.start()
            except FaifoError as error:
                log.error("what another process had waits: %s", error)
                await asyncio.sleep(AFTER_FAILURE)
                self._left.set()

    def drain(self) -> None:
        """Begin to stop: be no longer ready, and let those who wait for something go."""
        self.acting.health.draining = True
        self.changes.stop()
        self.feed.stop()

    async def close(self) -> None:
        """Stop acting, finish what is being written, close."""
        tasks = [task for task in (self._taking, self._telling) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._webhooks.stop()
        await self.acting.stop(SHUTDOWN_SECONDS / 5)
        await self._public.close()
        await self._outward.close()


def _ensure_keys(directory: Directory, settings: Settings) -> None:
    """Make the keys that the roles of this node need and an earlier Faifo did not make."""
    roles = settings.credentials
    for purpose in BOOKS:
        ensure_key(directory.keys, purpose)
    if roles.holder:
        ensure_key(directory.keys, KeyPurpose.PRESENTATION)
    if roles.issuer:
        ensure_key(directory.keys, KeyPurpose.CREDENTIAL)


@contextlib.asynccontextmanager
async def open_node(
    path: Path, parts: Replaceable | None = None, *, part: Part = "all"
) -> AsyncIterator[Node]:
    """Hold the node's directory and put the node together, without letting it act.

    Raises:
        SettingsError, StorageError, ConflictError: what is in the way, for a person.
    """
    directory = Directory(path)
    settings = read_settings(directory.settings)
    if installation_of(directory.path) is None:
        settings = msgspec.structs.replace(settings, bounds=BoundSettings())
    directory.hold(shared=bool(settings.store.url))
    try:
        refuse_leaving(directory)
        parts = parts or Replaceable()
        feed = Feed()
        _ensure_keys(directory, settings)
        keyring = read_keyring(directory.keys, did=settings.did)
        root = settings.node.public_url.rstrip("/")
        hands = settings.receipts.required != "never"
        log = NodeLog(directory, did=settings.did, root=root, hands=hands)
        log.use(keyring)
        sequencer = feed.sequencer(log.sequencer(parts.sequencer))
        store = await books_of(directory, settings).open(sequencer, part=part)
        try:
            await log.open(store)
            node = Node(directory, settings, store, parts, feed, log, keyring, part)
            try:
                yield node
            finally:
                await node.close()
        finally:
            await store.close()
    finally:
        directory.release()
