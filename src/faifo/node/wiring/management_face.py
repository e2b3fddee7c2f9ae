"""The face for the node's own people: the management API, health and metrics."""

from __future__ import annotations

from faifo.node.evidence.assuring import Assuring
from faifo.node.evidence.judging import Judging
from faifo.node.evidence.passports import Passports
from faifo.node.http.app import App, Routed
from faifo.node.http.console.frame import HOSTS, LOGIN, Console
from faifo.node.http.console.places import PLACES
from faifo.node.http.console.sessions import Sessions
from faifo.node.http.health import health_routes
from faifo.node.http.manage import Management
from faifo.node.http.manage.assessing import AssessmentHandlers
from faifo.node.http.manage.assuring import AssuranceHandlers
from faifo.node.http.manage.credentials import CredentialHandlers
from faifo.node.http.manage.datasets import DatasetHandlers
from faifo.node.http.manage.describing import Describing
from faifo.node.http.manage.dues import DueHandlers
from faifo.node.http.manage.evidence import EvidenceHandlers
from faifo.node.http.manage.fetching import FetchHandlers
from faifo.node.http.manage.guests import GuestHandlers
from faifo.node.http.manage.keeping import KeepingHandlers
from faifo.node.http.manage.keys import Holder, ManageKeys
from faifo.node.http.manage.management import Group
from faifo.node.http.manage.measuring import Measuring
from faifo.node.http.manage.negotiations import NegotiationHandlers
from faifo.node.http.manage.node import NodeHandlers
from faifo.node.http.manage.notices import NoticeHandlers
from faifo.node.http.manage.passports import PassportHandlers
from faifo.node.http.manage.people import PeopleHandlers, ReviewHandlers
from faifo.node.http.manage.probe import ProbeHandlers
from faifo.node.http.manage.receipts import ReceiptHandlers
from faifo.node.http.manage.reports import ReportHandlers
from faifo.node.http.manage.skills import SkillHandlers
from faifo.node.http.manage.status import StatusHandlers
from faifo.node.http.manage.stops import StopHandlers
from faifo.node.http.manage.stream import Stream
from faifo.node.http.manage.today import TodayHandlers
from faifo.node.http.manage.transfers import TransferHandlers
from faifo.node.http.observed import Observed
from faifo.node.http.routing import Route
from faifo.node.people.passkeys import Passkeys
from faifo.node.proving.evidence import Evidence
from faifo.node.showing.register import Register
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
        keys = ManageKeys(ground.directory)
        self.sessions = Sessions(keys.digest)
        self._stream = Stream(
            store=ground.store, feed=ground.feed, settings=ground.settings, keys=keys
        )
        self._management = management = Management(
            store=ground.store, keys=keys, groups=self._groups()
        )
        self.measuring = Measuring(
            store=ground.store,
            metrics=ground.metrics,
            feed=ground.feed,
        )
        shown = self.measuring.operation(key=not ground.settings.manage.open_metrics)
        app = Routed(
            [
                *health_routes(acting.health, details=True),
                Route("/metrics", management.endpoint(shown, self.measuring.read), methods=["GET"]),
                *management.routes(),
                *self._pages(),
            ]
        )
        self.app: App = Observed(app, face="manage", metrics=ground.metrics)

    @property
    def console_app(self) -> App:
        """The console alone, by the address that the settings give it."""
        pages = self._console(self._ground.settings.console.public_url)
        app = Routed([*pages.routes()])
        return Observed(app, face="console", metrics=self._ground.metrics)

    def page_link(self, manage_url: str) -> str:
        """Return a link that opens the console once; "" where there is none."""
        if self._ground.settings.manage.host not in HOSTS:
            return ""
        return f"{manage_url}{LOGIN}?token={self.sessions.link(Holder())[0]}"

    def _pages(self) -> list[Route]:
        """Return the console, where the management face serves this machine alone."""
        if self._ground.settings.manage.host not in HOSTS:
            return []
        return self._console("").routes()

    def _console(self, origin: str) -> Console:
        ground = self._ground
        return Console(
            PLACES,
            management=self._management,
            accounts=self._acting.accounts,
            passkeys=Passkeys(ground.store),
            uploads=self._acting.uploads,
            sessions=self.sessions,
            stream=self._stream,
            node=ground.settings.node.name or ground.did,
            origin=origin,
        )

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
        node = NodeHandlers(
            settings=settings, store=store, partners=partners, sources=self._outward.sources
        )
        credentials = CredentialHandlers(
            settings=settings,
            store=store,
            partners=partners,
            issuing=issuing,
            holding=acting.holding,
        )
        negotiations = NegotiationHandlers(
            settings=settings,
            store=store,
            changes=changes,
            partners=partners,
            consuming=acting.consuming,
            changing=acting.changing,
        )
        transfers = TransferHandlers(
            store=store,
            changes=changes,
            consuming=acting.consuming,
            relay=self._outward.relay,
            inbox=acting.inbox,
        )
        return [
            node,
            KeepingHandlers(
                directory=ground.directory,
                settings=settings,
                pause=ground.pause,
                introducing=self._trusting.introducing,
            ),
            DatasetHandlers(
                settings=settings,
                publishing=acting.publishing,
                directory=ground.directory,
                passports=passports,
                partners=partners,
                store=ground.store,
                uploads=acting.uploads,
            ),
            AssessmentHandlers(acting.assessing),
            DueHandlers(acting.changing.fulfilling),
            ProbeHandlers(did=ground.did, partners=partners),
            PassportHandlers(judging=judging, passports=passports, publishing=acting.publishing),
            negotiations,
            transfers,
            FetchHandlers(
                negotiations,
                transfers,
                store=store,
                changes=changes,
                consuming=acting.consuming,
                partners=partners,
                relay=self._outward.relay,
            ),
            NoticeHandlers(
                announcing=acting.announcing, store=store, partners=partners, changes=changes
            ),
            StopHandlers(stopping=acting.stopping, partners=partners),
            self._stream,
            credentials,
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
            ReportHandlers(partners=partners),
            GuestHandlers(acting.guests, root=ground.root),
            StatusHandlers(
                store=store,
                directory=ground.directory,
                settings=settings,
                partners=partners,
                node=node,
                credentials=credentials,
            ),
            AssuranceHandlers(did=ground.did, assuring=assuring),
            SkillHandlers(
                badges=acting.badges,
                register=Register(
                    did=ground.did,
                    name=settings.node.name,
                    folder=ground.directory.path,
                    store=store,
                ),
            ),
            Describing(),
        ]
