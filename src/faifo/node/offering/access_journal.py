"""The data plane's journal, on this node's store: every access and every refusal, durably.

Accesses that end while a commit is under way wait for it together and share the next one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from faifo import clock
from faifo.dataplane.journal import Access
from faifo.machines.role import Role
from faifo.node.offering.gate import AccessContext
from faifo.node.receipts.handing import LEAF_HEADER
from faifo.node.rules import counting
from faifo.policy.compile import compiled
from faifo.policy.decision import Decision
from faifo.store.contract import Store, Transaction
from faifo.store.records import JournalEntry

STRANGE = frozenset({"token-unknown", "token-missing", "not-found"})
"""Why who holds no token of ours is refused; where nothing can be, nobody is asked for one."""

STRANGERS_WORDS = 200
STRANGERS_AT_ONCE = 1000.0
STRANGERS_PER_SECOND = 10.0
TOGETHER = 64

_Waiting = tuple[JournalEntry, asyncio.Future[int], int]
"""What is written, who waits for it, and how many bytes it gives back."""


class NodeJournal:
    """Writes every access to the store; see `dataplane.journal.Journal`.

    Refusals of strangers, who hold no token of ours, get a row each up to a rate, and a count in
    the next row beyond it (ADR-0005), and so many characters of what they said: else anybody could
    fill the disk.
    """

    def __init__(self, store: Store, told: Callable[[int], str | None] = lambda _: None) -> None:
        self._store = store
        self._told = told
        self._strangers = STRANGERS_AT_ONCE
        self._filled = clock.monotonic()
        self._uncounted = 0
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None

    async def record(self, access: Access) -> Mapping[str, str]:
        strange = access.grant is None and access.reason in STRANGE
        if strange:
            if not self._has_room():
                self._uncounted += 1
                return {}
            access = msgspec.structs.replace(
                access,
                transfer_id=access.transfer_id[:STRANGERS_WORDS],
                path=access.path[:STRANGERS_WORDS],
            )
        entry = _entry(access)
        if strange and self._uncounted:
            detail = {**entry.detail, "more_like_this": self._uncounted}
            entry = msgspec.structs.replace(entry, detail=detail)
            self._uncounted = 0

        durable: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, durable, _unsent(access)))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())
        leaf = self._told(await durable)
        return {LEAF_HEADER: leaf} if leaf and access.grant else {}

    async def _write(self) -> None:
        """Write what waits, and what comes to wait meanwhile, until nothing does."""
        while self._waiting:
            # What comes turn by turn of the loop shares the COMMIT; the first of it waits no longer
            # than so many take.
            seen = 0
            while seen < len(self._waiting) < TOGETHER:
                seen = len(self._waiting)
                await asyncio.sleep(0)
            batch, self._waiting = self._waiting, []
            written = await self._append(batch)
            for at, (_, durable, _) in enumerate(batch):
                if durable.done():
                    continue
                if isinstance(written, Exception):
                    durable.set_exception(written)
                else:
                    durable.set_result(written[at])
        self._writer = None

    async def _append(self, batch: list[_Waiting]) -> list[int] | Exception:
        async def work(tx: Transaction) -> list[int]:
            entries = [await _refused(tx, entry) for entry, _, _ in batch]
            places = [await tx.journal.append(entry) for entry in entries]
            await tx.accesses.count(entries)
            for entry, (_, _, unsent) in zip(entries, batch, strict=True):
                if unsent and entry.agreement:
                    await counting.give_back(tx, entry.agreement, unsent)
            return places

        try:
            return await self._store.run(work, few=True)
        except Exception as error:  # noqa: BLE001 - every waiting access is told
            return error

    def _has_room(self) -> bool:
        now = clock.monotonic()
        gained = (now - self._filled) * STRANGERS_PER_SECOND
        self._strangers = min(STRANGERS_AT_ONCE, self._strangers + gained)
        self._filled = now
        if self._strangers < 1:
            return False
        self._strangers -= 1
        return True


async def _refused(tx: Transaction, entry: JournalEntry) -> JournalEntry:
    """Return the entry of a refusal with whose it was; a token that is ours has proven that."""
    reason = entry.detail.get("reason")
    if entry.event != "access-refused" or entry.peer or reason in STRANGE:
        return entry
    transfer = await tx.transfers.get(entry.process or "")
    agreement = (
        await tx.agreements.get(transfer.agreement or "", Role.PROVIDER) if transfer else None
    )
    if transfer is None or agreement is None:
        return entry
    purposes = compiled(agreement.document).purposes or ()
    return msgspec.structs.replace(
        entry,
        peer=transfer.peer,
        dataset=transfer.dataset,
        agreement=agreement.id,
        detail={**entry.detail, "purposes": list(purposes)},
    )


def _unsent(access: Access) -> int:
    """Return how many bytes fewer than counted went out, and count those that did."""
    reserved = access.grant.context.reserved if access.grant else None
    if reserved is None:
        return 0
    # A problem's page is none of the data.
    sent = access.bytes_sent if access.status in {200, 206} else 0
    unsent: int = reserved.size - sent
    reserved.size = sent
    return unsent


# The gate gives the same one as long as it cannot change.
@lru_cache(maxsize=1024)
def _told(decision: Decision) -> msgspec.Raw:
    """Return what a row says of a decision, as JSON.

    The policy is the agreement's own, which is kept; facts and outcome are this access's.
    """
    written = decision.written
    told = {"outcome": written.outcome, "facts": written.facts, "reason": written.reason}
    return msgspec.Raw(msgspec.json.encode(told))


def _entry(access: Access) -> JournalEntry:
    grant = access.grant
    context: AccessContext | None = grant.context if grant else None
    detail: dict[str, Any] = {
        "access": access.access_id,
        "method": access.method,
        "path": access.path,
        "status": access.status,
        "bytes": access.bytes_sent,
    }
    if access.reason:
        detail["reason"] = access.reason
    if access.range:
        detail["range"] = list(access.range)
    if access.request_digest:
        detail["request_sha256"] = access.request_digest.hex()
    if access.response_digest:
        detail["response_sha256"] = access.response_digest.hex()
    if context:
        detail["purposes"] = list(context.purposes)
        detail["decision"] = _told(context.decision)
    return JournalEntry(
        event=f"access-{access.outcome}",
        at=clock.now(),
        process=access.transfer_id,
        agreement=grant.agreement_id if grant else None,
        dataset=context.dataset if context else None,
        peer=context.peer if context else None,
        detail=detail,
    )
