"""The face for the node's own people: the management API, health and metrics."""

from __future__ import annotations

from starlette.routing import Route

from faifo.node.evidence.assuring import Assuring
from faifo.node.evidence.judging import Judging
from faifo.node.evidence.passports import Passports
from faifo.node.http.app import App, starlette
from faifo.node.http.health import health_routes
from faifo.node.http.manage import Management
from faifo.node.http.manage.assuring import AssuranceHandlers
from faifo.node.http.manage.credentials import CredentialHandlers
from faifo.node.http.manage.datasets import DatasetHandlers
from faifo.node.http.manage.describing import Describing
from faifo.node.http.manage.evidence import EvidenceHandlers
from faifo.node.http.manage.keys import ManageKeys
from faifo.node.http.manage.management import Group
from faifo.node.http.manage.measuring import Measuring
from faifo.node.http.manage.negotiations import NegotiationHandlers
from faifo.node.http.manage.node import NodeHandlers
from faifo.node.http.manage.notices import NoticeHandlers
from faifo.node.http.manage.passports import PassportHandlers
from faifo.node.http.manage.people import PeopleHandlers, ReviewHandlers
from faifo.node.http.manage.probe import ProbeHandlers
from faifo.node.http.manage.receipts import ReceiptHandlers
from faifo.node.http.manage.stops import StopHandlers
from faifo.node.http.manage.stream import Stream
from faifo.node.http.manage.today import TodayHandlers
from faifo.node.http.manage.transfers import TransferHandlers
from faifo.node.http.observed import Observed
from faifo.node.http.staff.pages import HOSTS, LOGIN, StaffPages
from faifo.node.http.staff.sessions import Sessions
from faifo.node.proving.evidence import Evidence
from faifo.node.wiring.connections import Connections
from faifo.node.wiring.foundation import Foundation
from faifo.node.wiring.trusting import Trusting
from faifo.node.wiring.use_cases import UseCases


class ManagementFace:
    """The management application, `app`."""

    def __init__(
        self, ground: Foundation, outward: Connections, trusting: Trusting, acting: UseCases
    ) -> None:
        self._ground = ground
        self._outward, self._trusting, self._acting = outward, trusting, acting
        self.sessions = Sessions()
        management = Management(
            store=ground.store, keys=ManageKeys(ground.directory), groups=self._groups()
        )
        measuring = Measuring(
            store=ground.store,
            metrics=ground.metrics,
            feed=ground.feed,
            directory=ground.directory,
        )
        shown = measuring.operation(key=not ground.settings.manage.open_metrics)
        app = starlette(
            [
                *health_routes(acting.health, details=True),
                Route("/metrics", management.endpoint(shown, measuring.read), methods=["GET"]),
                *management.routes(),
                *self._pages(),
            ]
        )
        self.app: App = Observed(app, face="manage", metrics=ground.metrics)

    def page_link(self, manage_url: str) -> str:
        """Return a link that opens the page once; "" where there is none."""
        if self._ground.settings.manage.host not in HOSTS:
            return ""
        return f"{manage_url}{LOGIN}?token={self.sessions.link()[0]}"

    def _pages(self) -> list[Route]:
        """Return the node's page, where the management face serves this machine alone."""
        ground = self._ground
        if ground.settings.manage.host not in HOSTS:
            return []
        pages = StaffPages(
            store=ground.store,
            reviews=self._acting.reviews,
            sessions=self.sessions,
            node=ground.settings.node.name or ground.did,
            did=ground.did,
        )
        return pages.routes()

    def _groups(self) -> list[Group]:
        ground, acting = self._ground, self._acting
        settings, store, changes = ground.settings, ground.store, ground.changes
        partners = self._trusting.partners
        passports = Passports(did=ground.did, keys=ground.keys, resolver=self._outward.resolver)
        judging = Judging(
            store=store,
            keys=ground.keys,
            partners=partners,
            passports=passports,
            accounts=acting.accounts,
        )
        issuing = acting.issuing
        assuring = Assuring(store=store, issuing=issuing, judging=judging) if issuing else None
        return [
            NodeHandlers(
                settings=settings,
                store=store,
                partners=partners,
                sources=self._outward.sources,
            ),
            DatasetHandlers(
                settings=settings,
                publishing=acting.publishing,
                directory=ground.directory,
                passports=passports,
                partners=partners,
                store=ground.store,
            ),
            ProbeHandlers(did=ground.did, partners=partners),
            PassportHandlers(judging=judging, passports=passports, publishing=acting.publishing),
            NegotiationHandlers(
                settings=settings,
                store=store,
                changes=changes,
                partners=partners,
                consuming=acting.consuming,
            ),
            TransferHandlers(
                store=store,
                changes=changes,
                consuming=acting.consuming,
                relay=self._outward.relay,
                inbox=acting.inbox,
            ),
            NoticeHandlers(
                announcing=acting.announcing, store=store, partners=partners, changes=changes
            ),
            StopHandlers(stopping=acting.stopping, partners=partners),
            Stream(store=store, feed=ground.feed, settings=settings),
            CredentialHandlers(
                settings=settings,
                store=store,
                partners=partners,
                issuing=issuing,
                holding=acting.holding,
            ),
            PeopleHandlers(acting.accounts),
            ReviewHandlers(
                root=ground.root,
                store=store,
                partners=partners,
                deciding=acting.deciding,
                reviews=acting.reviews,
            ),
            ReceiptHandlers(ground.log, witness=ground.witness.vkey),
            EvidenceHandlers(Evidence(ground.log, did=ground.did), ground.store, ground.directory),
            TodayHandlers(self.sessions),
            AssuranceHandlers(did=ground.did, assuring=assuring),
            Describing(),
        ]
