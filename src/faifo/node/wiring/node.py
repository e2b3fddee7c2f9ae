"""A node that is put together: its parts, and how they start and stop."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from faifo.dataplane.certificates import Renewed
from faifo.node.custody.books import books_of
from faifo.node.custody.current_keys import CurrentKeys
from faifo.node.custody.directory import Directory
from faifo.node.custody.keyring import Keyring, ensure_key, read_keyring
from faifo.node.custody.maintenance import Pause
from faifo.node.delivery.changes import Changes
from faifo.node.delivery.events import Feed
from faifo.node.delivery.webhooks import Webhooks
from faifo.node.http.app import App
from faifo.node.outward.outgoing import Outgoing
from faifo.node.receipts.log import NodeLog
from faifo.node.settings.model import Settings, read_settings
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

SHUTDOWN_SECONDS = 10.0


class Node:
    """A node over an open store. `start` lets it act; `public` and `manage_app` are its faces."""

    def __init__(
        self,
        directory: Directory,
        settings: Settings,
        store: Store,
        parts: Replaceable,
        feed: Feed,
        log: NodeLog,
        keyring: Keyring,
    ) -> None:
        self.directory = directory
        self.settings = settings
        self.store = store
        self.did = settings.did
        self.changes = Changes()
        self.feed = feed
        self.metrics = Metrics()
        self.feed.listen(self.metrics.rows)
        self.keyring = keyring
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
        )
        self._outward = Connections(ground)
        self.trusting = Trusting(ground, self._outward)
        self.acting = UseCases(ground, self._outward, self.trusting)
        self._public = PublicFace(ground, self._outward, self.trusting, self.acting)
        self._manage = ManagementFace(ground, self._outward, self.trusting, self.acting)
        self._webhooks = Webhooks(
            store,
            feed,
            Outgoing(self._outward.backends, seconds=settings.egress.timeout_seconds),
            settings=settings.webhooks,
            secret=directory.webhook_secret,
            write=partial(written, settings.did),
        )

    async def measured(self) -> list[Any]:
        """Return the families of metrics, as the Prometheus library has them."""
        return await self._manage.measuring.measured()

    @property
    def renewed(self) -> Sequence[Renewed]:
        """The TLS contexts of its calls, which follow their files."""
        return self._outward.renewed

    @property
    def public(self) -> App:
        """The application that everybody may reach."""
        return self._public.app

    @property
    def manage_app(self) -> App:
        """The application for the node's own people."""
        return self._manage.app

    @property
    def console_app(self) -> App:
        """The console alone, for browsers on other machines."""
        return self._manage.console_app

    def page_link(self, manage_url: str) -> str:
        """Return a link that opens the console once; "" where it has none."""
        return self._manage.page_link(manage_url)

    async def start(self) -> None:
        """Take up what an earlier process left, and let timers fire."""
        await self.acting.start()
        await self._webhooks.start()

    def drain(self) -> None:
        """Begin to stop: be no longer ready, and let those who wait for something go."""
        self.acting.health.draining = True
        self.changes.stop()
        self.feed.stop()

    async def close(self) -> None:
        """Stop acting, finish what is being written, close."""
        await self._webhooks.stop()
        await self.acting.stop(SHUTDOWN_SECONDS / 5)
        await self._public.close()
        await self._outward.close()


def _ensure_keys(directory: Directory, settings: Settings) -> None:
    """Make the keys that the roles of this node need and an earlier Faifo did not make."""
    roles = settings.credentials
    for purpose in (KeyPurpose.AGREEMENT, KeyPurpose.LOG, KeyPurpose.WITNESS):
        ensure_key(directory.keys, purpose)
    if roles.holder:
        ensure_key(directory.keys, KeyPurpose.PRESENTATION)
    if roles.issuer:
        ensure_key(directory.keys, KeyPurpose.CREDENTIAL)


@contextlib.asynccontextmanager
async def open_node(path: Path, parts: Replaceable | None = None) -> AsyncIterator[Node]:
    """Hold the node's directory and put the node together, without letting it act.

    Raises:
        SettingsError, StorageError, ConflictError: what is in the way, for a person.
    """
    directory = Directory(path)
    settings = read_settings(directory.settings)
    directory.hold()
    try:
        parts = parts or Replaceable()
        feed = Feed()
        _ensure_keys(directory, settings)
        keyring = read_keyring(directory.keys, did=settings.did)
        root = settings.node.public_url.rstrip("/")
        hands = settings.receipts.required != "never"
        log = NodeLog(directory, did=settings.did, root=root, hands=hands)
        log.use(keyring)
        sequencer = feed.sequencer(log.sequencer(parts.sequencer))
        store = await books_of(directory, settings).open(sequencer)
        try:
            await log.open(store)
            node = Node(directory, settings, store, parts, feed, log, keyring)
            try:
                yield node
            finally:
                await node.close()
        finally:
            await store.close()
    finally:
        directory.release()
