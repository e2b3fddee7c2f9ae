"""The face for the node's own people: the management API, health and metrics."""

from __future__ import annotations

from starlette.routing import Route

from faifo.node.changes import Changes
from faifo.node.directory import Directory
from faifo.node.events import Feed
from faifo.node.http.app import App, starlette
from faifo.node.http.dcp_1_0.managing import CredentialOperations
from faifo.node.http.health import health_routes
from faifo.node.http.manage import Management
from faifo.node.http.manage.keys import ManageKeys
from faifo.node.http.manage.management import Group
from faifo.node.http.manage.measuring import Measuring
from faifo.node.http.manage.negotiations import NegotiationOperations
from faifo.node.http.manage.own import Own
from faifo.node.http.manage.passports import PassportOperations
from faifo.node.http.manage.probe import ProbeOperations
from faifo.node.http.manage.stream import Stream
from faifo.node.http.manage.transfers import TransferOperations
from faifo.node.http.observed import Observed
from faifo.node.keyring import Keyring, read_keyring
from faifo.node.metrics import Metrics
from faifo.node.services.passports import Passports
from faifo.node.settings import Settings
from faifo.node.wiring.acting import Acting
from faifo.node.wiring.outward import Outward
from faifo.node.wiring.trusting import Trusting
from faifo.store.contract import Store


class ManagementFace:
    """The management application, `app`."""

    def __init__(
        self,
        directory: Directory,
        settings: Settings,
        store: Store,
        *,
        keyring: Keyring,
        changes: Changes,
        metrics: Metrics,
        feed: Feed,
        outward: Outward,
        trusting: Trusting,
        acting: Acting,
    ) -> None:
        self._directory, self._settings, self._store = directory, settings, store
        self._keyring, self._changes, self._feed = keyring, changes, feed
        self._outward, self._trusting, self._acting = outward, trusting, acting
        management = Management(store=store, keys=ManageKeys(directory), groups=self._groups())
        measuring = Measuring(store=store, metrics=metrics, feed=feed, directory=directory)
        shown = measuring.operation(key=not settings.manage.open_metrics)
        app = starlette(
            [
                *health_routes(acting.health, details=True),
                Route("/metrics", management.endpoint(shown), methods=["GET"]),
                *management.routes(),
            ]
        )
        self.app: App = Observed(app, face="manage", metrics=metrics)

    def _groups(self) -> list[Group]:
        settings, store, changes = self._settings, self._store, self._changes
        partners, acting = self._trusting.partners, self._acting
        passports = Passports(
            did=settings.did,
            keyring=self._keyring,
            keys=lambda: read_keyring(self._directory.keys, did=settings.did),
            resolver=self._outward.resolver,
        )
        return [
            Own(
                settings=settings,
                store=store,
                partners=partners,
                publishing=acting.publishing,
                directory=self._directory,
                passports=passports,
            ),
            ProbeOperations(did=settings.did, partners=partners),
            PassportOperations(
                partners=partners, passports=passports, publishing=acting.publishing
            ),
            NegotiationOperations(
                settings=settings,
                store=store,
                changes=changes,
                partners=partners,
                consuming=acting.consuming,
            ),
            TransferOperations(
                store=store, changes=changes, consuming=acting.consuming, relay=self._outward.relay
            ),
            Stream(store=store, feed=self._feed, settings=settings),
            CredentialOperations(
                settings=settings, store=store, partners=partners, issuing=acting.issuing
            ),
        ]
