"""The data plane's gate, on this node's store.

The gate answers from memory where it can: what it knows of a token is dropped at the first change
of the transfer, the agreement or the dataset, in the same turn of the event loop in which that
change becomes durable. So a revoked token is refused from the moment of the revocation on; where
another process revoked it, within a second, or the gate has nothing in memory to answer from.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec

from faifo import clock
from faifo.dataplane.gate import (
    AccessDenied,
    AccessRequest,
    Grant,
    HttpApi,
    Query,
    Source,
)
from faifo.dataplane.ranges import plan, tag_of
from faifo.errors import FaifoError
from faifo.machines.role import Role
from faifo.machines.transfer import Message, State
from faifo.node.custody.directory import Directory
from faifo.node.custody.keyring import Keyring
from faifo.node.delivery.changes import Changes
from faifo.node.exchange.conduct import Conduct, Hold, PromptConduct, Refuse
from faifo.node.exchange.transferring import token_digest
from faifo.node.offering.caller import PLAIN, Caller
from faifo.node.offering.holding import HeldCalls
from faifo.node.offering.running import Running
from faifo.node.offering.sources import source_of
from faifo.node.rules import counting, deciding
from faifo.node.rules.booked import booked
from faifo.node.rules.standing import (
    AGREEMENT_SUSPENDED,
    ASSUMED,
    NOT_LET,
    PASSPORT,
    SUSPENDED,
    WITHDRAWN,
    barred,
    standing,
)
from faifo.node.settings.model import DataSettings
from faifo.phrases import Phrase
from faifo.policy.compile import compiled
from faifo.policy.decision import Decision
from faifo.policy.model import Policy
from faifo.store.contract import EVERYTHING, Store, Transaction
from faifo.store.records import (
    Agreement,
    Dataset,
    SourceKind,
    Transfer,
)
from faifo.trust.keys import KeyPurpose

log = logging.getLogger("faifo.gate")

REMEMBERED = 10_000
_LEAST = timedelta(microseconds=1)
NOT_APPROVED = Phrase("reason.not-approved")
DENIALS = {
    None: (403, "policy-refused"),
    WITHDRAWN: (410, "withdrawn"),
    PASSPORT: (403, "passport-withdrawn"),
    SUSPENDED: (403, "passport-suspended"),
    AGREEMENT_SUSPENDED: (403, "agreement-suspended"),
    NOT_LET: (403, "policy-refused"),
}
# With `open` a start of ours is out: who uses its token has it, though its answer may be under way.
OPEN_STATES = frozenset({State.REQUESTED, State.STARTED, State.SUSPENDED})


class _Known:
    """What a token opens, and the decision about it for as long as it cannot change.

    A change of the three records drops all of it; what time changes, `until` tells. `grant`: what
    every access gets, where none is counted and the backend is told nothing.
    """

    __slots__ = (
        "_decision", "_judged", "agreement", "dataset", "grant", "policy", "source", "transfer",
        "until",
    )  # fmt: skip

    def __init__(
        self, transfer: Transfer, agreement: Agreement, dataset: Dataset, source: Source
    ) -> None:
        self.transfer, self.agreement, self.dataset = transfer, agreement, dataset
        self.source = source
        self.policy = compiled(agreement.document)
        self.until: datetime | None = None
        self.grant: Grant | None = None
        self._decision: Decision | None = None
        self._judged = clock.now()

    def stands(self, now: datetime) -> Decision:
        """Return what `standing` says, with nothing counted."""
        # `changes` is the first moment at which `lteq` has ended; `lt` ends one before it. What was
        # judged by a clock that has been set back since says nothing about now.
        over = self.until is not None and now >= self.until - _LEAST
        if self._decision is None or over or now < self._judged:
            self._decision, self._judged, self.grant = _stands(self, now), now, None
            self.until = self.policy.changes(deciding.use(self.transfer.proof, self.agreement, now))
        return self._decision

    def subjects(self) -> tuple[str, str, str]:
        return self.transfer.pid, self.agreement.id, self.dataset.id


class AccessContext(msgspec.Struct, frozen=True):
    """What the journal wants to know of a grant; `fresh`: nothing has changed since the look.

    `reserved`: bytes that were counted for it, where the agreement counts them.
    """

    peer: str
    dataset: str
    decision: Decision
    fresh: bool = True
    until: datetime | None = None
    purposes: tuple[str, ...] = ()
    reserved: Reserved | None = None


class Reserved:
    """How many bytes are counted for one access by now."""

    __slots__ = ("size",)

    def __init__(self, size: int) -> None:
        self.size = size


class NodeGate:
    """Says which token may do what; see `dataplane.gate.Gate`."""

    def __init__(
        self,
        store: Store,
        changes: Changes,
        *,
        directory: Directory,
        keyring: Keyring,
        limits: DataSettings,
        conduct: Conduct | None = None,
        held: HeldCalls | None = None,
    ) -> None:
        self._keyring = keyring
        self._store = store
        self._folder = directory.path
        self._limits = limits
        self._conduct = conduct or PromptConduct()
        self._held = held
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._tokens_of: defaultdict[str, set[str]] = defaultdict(set)
        self._generation = 0
        changes.listen(self._changed)
        self._running = Running(changes)

    async def admit(self, request: AccessRequest) -> Grant:
        digest = token_digest(request.token)
        try:
            known = self._known.get(digest) if self._store.hears else None
            known = known or await self._look(digest, request.transfer_id)
        except FaifoError as error:
            # The store, or the source's own settings: not the caller's fault, and not for its eyes.
            log.error("transfer %s: %s", request.transfer_id, error)
            raise AccessDenied(
                status=503,
                code="source-unavailable",
                reasons=(Phrase("access.source-unavailable"),),
            ) from None
        # Without a transfer of that token there is nothing to say but "no such token".
        if known is None or known.transfer.pid != request.transfer_id:
            raise AccessDenied(
                status=401,
                code="token-unknown",
                reasons=(Phrase("access.token-unknown"),),
            )
        now = clock.now()
        reserved = None
        decision = known.stands(now)
        # What ended the right is told, not what came of it for the transfer.
        if decision.barriers:
            raise _denied(decision)
        self._check_transfer(known.transfer)
        if known.transfer.token_expires is None or now >= known.transfer.token_expires:
            raise AccessDenied(
                status=401,
                code="token-expired",
                reasons=(Phrase("access.token-expired"),),
            )
        if known.grant is not None:
            return known.grant
        policy = known.policy
        each = policy.counts or policy.booked or policy.asks_each or self._conduct.every_access
        if each:
            decision, reserved = await self._by_the_books(known, policy, request)
        if not decision.permits:
            await self._keep_refusal(known, decision)
            raise _denied(decision)
        fresh, tells = self._known.get(digest) is known, known.dataset.source.tells
        grant = Grant(
            source=known.source,
            transfer_id=known.transfer.pid,
            agreement_id=known.agreement.id,
            consumer=known.agreement.consumer,
            context=AccessContext(
                known.transfer.peer,
                known.dataset.id,
                decision,
                fresh=fresh,
                until=known.until,
                purposes=known.policy.purposes or (),
                reserved=reserved,
            ),
            told=self._told(known, now) if tells else {},
        )
        if fresh and not each and not tells:
            known.grant = grant
        return grant

    async def _by_the_books(
        self, known: _Known, policy: Policy, request: AccessRequest
    ) -> tuple[Decision, Reserved | None]:
        """Judge with this access counted, and count it if it is permitted: one unit of work.

        Where a person must agree to it, it waits; then everything is judged again.
        """
        # HEAD hands nothing out.
        more = int(request.method != "HEAD")
        size = _size(known.source, request) if more else 0
        approved = "" if more and policy.asks_each else None
        while True:
            work = partial(self._judged, known, policy, more=more, size=size, approved=approved)
            writes = policy.counts or approved == "" or self._conduct.every_access
            decision, waits = await (self._store.run if writes else self._store.read)(work)
            if waits is None:
                return decision, Reserved(size or 0) if decision.permits and policy.counts else None
            review, until = waits
            if self._held is None or not await self._held.decided(review, until):
                return decision, None
            approved = review

    async def _judged(
        self,
        known: _Known,
        policy: Policy,
        tx: Transaction,
        *,
        more: int,
        size: int | None,
        approved: str | None,
    ) -> tuple[Decision, tuple[str, datetime] | None]:
        """Return the decision; with a review and until when, if it waits for a person."""
        now, name = clock.now(), known.agreement.id
        facts = await booked(tx, policy, known.transfer.peer, agreement=name, now=now)
        use = await counting.kept(tx, name, now) if policy.counts else None
        if use is not None:
            facts["counted"] = counting.facts(use, more=more, size=size)
        decision = _stands(known, now, approved=approved, **facts)
        asks = approved == ""
        if not (_stands(known, now, approved=ASSUMED, **facts) if asks else decision).permits:
            return decision, None
        answer = await self._conduct.access(tx, known.transfer, asks=asks, now=now)
        if isinstance(answer, Refuse):
            return barred(decision, answer.reason), None
        if isinstance(answer, Hold):
            until = answer.until or now
            held = self._held
            review = await held.hold(tx, known.transfer, now=now) if held else None
            refused = decision if asks else barred(decision, (str(NOT_APPROVED),))
            return refused, (review.id, until) if review else None
        if use is not None and more and decision.permits:
            await counting.reserve(tx, use, more=more, size=size or 0)
        return decision, None

    def _told(self, known: _Known, now: datetime) -> dict[str, str]:
        agreement = known.agreement
        caller = Caller(
            did=known.transfer.peer,
            agreement=agreement.id,
            transfer=known.transfer.pid,
            dataset=known.dataset.id,
            purposes=known.policy.purposes or (),
        )
        if known.dataset.source.tells == PLAIN:
            return caller.fields()
        key = self._keyring.signing(KeyPurpose.TOKEN)
        return caller.signed(key, backend=known.dataset.source.location, now=now)

    def enter(self, grant: Grant, stop: Callable[[str], None]) -> Callable[[bool], Awaitable[str]]:
        """Have `stop` called with a code when `grant` has ended; see `dataplane.gate.Ongoing`."""
        context: AccessContext = grant.context
        return self._running.enter(
            (grant.transfer_id, grant.agreement_id, context.dataset),
            partial(self._over, grant),
            stop,
            fresh=context.fresh,
            until=context.until,
        )

    async def _over(self, grant: Grant) -> str:
        """Return why what was granted has ended, or nothing.

        A transfer that completes lets what is under way come to its end.
        """

        async def look(tx: Transaction) -> str:
            record = await tx.transfers.get(grant.transfer_id)
            agreement = await tx.agreements.get(grant.agreement_id, Role.PROVIDER)
            dataset = await tx.datasets.get(grant.context.dataset)
            if record is None or agreement is None:
                return "transfer-closed"
            now = clock.now()
            policy = compiled(agreement.document)
            facts = await booked(tx, policy, record.peer, agreement=agreement.id, now=now)
            decision = standing(
                record.proof, dataset=dataset, agreement=agreement, now=now, **facts
            )
            if not decision.permits:
                return _denied(decision).denial
            if (record.open and record.state in OPEN_STATES) or record.state is State.COMPLETED:
                return ""
            leaving = await tx.outbox.first(process=record.pid)
            completes = leaving is not None and leaving.message == Message.COMPLETION
            return "" if completes else "transfer-closed"

        return await self._store.read(look, few=True)

    def _check_transfer(self, record: Transfer) -> None:
        if record.open and record.state in OPEN_STATES:
            return
        state = record.state.value.lower() if record.state else "not-begun"
        if record.open:
            state = "being-started"
        elif record.state in OPEN_STATES:
            state = "being-stopped"
        raise AccessDenied(
            status=403,
            code="transfer-closed",
            reasons=(Phrase(f"access.transfer.{state}"), *record.reason),
        )

    async def _look(self, digest: str, pid: str) -> _Known | None:
        generation = self._generation

        async def look(tx: Transaction) -> tuple[Transfer, Agreement, Dataset] | None:
            record = await tx.transfers.first(token_digest=digest)
            if record is None:
                record = _before_renewal(await tx.transfers.get(pid), digest)
            if record is None or record.agreement is None:
                return None
            agreement = await tx.agreements.get(record.agreement, Role.PROVIDER)
            dataset = await tx.datasets.get(record.dataset)
            return (record, agreement, dataset) if agreement and dataset else None

        found = await self._store.read(look, few=True)
        if found is None:
            return None
        record, agreement, dataset = found
        opened = partial(source_of, dataset, self._folder, self._limits)
        # Nothing is read for a file.
        at_once = dataset.source.kind is SourceKind.FILE
        source = opened() if at_once else await asyncio.to_thread(opened)
        known = _Known(record, agreement, dataset, source)
        # A change that came while we looked has been announced already: do not keep what is old.
        if generation == self._generation:
            self._remember(digest, known)
        return known

    def _remember(self, digest: str, known: _Known) -> None:
        while len(self._known) >= REMEMBERED:
            self._forget(next(iter(self._known)))
        self._known[digest] = known
        for subject in known.subjects():
            self._tokens_of[subject].add(digest)

    def _changed(self, subject: str) -> None:
        self._generation += 1
        if subject == EVERYTHING:
            self._known.clear()
            self._tokens_of.clear()
        for digest in tuple(self._tokens_of.get(subject, ())):
            self._forget(digest)

    def _forget(self, digest: str) -> None:
        """Forget a token under all of its subjects: some outlive many thousands."""
        known = self._known.pop(digest, None)
        for subject in known.subjects() if known else ():
            self._tokens_of[subject].discard(digest)
            if not self._tokens_of[subject]:
                del self._tokens_of[subject]

    async def _keep_refusal(self, known: _Known, decision: Decision) -> None:
        now = clock.now()

        async def keep(tx: Transaction) -> None:
            await deciding.keep(
                tx,
                decision,
                stage="access",
                now=now,
                process=known.transfer.pid,
                agreement=known.agreement.id,
            )

        await self._store.run(keep)


def _stands(known: _Known, now: datetime, **more: Any) -> Decision:
    return standing(
        known.transfer.proof, dataset=known.dataset, agreement=known.agreement, now=now, **more
    )


def _size(source: Source, asked: AccessRequest) -> int | None:
    """Return how many bytes an answer has at most; None for a service, which says so itself."""
    if isinstance(source, HttpApi | Query):
        return None
    todo = plan(asked.method, asked.headers, etag=tag_of(source.digest), size=source.size)
    return todo.stop - todo.start


def _denied(decision: Decision) -> AccessDenied:
    barrier = next(iter(decision.barriers), None)
    status, code = DENIALS.get(barrier, (403, "agreement-ended"))
    return AccessDenied(status=status, code=code, reasons=deciding.reasons(decision))


def _before_renewal(record: Transfer | None, digest: str) -> Transfer | None:
    """Return a transfer as its token of before sees it, while the fresh one is on its way."""
    if record is None or record.former_digest != digest:
        return None
    return msgspec.structs.replace(record, token_expires=record.former_expires)
