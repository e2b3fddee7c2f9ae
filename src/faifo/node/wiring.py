"""The only place where a node is put together, and where it starts and stops."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import uvloop

from faifo import __version__, clock
from faifo.dataplane.aiohttp_upstream import AiohttpUpstream
from faifo.dataplane.app import DataPlane
from faifo.dataplane.egress import Egress, open_session
from faifo.dataplane.server import Server, TlsFiles, make_server
from faifo.errors import SettingsError
from faifo.node.access_journal import NodeJournal
from faifo.node.authentication import (
    Authenticator,
    Prover,
    SelfIssuedAuthenticator,
    StrangerAuthenticator,
)
from faifo.node.changes import Changes
from faifo.node.conduct import Conduct, PromptConduct
from faifo.node.current_keys import CurrentKeys
from faifo.node.directory import Directory
from faifo.node.events import Feed
from faifo.node.gate import NodeGate
from faifo.node.health import Health
from faifo.node.http import wellknown
from faifo.node.http.app import DATA_PATH, Mounted, public_app, starlette
from faifo.node.http.dcp_1_0.endpoints import Callers
from faifo.node.http.dcp_1_0.holder import CredentialService
from faifo.node.http.dcp_1_0.issuer import IssuerService
from faifo.node.http.dcp_1_0.managing import CredentialOperations
from faifo.node.http.dsp_2025_1.catalog import CatalogEndpoints
from faifo.node.http.dsp_2025_1.processes import (
    NEGOTIATION_ENDPOINTS,
    TRANSFER_ENDPOINTS,
    Processes,
)
from faifo.node.http.health import health_routes
from faifo.node.http.manage import Management
from faifo.node.http.manage.assuring import AssuranceOperations
from faifo.node.http.manage.keys import ManageKeys
from faifo.node.http.observed import NotingAuthenticator, NotingGate, Observed
from faifo.node.http.probe import ProbeEndpoint
from faifo.node.http.relay import Relay
from faifo.node.keyring import ensure_key, read_keyring
from faifo.node.metrics import Metrics
from faifo.node.outbox import Outbox
from faifo.node.outgoing import Outgoing
from faifo.node.partners import Partners
from faifo.node.probing import Probing
from faifo.node.resolver import WebResolver
from faifo.node.retention import Retention
from faifo.node.services.consuming import Consuming
from faifo.node.services.credentials.access import AccessTokens
from faifo.node.services.credentials.assuring import Assuring
from faifo.node.services.credentials.authority import read_programme
from faifo.node.services.credentials.delivery import ISSUANCE, Deliveries
from faifo.node.services.credentials.holding import Holding
from faifo.node.services.credentials.issuing import Admission, ByHand, Issuing
from faifo.node.services.credentials.looking_up import LookingUp
from faifo.node.services.credentials.verifying import CredentialAuthenticator
from faifo.node.services.credentials.watching import Watch
from faifo.node.services.engine import DEADLINE, Engine
from faifo.node.services.judging import Judging
from faifo.node.services.kind import Patience
from faifo.node.services.negotiating import NegotiationKind, Negotiations
from faifo.node.services.passports import Passports
from faifo.node.services.publishing import Publishing
from faifo.node.services.transferring import WINDOW, TransferKind, Transfers
from faifo.node.settings import Settings, read_settings
from faifo.node.timers import Timers
from faifo.node.trust_file import TrustFile
from faifo.store.contract import Sequencer, Store, Transaction
from faifo.store.records import Negotiation, Transfer
from faifo.store.sqlite import open_store
from faifo.trust.dcp.presentation import Rules
from faifo.trust.dcp.status_list import StatusRules
from faifo.trust.did import did_web_url, write_did_document
from faifo.trust.keys import KeyPurpose

log = logging.getLogger("faifo.node")

SHUTDOWN_SECONDS = 10.0
TIDY = "tidy"


class CredentialParts(msgspec.Struct, frozen=True):
    """What can be replaced in the roles of DCP.

    Who decides about requests, what is insisted on, how long what was proven is kept, and whether
    a query beyond its token is refused whole, and what a delivery calls its format.
    """

    admission: Admission | None = None
    rules: Rules | None = None
    memory: timedelta | None = None
    deny_beyond: bool = False
    format_name: str | None = None


class Parts(msgspec.Struct, frozen=True):
    """What can be replaced in a node.

    How it acts, how long it tries, whom it believes, and what is made at COMMIT.
    """

    conduct: Conduct | None = None
    authenticator: Callable[[Settings, TrustFile, WebResolver], Authenticator] | None = None
    sequencer: Sequencer | None = None
    patience: Patience | None = None
    credentials: CredentialParts = CredentialParts()


class Node:
    """A node that is put together. `start` lets it act; `public` and `manage_app` are its faces."""

    def __init__(
        self,
        directory: Directory,
        settings: Settings,
        store: Store,
        parts: Parts,
        feed: Feed | None = None,
    ) -> None:
        self.directory = directory
        self.settings = settings
        self.store = store
        self.did = settings.did
        self.changes = Changes()
        self.feed = feed or Feed()
        self.metrics = Metrics()
        self.feed.listen(self.metrics.rows)
        self._trust = TrustFile(directory.trust)
        self._prepare_roles()
        self.keyring = read_keyring(directory.keys, did=self.did)
        self.keys = CurrentKeys(directory.keys, did=self.did, started=self.keyring)
        self._manage_keys = ManageKeys(directory)
        self._open_sessions(parts)
        self._build_core(parts)
        self._build_faces(parts)

    def _prepare_roles(self) -> None:
        """Make the keys that the roles of this node need and an earlier Faifo did not make."""
        roles = self.settings.credentials
        if roles.holder:
            ensure_key(self.directory.keys, KeyPurpose.PRESENTATION)
        if roles.issuer:
            ensure_key(self.directory.keys, KeyPurpose.CREDENTIAL)

    def _open_sessions(self, parts: Parts) -> None:
        egress, data = self.settings.egress, self.settings.data
        ca = _ca(self.directory.path / egress.ca_file) if egress.ca_file else None
        self._session = open_session(
            Egress(allowed_networks=egress.allow, proxy_from_env=egress.use_proxy, ca=ca)
        )
        self._backends = open_session(
            Egress(allowed_networks=self.settings.publish.backends, ca=ca)
        )
        self._outgoing = Outgoing(self._session, seconds=egress.timeout_seconds)
        self._relay = Relay(
            self._session, self.store, idle=data.idle_seconds, total=data.total_seconds
        )
        self._resolver = WebResolver(
            self._outgoing,
            allow_http=self.settings.trust.did_web_http,
            memory=_seconds(self.settings.trust.document_cache_seconds),
        )
        self._open_trust(parts)
        by_credentials = self.settings.trust.mode == "credentials"
        self._partners = Partners(
            did=self.did,
            keyring=self.keyring,
            outgoing=self._outgoing,
            resolver=self._resolver,
            trust=self._trust,
            access=self.access.issue if by_credentials else None,
        )

    def _open_trust(self, parts: Parts) -> None:
        roles = self.settings.credentials
        self._rules = parts.credentials.rules or Rules(
            status=StatusRules(signed=not roles.unsafe_unsigned_status_lists),
            unlisted_keys=roles.unsafe_unlisted_keys,
        )
        memory = parts.credentials.memory
        self._deny_beyond = parts.credentials.deny_beyond
        self._presentation_memory = memory or _seconds(roles.presentation_cache_seconds)
        if roles.unsafe_unsigned_status_lists or roles.unsafe_unlisted_keys:
            log.warning("credentials.unsafe_... is on: what the specification forbids is accepted")
        self.looking_up = LookingUp(
            self._outgoing,
            self._resolver,
            self._trust,
            memory=memory or _seconds(roles.status_cache_seconds),
            rules=self._rules.status,
        )
        self.access = AccessTokens(did=self.did, keyring=self.keyring, types=roles.ask)
        self._callers = Callers(
            StrangerAuthenticator(
                Prover(
                    did=self.did,
                    resolver=self._resolver,
                    unlisted_keys=self._rules.unlisted_keys,
                )
            ),
            self.store,
        )

    def _authenticator(self, parts: Parts) -> Authenticator:
        if parts.authenticator:
            return parts.authenticator(self.settings, self._trust, self._resolver)
        if self.settings.trust.mode == "credentials":
            return self.credential_authenticator()
        return SelfIssuedAuthenticator(did=self.did, trust=self._trust, resolver=self._resolver)

    def credential_authenticator(self) -> Authenticator:
        """Return the verifier of this node."""
        roles = self.settings.credentials
        return CredentialAuthenticator(
            did=self.did,
            asked=roles.ask,
            scope_action=roles.scope_action,
            memory=self._presentation_memory,
            rules=self._rules,
            keyring=self.keyring,
            outgoing=self._outgoing,
            resolver=self._resolver,
            looking_up=self.looking_up,
        )

    def _build_core(self, parts: Parts) -> None:
        settings, root = self.settings, self.settings.node.public_url.rstrip("/")
        self.base = root + wellknown.DSP_PATH
        conduct = parts.conduct or PromptConduct()
        self.outbox = Outbox(self.store, self._partners)
        self.timers = Timers(self.store)
        shared: dict[str, Any] = {
            "did": self.did,
            "outbox": self.outbox,
            "timers": self.timers,
            "changes": self.changes,
            "patience": parts.patience or Patience(settings.decision_span, settings.delivery_span),
        }
        self.negotiations: Engine[Negotiation] = Engine(
            NegotiationKind(did=self.did, callback=self.base, conduct=conduct), **shared
        )
        self.transfers: Engine[Transfer] = Engine(
            TransferKind(
                callback=self.base,
                data_url=f"{root}/data",
                conduct=conduct,
                timers=self.timers,
                token_span=settings.token_span,
            ),
            **shared,
        )
        self.publishing = Publishing(
            did=self.did,
            base=self.base,
            page_size=settings.protocol.page_size,
            changes=self.changes,
        )
        self.consuming = Consuming(self.negotiations, self.transfers)
        self._transfer_cases = Transfers(
            self.transfers, negotiations=self.negotiations, base=self.base
        )
        self.timers.handle(DEADLINE, self._deadline)
        self.timers.handle(WINDOW, self._transfer_cases.window_closed)
        self.timers.handle(TIDY, self._tidy)
        self._retention = Retention(settings.retention, self.timers)
        self.health = Health(self.store, self.outbox, self.timers)
        self._watch = Watch(
            store=self.store,
            timers=self.timers,
            transfers=self.transfers,
            looking_up=self.looking_up,
            every=_seconds(settings.credentials.watch_seconds),
        )
        self.issuing = self._issuing(parts)
        self.passports = Passports(did=self.did, keys=self.keys, resolver=self._resolver)
        self.judging = Judging(
            store=self.store,
            keys=self.keys,
            partners=self._partners,
            passports=self.passports,
        )

    def _assuring(self) -> Assuring | None:
        if self.issuing is None:
            return None
        return Assuring(store=self.store, issuing=self.issuing, judging=self.judging)

    def _issuing(self, parts: Parts) -> Issuing | None:
        if not self.settings.credentials.issuer:
            return None
        return Issuing(
            did=self.did,
            base=self.settings.node.public_url.rstrip("/") + wellknown.ISSUER_SERVICE_PATH,
            programme=read_programme(self.directory.path),
            keyring=self.keyring,
            outbox=self.outbox,
            admission=parts.credentials.admission or ByHand(),
            format_name=parts.credentials.format_name,
        )

    def _credential_services(self) -> list[Mounted]:
        """Return the services of the roles that are switched on."""
        mounted = []
        if self.settings.credentials.holder:
            self.holding = Holding(
                did=self.did,
                store=self.store,
                keyring=self.keyring,
                resolver=self._resolver,
                looking_up=self.looking_up,
                access=self.access,
                unlisted_keys=self._rules.unlisted_keys,
                deny_beyond=self._deny_beyond,
            )
            service = CredentialService(self.holding, callers=self._callers, store=self.store)
            mounted.append(Mounted(wellknown.CREDENTIAL_SERVICE_PATH, service.routes()))
        if self.issuing:
            issuer = IssuerService(
                self.issuing,
                base=self.settings.node.public_url.rstrip("/") + wellknown.ISSUER_SERVICE_PATH,
                callers=self._callers,
                store=self.store,
                list_seconds=self.settings.credentials.status_cache_seconds,
            )
            mounted.append(Mounted(wellknown.ISSUER_SERVICE_PATH, issuer.routes()))
        return mounted

    def _build_faces(self, parts: Parts) -> None:
        shared: dict[str, Any] = {
            "store": self.store,
            "authenticator": NotingAuthenticator(self._authenticator(parts)),
            "body_bytes": self.settings.protocol.body_bytes,
        }
        negotiating = Negotiations(self.negotiations, base=self.base)
        routes = CatalogEndpoints(self.publishing, base=self.base, **shared).routes()
        routes += Processes(self.negotiations, outbox=self.outbox, **shared).routes(
            "/negotiations", NEGOTIATION_ENDPOINTS, negotiating.begins()
        )
        routes += Processes(self.transfers, outbox=self.outbox, **shared).routes(
            "/transfers", TRANSFER_ENDPOINTS, self._transfer_cases.begins()
        )
        prefix = urlsplit(self.settings.node.public_url).path.rstrip("/")
        gate = NodeGate(
            self.store, self.changes, directory=self.directory, limits=self.settings.data
        )
        self._data = DataPlane(
            gate=NotingGate(gate),
            journal=NodeJournal(self.store),
            upstream=AiohttpUpstream(self._backends),
            prefix=f"{prefix}/data",
        )
        public = public_app(
            prefix=prefix,
            mounted=[Mounted(wellknown.DSP_PATH, routes), *self._credential_services()],
            routes=[
                *health_routes(self.health, prefix=prefix, details=False),
                *wellknown.routes(
                    prefix=prefix,
                    did_document=self._did_document,
                    did_path=urlsplit(did_web_url(self.did, allow_http=False)).path,
                    credentials=self.settings.trust.mode == "credentials",
                ),
                *ProbeEndpoint(
                    Probing(self._outgoing, allow_http=self.settings.trust.did_web_http),
                    store=self.store,
                    authenticator=shared["authenticator"],
                ).routes(prefix=prefix),
            ],
            data=self._data,
        )
        data = prefix + DATA_PATH
        self.public = _behind_proxies(
            Observed(
                public,
                face="public",
                metrics=self.metrics,
                fixed={f"{data}/": f"{data}/{{transfer}}/{{path}}"},
            ),
            self.settings.listen.trusted_proxies,
        )
        management = Management(
            settings=self.settings,
            store=self.store,
            changes=self.changes,
            feed=self.feed,
            metrics=self.metrics,
            health=self.health,
            partners=self._partners,
            publishing=self.publishing,
            consuming=self.consuming,
            relay=self._relay,
            directory=self.directory,
            keys=self._manage_keys,
            more=(
                CredentialOperations(
                    settings=self.settings,
                    store=self.store,
                    partners=self._partners,
                    issuing=self.issuing,
                ),
                AssuranceOperations(did=self.did, assuring=self._assuring()),
            ),
            passports=self.passports,
            judging=self.judging,
        )
        manage = starlette([*management.operating_routes(), *management.routes()])
        self.manage_app = Observed(manage, face="manage", metrics=self.metrics)

    def _did_document(self) -> bytes:
        root = self.settings.node.public_url.rstrip("/")
        roles = self.settings.credentials
        services = wellknown.did_services(self.did, root, holder=roles.holder, issuer=roles.issuer)
        return write_did_document(self.did, self.keys.published(), services)

    async def start(self) -> None:
        """Take up what an earlier process left, and let timers fire."""
        await self.outbox.start(
            {
                "negotiation": self.negotiations,
                "transfer": self.transfers,
                ISSUANCE: Deliveries(),
            }
        )
        await self._watch.start()
        await self.store.run(lambda tx: self.timers.set(tx, TIDY, "tokens", clock.now()))
        await self.store.run(lambda tx: self._retention.start(tx, clock.now()))
        self.timers.start()

    def drain(self) -> None:
        """Begin to stop: be no longer ready, and let those who wait for something go."""
        self.health.draining = True
        self.changes.stop()
        self.feed.stop()

    async def close(self) -> None:
        """Stop acting, finish what is being written, close."""
        await self.timers.stop()
        await self._watch.stop()
        await self.outbox.stop(SHUTDOWN_SECONDS / 2)
        await self._session.close()
        await self._backends.close()
        self._data.close()

    async def _deadline(self, tx: Transaction, pid: str, now: datetime) -> None:
        await self.negotiations.overdue(tx, pid, now=now)
        await self.transfers.overdue(tx, pid, now=now)

    async def _tidy(self, tx: Transaction, subject: str, now: datetime) -> None:
        """Forget used tokens and kept answers that have expired."""
        for use in await tx.tokens.find(before=clock.text(now), limit=10_000):
            await tx.tokens.delete(use.did, use.jti)
        for kept in await tx.answers.find(before=clock.text(now), limit=1000):
            await tx.answers.delete(kept.holder, kept.key)
        await self.timers.set(tx, TIDY, subject, now + _seconds(60))


@contextlib.asynccontextmanager
async def open_node(path: Path, parts: Parts | None = None) -> AsyncIterator[Node]:
    """Hold the node's directory and put the node together, without letting it act.

    Raises:
        SettingsError, StorageError, ConflictError: what is in the way, for a person.
    """
    directory = Directory(path)
    settings = read_settings(directory.settings)
    directory.hold()
    try:
        parts = parts or Parts()
        feed = Feed()
        sequencer = feed.sequencer(parts.sequencer)
        store = await open_store(directory.database, sequencer=sequencer)
        try:
            node = Node(directory, settings, store, parts, feed)
            try:
                yield node
            finally:
                await node.close()
        finally:
            await store.close()
    finally:
        directory.release()


async def serve(
    path: Path, *, ready: Callable[[Node, str], None] | None = None, parts: Parts | None = None
) -> None:
    """Serve the node in `path` until SIGTERM or SIGINT, then drain within `SHUTDOWN_SECONDS`.

    `ready` is called with the node and its management URL once both faces accept.
    """
    async with open_node(path, parts) as node:
        settings = node.settings
        tls = None
        if settings.listen.tls_certificate and settings.listen.tls_key:
            tls = TlsFiles(
                certificate=str(node.directory.path / settings.listen.tls_certificate),
                key=str(node.directory.path / settings.listen.tls_key),
            )
        public = make_server(
            node.public, host=settings.listen.host, port=settings.listen.port, tls=tls
        )
        manage = make_server(node.manage_app, host=settings.manage.host, port=settings.manage.port)
        host, port = manage.address
        manage_url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, stop.set)
        log.info("starting Faifo %s in %s", __version__, node.directory.path)
        await node.start()
        node.directory.write_running(manage_url)
        servers = [asyncio.create_task(server.serve()) for server in (public, manage)]
        try:
            await _both_accept(public, manage, servers)
            log.info("ready: %s at %s, management at %s", node.did, _shown(public), manage_url)
            if ready:
                ready(node, manage_url)
            waiting = asyncio.create_task(stop.wait())
            await asyncio.wait([waiting, *servers], return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
        finally:
            log.info("stopping: at most %.0f s for what is under way", SHUTDOWN_SECONDS)
            node.drain()
            public.stop()
            manage.stop()
            await asyncio.gather(*servers, return_exceptions=True)
            log.info("drained; messages kept for the next start: %d", node.outbox.under_way)
    log.info("stopped")


def _shown(server: Server) -> str:
    host, port = server.address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


async def _both_accept(public: Server, manage: Server, tasks: list[asyncio.Task[None]]) -> None:
    while not (public.started and manage.started):
        for task in tasks:
            if task.done():
                task.result()
                return
        await asyncio.sleep(0.005)


def run(coroutine: Any) -> None:
    """Run a coroutine on uvloop, as every node does."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(coroutine)


def _behind_proxies(app: Any, trusted: tuple[str, ...]) -> Any:
    """Return `app`, told of the client by the proxies that are trusted, if there are any."""
    if not trusted:
        return app
    from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

    return ProxyHeadersMiddleware(app, trusted_hosts=list(trusted))


def _seconds(count: int) -> timedelta:
    return timedelta(seconds=count)


def _ca(path: Path) -> ssl.SSLContext:
    """Return a context that believes the system's authorities and those in `path`."""
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(path)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            what=f"egress.ca_file {path} cannot be used: {error}", expected="PEM certificates"
        ) from None
    return context
