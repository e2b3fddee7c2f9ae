"""The face that everybody may reach: protocol, credentials, well-known documents, data."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from faifo.dataplane.app import DataPlane
from faifo.dataplane.pushing import Pusher
from faifo.node.examining.probing import Probing
from faifo.node.exchange.negotiating import Negotiations
from faifo.node.http.app import DATA_PATH, App, public_app
from faifo.node.http.health import health_routes
from faifo.node.http.observed import NotingAuthenticator, NotingGate, Observed
from faifo.node.http.paused import paused
from faifo.node.http.public import wellknown
from faifo.node.http.public.dcp_1_0.holder import CredentialService
from faifo.node.http.public.dcp_1_0.issuer import IssuerService
from faifo.node.http.public.dsp_2025_1.agreement_notices import AgreementNoticeEndpoint
from faifo.node.http.public.dsp_2025_1.catalog import CatalogEndpoints
from faifo.node.http.public.dsp_2025_1.processes import (
    NEGOTIATION_ENDPOINTS,
    TRANSFER_ENDPOINTS,
    Processes,
)
from faifo.node.http.public.guests import GuestPages
from faifo.node.http.public.inbox import InboxEndpoint
from faifo.node.http.public.ledger import LogEndpoints, ReceiptEndpoint
from faifo.node.http.public.notices import NoticeEndpoints
from faifo.node.http.public.pairing import PairingPage
from faifo.node.http.public.persons import PersonPages
from faifo.node.http.public.probe import ProbeEndpoint
from faifo.node.http.public.reversals import Reversals
from faifo.node.http.public.visitors import PATH
from faifo.node.http.routing import Mounted, Route
from faifo.node.http.shares import Shares, SharingAuthenticator, SharingGate
from faifo.node.offering.access_journal import NodeJournal
from faifo.node.offering.gate import NodeGate
from faifo.node.offering.holding import HeldCalls
from faifo.node.offering.pushing import Pushing
from faifo.node.receipts.witnessing import Witness
from faifo.node.wiring.connections import Connections
from faifo.node.wiring.foundation import Foundation
from faifo.node.wiring.trusting import Trusting
from faifo.node.wiring.use_cases import UseCases
from faifo.trust.did import did_web_url, write_did_document
from faifo.trust.keys import KeyPurpose


class PublicFace:
    """The public application, `app`, and the data plane in it."""

    def __init__(
        self, ground: Foundation, outward: Connections, trusting: Trusting, acting: UseCases
    ) -> None:
        settings = ground.settings
        self._ground, self._outward, self._acting = ground, outward, acting
        self._callers, self._resolver = trusting.callers, trusting.resolver
        self._trust, self._introducing = trusting.trust, trusting.introducing
        self._shares = Shares(settings.shares)
        self._authenticator = SharingAuthenticator(
            NotingAuthenticator(trusting.authenticator()), self._shares
        )
        self._prefix = urlsplit(ground.root).path
        data = self._prefix + DATA_PATH
        gate = NodeGate(
            ground.store,
            ground.changes,
            directory=ground.directory,
            keyring=ground.keyring,
            limits=settings.data,
            conduct=acting.conduct,
            held=HeldCalls(ground.store, ground.changes, acting.reviews),
        )
        self._data = DataPlane(
            gate=SharingGate(NotingGate(gate), self._shares),
            journal=NodeJournal(ground.store, ground.log.leaf_told),
            backends=outward.backends,
            prefix=data,
            ongoing=gate,
        )
        self._pushing = Pushing(
            ground.store,
            acting.transfers,
            timers=acting.timers,
            pusher=Pusher(
                self._shares.around(self._data), outward.session, idle=settings.data.idle_seconds
            ),
            path=data,
            span=settings.delivery_span,
            token_span=settings.token_span,
        )
        self.app: App = Observed(
            paused(
                self._shares.around(self._public()),
                ground.pause,
                node=settings.node.name or ground.did,
                prefix=self._prefix,
            ),
            face="public",
            metrics=ground.metrics,
            fixed={f"{data}/": f"{data}/{{transfer}}/{{path}}"},
        )

    async def close(self) -> None:
        """Break off what is pushed, and let go of the files that are served."""
        await self._pushing.stop()
        self._data.close()

    def _public(self) -> App:
        settings, prefix = self._ground.settings, self._prefix
        health = health_routes(self._acting.health, prefix=prefix, details=False)
        if self._ground.part == "data":
            return public_app(prefix=prefix, mounted=[], routes=health, data=self._data)
        limit = settings.data.response_bytes
        inbox = InboxEndpoint(self._acting.inbox, self._ground.store, limit=limit)
        probe = ProbeEndpoint(
            Probing(self._outward.outgoing, allow_http=settings.trust.did_web_http),
            store=self._ground.store,
            authenticator=self._authenticator,
        )
        return public_app(
            prefix=prefix,
            mounted=[
                self._protocol(),
                self._notices(),
                *self._credential_services(),
                self._persons(),
            ],
            routes=[
                *health,
                *wellknown.routes(
                    prefix=prefix,
                    did_document=self._did_document,
                    did_path=urlsplit(did_web_url(settings.did, allow_http=False)).path,
                    credentials=settings.trust.mode == "credentials",
                ),
                *probe.routes(prefix=prefix),
                *self._ledger(),
                *inbox.routes(prefix=prefix),
                *Reversals(
                    store=self._ground.store,
                    authenticator=self._authenticator,
                    resolver=self._resolver,
                ).routes(prefix=prefix),
            ],
            data=self._data if self._ground.part == "all" else None,
        )

    def _ledger(self) -> list[Route]:
        ground, acting = self._ground, self._acting
        witness = Witness(
            ground.store,
            acting.peer_logs,
            ground.witness,
            ground.keyring.signing(KeyPurpose.WITNESS),
        )
        routes = LogEndpoints(ground.log, witness, ground.store).routes(prefix=self._prefix)
        taking = ReceiptEndpoint(acting.receipts, authenticator=self._authenticator)
        return routes + taking.routes(prefix=self._prefix)

    def _persons(self) -> Mounted:
        desk, settings = self._acting.desk, self._ground.settings.node
        reports = self._acting.announcing.reporting
        shared = {"node": settings.name or self._ground.did, "prefix": self._prefix}
        guests = GuestPages(self._acting.guests, self._data, url=self._ground.root, **shared)
        people = PersonPages(desk, reports, **shared)
        pairing = PairingPage(self._introducing.own, **shared)
        return Mounted(PATH, [*guests.routes(), *pairing.routes(), *people.routes()])

    def _protocol(self) -> Mounted:
        acting = self._acting
        shared: dict[str, Any] = {
            "store": self._ground.store,
            "authenticator": self._authenticator,
            "body_bytes": self._ground.settings.protocol.body_bytes,
        }
        negotiating = Negotiations(acting.negotiations, base=acting.base)
        routes = CatalogEndpoints(
            acting.catalog,
            base=acting.base,
            secret=self._ground.directory.read_manage_key(),
            **shared,
        ).routes()
        routes += Processes(
            acting.negotiations, outbox=acting.outbox, receipts=acting.receipts, **shared
        ).routes("/negotiations", NEGOTIATION_ENDPOINTS, negotiating.begins())
        routes += Processes(acting.transfers, outbox=acting.outbox, **shared).routes(
            "/transfers", TRANSFER_ENDPOINTS, acting.transfer_cases.begins()
        )
        routes += AgreementNoticeEndpoint(acting.changing, **shared).routes()
        return Mounted(wellknown.DSP_PATH, routes)

    def _notices(self) -> Mounted:
        endpoints = NoticeEndpoints(
            self._acting.announcing.taking,
            self._acting.announcing.hearing,
            store=self._ground.store,
            authenticator=self._authenticator,
        )
        return Mounted(wellknown.NOTICES_PATH, endpoints.routes())

    def _credential_services(self) -> list[Mounted]:
        """Return the services of the roles that are switched on."""
        mounted, acting, store = [], self._acting, self._ground.store
        if acting.holding:
            wallet = CredentialService(
                acting.holding, used=self._uses_credentials, callers=self._callers, store=store
            )
            mounted.append(Mounted(wellknown.CREDENTIAL_SERVICE_PATH, wallet.routes()))
        if acting.issuing:
            issuer = IssuerService(
                acting.issuing,
                base=self._ground.root + wellknown.ISSUER_SERVICE_PATH,
                callers=self._callers,
                store=store,
                list_seconds=self._ground.settings.credentials.status_cache_seconds,
                json_lists=self._ground.settings.credentials.json_status_lists,
                badges=acting.badges,
                style=self._prefix + PATH,
            )
            mounted.append(Mounted(wellknown.ISSUER_SERVICE_PATH, issuer.routes()))
        return mounted

    async def _uses_credentials(self) -> bool:
        asks = self._ground.settings.trust.mode == "credentials"
        if asks or self._trust.issuers():
            return True
        return bool(await self._ground.store.read(lambda tx: tx.credentials.count()))

    def _did_document(self) -> bytes:
        did, roles = self._ground.did, self._ground.settings.credentials
        services = wellknown.did_services(
            did,
            self._ground.root,
            holder=roles.holder,
            issuer=roles.issuer,
            log=self._ground.log.current_number,
            receipts=self._ground.settings.receipts.required != "never",
        )
        return write_did_document(did, self._ground.keys.published(), services)
