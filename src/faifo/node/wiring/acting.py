"""What a node does: its processes, their messages and timers, its roles of DCP."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from faifo import clock
from faifo.node.changes import Changes
from faifo.node.conduct import PromptConduct
from faifo.node.directory import Directory
from faifo.node.health import Health
from faifo.node.http import wellknown
from faifo.node.keyring import Keyring
from faifo.node.outbox import Outbox
from faifo.node.retention import Retention
from faifo.node.services.consuming import Consuming
from faifo.node.services.credentials.authority import read_programme
from faifo.node.services.credentials.delivery import ISSUANCE, Deliveries
from faifo.node.services.credentials.holding import Holding
from faifo.node.services.credentials.issuing import ByHand, Issuing
from faifo.node.services.credentials.watching import Watch
from faifo.node.services.engine import DEADLINE, Engine
from faifo.node.services.kind import Patience
from faifo.node.services.negotiating import NegotiationKind
from faifo.node.services.publishing import Publishing
from faifo.node.services.transferring import WINDOW, TransferKind, Transfers
from faifo.node.settings import Settings
from faifo.node.timers import Timers
from faifo.node.wiring.outward import Outward
from faifo.node.wiring.parts import CredentialParts, Parts
from faifo.node.wiring.trusting import Trusting
from faifo.store.contract import Store, Transaction
from faifo.store.records import Negotiation, Transfer

TIDY = "tidy"
TIDY_EVERY = timedelta(seconds=60)


class Acting:
    """The services of one node. Nothing happens by itself before `start`."""

    def __init__(
        self,
        directory: Directory,
        settings: Settings,
        store: Store,
        *,
        keyring: Keyring,
        changes: Changes,
        outward: Outward,
        trusting: Trusting,
        parts: Parts,
    ) -> None:
        self._store = store
        self.outbox = Outbox(store, trusting.partners)
        self.timers = Timers(store)
        self.health = Health(store, self.outbox, self.timers)
        self._retention = Retention(settings.retention, self.timers)
        self._open_processes(settings, changes, parts)
        self.issuing = self._issuing(directory, settings, keyring, parts.credentials)
        self.holding = self._holding(settings, keyring, outward, trusting, parts.credentials)
        self._watch = Watch(
            store=store,
            timers=self.timers,
            transfers=self.transfers,
            looking_up=trusting.looking_up,
            every=timedelta(seconds=settings.credentials.watch_seconds),
        )
        self.timers.handle(DEADLINE, self._deadline)
        self.timers.handle(WINDOW, self.transfer_cases.window_closed)
        self.timers.handle(TIDY, self._tidy)

    def _open_processes(self, settings: Settings, changes: Changes, parts: Parts) -> None:
        root = settings.node.public_url.rstrip("/")
        self.base = root + wellknown.DSP_PATH
        conduct = parts.conduct or PromptConduct()
        shared: dict[str, Any] = {
            "did": settings.did,
            "outbox": self.outbox,
            "timers": self.timers,
            "changes": changes,
            "patience": parts.patience or Patience(settings.decision_span, settings.delivery_span),
        }
        self.negotiations: Engine[Negotiation] = Engine(
            NegotiationKind(did=settings.did, callback=self.base, conduct=conduct), **shared
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
        self.transfer_cases = Transfers(
            self.transfers, negotiations=self.negotiations, base=self.base
        )
        self.consuming = Consuming(self.negotiations, self.transfers)
        self.publishing = Publishing(
            did=settings.did,
            base=self.base,
            page_size=settings.protocol.page_size,
            changes=changes,
        )

    def _issuing(
        self, directory: Directory, settings: Settings, keyring: Keyring, parts: CredentialParts
    ) -> Issuing | None:
        if not settings.credentials.issuer:
            return None
        return Issuing(
            did=settings.did,
            base=settings.node.public_url.rstrip("/") + wellknown.ISSUER_SERVICE_PATH,
            programme=read_programme(directory.path),
            keyring=keyring,
            outbox=self.outbox,
            admission=parts.admission or ByHand(),
            format_name=parts.format_name,
        )

    def _holding(
        self,
        settings: Settings,
        keyring: Keyring,
        outward: Outward,
        trusting: Trusting,
        parts: CredentialParts,
    ) -> Holding | None:
        if not settings.credentials.holder:
            return None
        return Holding(
            did=settings.did,
            store=self._store,
            keyring=keyring,
            resolver=outward.resolver,
            looking_up=trusting.looking_up,
            access=trusting.access,
            unlisted_keys=trusting.rules.unlisted_keys,
            deny_beyond=parts.deny_beyond,
        )

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
        await self._store.run(lambda tx: self.timers.set(tx, TIDY, "tokens", clock.now()))
        await self._store.run(lambda tx: self._retention.start(tx, clock.now()))
        self.timers.start()

    async def stop(self, seconds: float) -> None:
        """Stop acting; messages that are on their way have `seconds`."""
        await self.timers.stop()
        await self._watch.stop()
        await self.outbox.stop(seconds)

    async def _deadline(self, tx: Transaction, pid: str, now: datetime) -> None:
        await self.negotiations.overdue(tx, pid, now=now)
        await self.transfers.overdue(tx, pid, now=now)

    async def _tidy(self, tx: Transaction, subject: str, now: datetime) -> None:
        """Forget used tokens and kept answers that have expired."""
        for use in await tx.tokens.find(before=clock.text(now), limit=10_000):
            await tx.tokens.delete(use.did, use.jti)
        for kept in await tx.answers.find(before=clock.text(now), limit=1000):
            await tx.answers.delete(kept.holder, kept.key)
        await self.timers.set(tx, TIDY, subject, now + TIDY_EVERY)
