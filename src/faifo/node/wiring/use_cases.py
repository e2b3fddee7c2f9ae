"""What a node does: its processes, their messages and timers, its roles of DCP."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from typing import Any

from faifo import clock
from faifo.errors import ConflictError
from faifo.node.announcing.announcing import Announcing
from faifo.node.delivery.outbox import Outbox
from faifo.node.delivery.said import AGREEMENT_NOTICE, ASKING
from faifo.node.delivery.timers import Timers
from faifo.node.evidence.assessing import Assessing
from faifo.node.exchange.agreement_notices import AgreementNotices
from faifo.node.exchange.approving import Approving
from faifo.node.exchange.asking import Asking
from faifo.node.exchange.changing import Changing
from faifo.node.exchange.conduct import PromptConduct
from faifo.node.exchange.consuming import Consuming
from faifo.node.exchange.dues import Dues
from faifo.node.exchange.ending import Ending
from faifo.node.exchange.engine import DEADLINE, Engine
from faifo.node.exchange.fulfilling import Fulfilling
from faifo.node.exchange.negotiating import NegotiationKind
from faifo.node.exchange.process_kind import Patience
from faifo.node.exchange.retention import Retention
from faifo.node.exchange.stopping import PARTNER, Stopping
from faifo.node.exchange.transferring import WINDOW, TransferKind, Transfers
from faifo.node.exchange.withdrawn import Watch
from faifo.node.http.public import wellknown
from faifo.node.membership.authority import read_programme
from faifo.node.membership.badges import Badges
from faifo.node.membership.delivery import ISSUANCE, Deliveries
from faifo.node.membership.holding import Holding
from faifo.node.membership.issuing import ByHand, Issuing
from faifo.node.offering.catalog import OfferedCatalog
from faifo.node.offering.inbox import INBOX, Inbox, kept_until
from faifo.node.offering.inviting import Guests
from faifo.node.offering.publishing import Publishing
from faifo.node.offering.requiring import Requirements
from faifo.node.offering.uploads import Uploads
from faifo.node.people.accounts import Accounts
from faifo.node.people.deciding import Deciding
from faifo.node.people.desk import Desk
from faifo.node.people.reversing import REVERSAL, Objections
from faifo.node.people.reviews import OBJECTION, REVIEW, Reviews
from faifo.node.receipts.agreements import AgreementReceipts
from faifo.node.receipts.handing import Handing
from faifo.node.receipts.peers import PeerLogs
from faifo.node.receipts.witnessing import Cosigners
from faifo.node.showing.health import Health
from faifo.node.wiring.connections import Connections
from faifo.node.wiring.foundation import Foundation
from faifo.node.wiring.trusting import Trusting
from faifo.phrases import Phrase
from faifo.store.contract import Transaction
from faifo.store.records import Negotiation, Transfer

TIDY = "tidy"
TIDY_EVERY = timedelta(seconds=60)
TIDIED = 1000  # rows in one unit of work


class UseCases:
    """The services of one node. Nothing happens by itself before `start`."""

    def __init__(self, ground: Foundation, outward: Connections, trusting: Trusting) -> None:
        self._store = ground.store
        self._open_receipts(ground, outward, trusting)
        self.outbox = Outbox(ground.store, trusting.partners, self.receipts)
        self.timers = Timers(ground.store)
        if ground.part == "data":
            self.outbox.leave_to_others()
            self.timers.leave_to_others()
        acts = ground.part != "data"
        self.health = Health(
            ground.store,
            (self.outbox, self.timers) if acts else (),
            folder=ground.directory.path,
        )
        self._retention = Retention(ground.settings.retention, self.timers)
        self._tokens_kept = timedelta(days=ground.settings.retention.token_days)
        data = ground.settings.data
        self._inbox_days = data.inbox_days
        self.inbox = Inbox(
            ground.directory.path / INBOX, limit=data.response_bytes, room=ground.room
        )
        self.uploads = Uploads(ground.directory.path, limit=data.response_bytes, room=ground.room)
        self.assessing = Assessing(
            settings=ground.settings, did=ground.did, uploads=self.uploads, keys=ground.keys
        )
        self._open_processes(ground, outward, trusting)
        self.announcing = Announcing(
            did=ground.did,
            settings=ground.settings.notices,
            store=ground.store,
            keys=ground.keys,
            outbox=self.outbox,
            timers=self.timers,
            ending=self.ending,
            partners=trusting.partners,
            resolver=outward.resolver,
            reviews=self.reviews,
        )
        self.issuing = self._issuing(ground, trusting)
        self.holding = _holding(ground, trusting)
        self.badges = Badges(
            did=ground.did,
            name=ground.settings.node.name,
            folder=ground.directory.path,
            store=ground.store,
            keys=ground.keys,
            issuing=self.issuing,
            holding=self.holding,
            looking_up=trusting.looking_up,
            resolver=outward.resolver,
            rules=trusting.rules.status,
        )
        self._watch = Watch(
            store=ground.store,
            timers=self.timers,
            ending=self.ending,
            looking_up=trusting.looking_up,
            changes=ground.changes,
            trusted=trusting.trust.get,
            every=timedelta(seconds=ground.settings.credentials.watch_seconds),
        )
        self.timers.handle(DEADLINE, self._deadline)
        self.timers.handle(WINDOW, self.transfer_cases.window_closed)
        self.timers.handle(TIDY, self._tidy)

    def _open_receipts(self, ground: Foundation, outward: Connections, trusting: Trusting) -> None:
        settings = ground.settings.receipts
        self._terms = AgreementReceipts(settings.required)
        cosigners = Cosigners(ground.log, outward.outgoing, settings.witnesses)
        self.peer_logs = PeerLogs(
            ground.store,
            outward.resolver,
            outward.outgoing,
            witnesses=cosigners.keys,
            quorum=settings.cosignatures,
            stop=self._stop_forked,
        )
        self.receipts = Handing(
            ground.store,
            ground.log,
            self.peer_logs,
            trusting.partners,
            self._terms,
            cosigners,
            delay=settings.delay_seconds,
            deadline=settings.deadline_seconds,
        )

    async def _stop_forked(self, tx: Transaction, peer: str, now: datetime) -> None:
        """Have nothing more to do with a partner whose log has two histories."""
        with contextlib.suppress(ConflictError):
            why = str(Phrase("reason.log.forked"))
            await self.stopping.stop(tx, PARTNER, peer, why, lasting=True, now=now)

    def _open_processes(self, ground: Foundation, outward: Connections, trusting: Trusting) -> None:
        self._for_people(ground)
        settings, parts = ground.settings, ground.parts
        self.base = ground.root + wellknown.DSP_PATH
        conduct = parts.conduct or PromptConduct(settings.decision_span)
        self.conduct = conduct
        self.dues = Dues(self.timers)
        patience = parts.patience or Patience(
            settings.decision_span, settings.delivery_span, settings.silence_span
        )
        shared: dict[str, Any] = {
            "did": ground.did,
            "outbox": self.outbox,
            "timers": self.timers,
            "patience": patience,
        }
        self.negotiations: Engine[Negotiation] = Engine(
            NegotiationKind(
                did=ground.did,
                callback=self.base,
                conduct=conduct,
                dues=self.dues,
                reviews=self.reviews,
                receipts=self._terms,
            ),
            **shared,
        )
        self.transfers: Engine[Transfer] = Engine(
            TransferKind(
                callback=self.base,
                data_url=f"{ground.root}/data",
                conduct=conduct,
                timers=self.timers,
                token_span=settings.token_span,
                dues=self.dues,
            ),
            **shared,
        )
        self._asking = Asking(
            {engine.kind.name: engine for engine in (self.negotiations, self.transfers)},
            did=ground.did,
            outbox=self.outbox,
            timers=self.timers,
            first=patience.silence,
        )
        self.transfer_cases = Transfers(
            self.transfers, negotiations=self.negotiations, base=self.base
        )
        self._notices = AgreementNotices(
            self.outbox, trusting.partners, did=ground.did, delivery=patience.delivery
        )
        self.ending = Ending(self.negotiations, self.transfers, self._notices)
        fulfilling = Fulfilling(
            did=ground.did,
            store=ground.store,
            keys=ground.keys,
            resolver=outward.resolver,
            dues=self.dues,
            notices=self._notices,
        )
        self.changing = Changing(self.ending, self._notices, fulfilling)
        self.stopping = Stopping(self.ending)
        self.consuming = Consuming(
            self.negotiations,
            self.transfers,
            did=settings.did,
            inbox=f"{ground.root}/{INBOX}",
        )
        Approving(self.reviews, self.negotiations)
        self.guests = Guests(
            did=ground.did,
            store=ground.store,
            ending=self.ending,
            timers=self.timers,
        )
        self.publishing = Publishing(
            ending=self.ending,
            guests=self.guests,
            required=Requirements(settings.node.economy, settings.publish.pairs),
            most=settings.bounds.datasets,
        )
        self.catalog = OfferedCatalog(
            did=ground.did, base=self.base, page_size=settings.protocol.page_size
        )

    def _for_people(self, ground: Foundation) -> None:
        """Open people's accounts, decisions about persons, and what waits for a person."""
        self.accounts = Accounts(did=ground.did, store=ground.store)
        self.reviews = Reviews(
            did=ground.did,
            store=ground.store,
            keys=ground.keys,
            accounts=self.accounts,
        )
        self.deciding = Deciding(
            reviews=self.reviews, timers=self.timers, days=ground.settings.retention.person_days
        )
        self._objections = Objections(
            did=ground.did,
            keys=ground.keys,
            outbox=self.outbox,
            patience=ground.settings.decision_span,
        )
        self.reviews.handle({OBJECTION: self._objections, REVIEW: self._objections})
        self.desk = Desk(ground.store, self.deciding)

    def _issuing(self, ground: Foundation, trusting: Trusting) -> Issuing | None:
        if not ground.settings.credentials.issuer:
            return None
        parts = ground.parts.credentials
        return Issuing(
            did=ground.did,
            base=ground.root + wellknown.ISSUER_SERVICE_PATH,
            programme=read_programme(ground.directory.path),
            keyring=ground.keyring,
            outbox=self.outbox,
            admission=parts.admission or ByHand(),
            format_name=parts.format_name,
            needs=trusting.trust.needs,
        )

    async def start(self) -> None:
        """Take up what an earlier process left, and let timers fire."""
        await self.outbox.start(
            {
                "negotiation": self.negotiations,
                "transfer": self.transfers,
                ISSUANCE: Deliveries(),
                ASKING: self._asking,
                AGREEMENT_NOTICE: self._notices,
                REVERSAL: self._objections,
                **self.announcing.outcomes,
            },
            {AGREEMENT_NOTICE: self._notices, **self.announcing.senders},
        )
        await self._watch.start()
        shared = self._store.shared
        await self._store.run(lambda tx: self.uploads.sweep(tx, started=True, shared=shared))
        await self._store.run(lambda tx: self.timers.set(tx, TIDY, "tokens", clock.now()))
        await self._store.run(lambda tx: self._asking.start(tx, clock.now()))
        await self._store.run(lambda tx: self._retention.start(tx, clock.now()))
        self.timers.start()
        await self.receipts.start()

    async def take_over(self) -> None:
        """Go on with what no process that is alive does."""
        await self.outbox.take_over()
        await self.receipts.take_over()
        self.timers.look()

    async def stop(self, seconds: float) -> None:
        """Stop acting; messages that are on their way have `seconds`."""
        await self.assessing.stop()
        await self.timers.stop()
        await self._watch.stop()
        await self.receipts.stop()
        await self.outbox.stop(seconds)

    async def _deadline(self, tx: Transaction, pid: str, now: datetime) -> None:
        await self.negotiations.overdue(tx, pid, now=now)
        await self.transfers.overdue(tx, pid, now=now)

    async def _tidy(self, tx: Transaction, subject: str, now: datetime) -> None:
        """Forget used tokens and kept answers that have expired."""
        forgotten = clock.text(now - self._tokens_kept)
        uses = await tx.tokens.find(before=forgotten, limit=TIDIED)
        for use in uses:
            await tx.tokens.delete(use.did, use.jti)
        answers = await tx.answers.find(before=clock.text(now), limit=TIDIED)
        for kept in answers:
            await tx.answers.delete(kept.holder, kept.key)
        if TIDIED in {len(uses), len(answers)}:
            await self.timers.go_on(tx, TIDY, subject, now)
            return
        await self.receipts.overdue(tx, now=now)
        self.inbox.tidy(kept_until(now, self._inbox_days))
        await self.uploads.sweep(tx)
        await self.timers.set(tx, TIDY, subject, now + TIDY_EVERY)


def _holding(ground: Foundation, trusting: Trusting) -> Holding | None:
    if not ground.settings.credentials.holder:
        return None
    return Holding(
        did=ground.did,
        store=ground.store,
        keyring=ground.keyring,
        resolver=trusting.resolver,
        looking_up=trusting.looking_up,
        access=trusting.access,
        unlisted_keys=trusting.rules.unlisted_keys,
        deny_beyond=ground.parts.credentials.deny_beyond,
        needs=trusting.trust.needs,
    )
