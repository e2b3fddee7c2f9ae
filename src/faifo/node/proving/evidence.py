"""The bundle of evidence about one agreement: `faifo evidence`.

Receipts of both sides with what opens them, and beside them what decisions, reviews, passports and
credentials there were; tokens, addresses of data and what went into decisions about persons are in
none of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec

from faifo import clock
from faifo.errors import NotFoundError
from faifo.ledger.bundle import CHECKPOINTS, About, write_bundle
from faifo.ledger.leaf import Kind, write_opening
from faifo.ledger.note import LOG, Key
from faifo.ledger.receipt import read_receipt
from faifo.ledger.sigstore import sigstore_bundle
from faifo.machines.role import Role
from faifo.node.people.reviews import OBJECTION, REVIEW
from faifo.node.proving.summary import summaries
from faifo.node.receipts.leaves import opening_of
from faifo.node.receipts.log import NodeLog
from faifo.phrases import Phrase
from faifo.store.contract import Transaction
from faifo.store.records import Agreement, LogRecord, PeerReceipt

# Over this a bundle would be no file that a person hands over.
MOST_RECEIPTS: Final = 5000
_PART: Final = 500


class Evidence:
    """Makes bundles; `did` is this node."""

    def __init__(self, log: NodeLog, *, did: str) -> None:
        self._log, self._did = log, did

    async def bundle(self, tx: Transaction, name: str, *, now: datetime) -> bytes:
        """Return the bundle about the agreement of that id.

        Raises:
            NotFoundError: there is none here.
            ConflictError: the log is halted.
        """
        agreement = await found(tx, name)
        said = {
            "agreement.json": _agreement(agreement),
            "decisions.json": await _decisions(tx, agreement),
            "reviews.json": await _reviews(tx, agreement),
            "passports.json": await _passports(tx, agreement),
            "credentials.json": await _credentials(tx, agreement),
        }
        files = {one: msgspec.json.format(msgspec.json.encode(what)) for one, what in said.items()}
        keys: dict[str, None] = {}
        for one in await self._ours(tx, name, keys):
            files |= one
        for each in await tx.peer_receipts.find(agreement=name, limit=MOST_RECEIPTS):
            files |= await _theirs(tx, each, keys)
        files |= await self._heads(tx, agreement.peer)
        about = About(
            agreement=name,
            by=self._did,
            peer=agreement.peer,
            made=clock.text(now),
            keys=tuple(keys),
        )
        return write_bundle(about, files | summaries(about, said, files))

    async def _heads(self, tx: Transaction, peer: str) -> dict[str, bytes]:
        """Return the newest signed heads of both logs, and two of theirs that show a fork."""
        files = {f"{CHECKPOINTS}ours.note": self._log.signed()[1].raw.encode()}
        for number, one in enumerate(await tx.peer_logs.find(did=peer)):
            newest = (one.newest.note,) if one.newest else ()
            for at, note in enumerate((*newest, *one.fork)):
                files[f"{CHECKPOINTS}theirs-{number}-{at}.note"] = note.encode()
        return files

    async def _ours(
        self, tx: Transaction, name: str, keys: dict[str, None]
    ) -> list[dict[str, bytes]]:
        made: list[dict[str, bytes]] = []
        records: list[LogRecord] = []
        after = (0, -1)
        while len(records) < MOST_RECEIPTS:
            more = await tx.ledger.records(after=after, limit=_PART, agreement=name)
            records += more
            if len(more) < _PART:
                break
            after = (more[-1].log, more[-1].place)
        for log in sorted({one.log for one in records}):
            mine = [one for one in records if one.log == log]
            key = self._log.key(log)
            keys[key.vkey] = None
            for one, receipt in zip(mine, await self._log.receipts(tx, mine), strict=True):
                made.append(_own(one, receipt, key))
        return made


def _own(one: LogRecord, receipt: bytes, key: Key) -> dict[str, bytes]:
    stem = f"receipts/ours/{one.log}-{one.place:08}"
    files = {f"{stem}.tlog-proof": receipt}
    opening = opening_of(one)
    if opening is not None:
        files[f"{stem}.opening.json"] = write_opening(opening)
    if one.kind == Kind.AGREEMENT and one.leaf[:1] == b"{" and opening is not None:
        bundle = sigstore_bundle(read_receipt(receipt), key)
        files["agreement.sigstore.json"] = msgspec.json.encode(bundle)
        files["agreement.signed"] = opening.salt + opening.record
    return files


async def _theirs(tx: Transaction, one: PeerReceipt, keys: dict[str, None]) -> dict[str, bytes]:
    log = await tx.peer_logs.get(one.peer, one.origin)
    if log is not None:
        keys[Key(one.origin, LOG, log.key).vkey] = None
    number = one.origin.rpartition("/")[2]
    stem = f"receipts/theirs/{number if number.isdecimal() else 1}-{one.place:08}"
    files = {f"{stem}.tlog-proof": one.receipt.encode()}
    if one.opening is not None:
        files[f"{stem}.opening.json"] = one.opening.encode()
    return files


async def found(tx: Transaction, name: str) -> Agreement:
    """Return the agreement of that id, in either role.

    Raises:
        NotFoundError: there is none.
    """
    for role in Role:
        agreement = await tx.agreements.get(name, role)
        if agreement is not None:
            return agreement
    raise NotFoundError(what=Phrase("errors.told.thing.agreement"), name=name)


def _agreement(agreement: Agreement) -> dict[str, Any]:
    kept = ("id", "role", "provider", "consumer", "dataset", "document", "created", "publication")
    told: dict[str, Any] = msgspec.to_builtins(agreement)
    return {name: told[name] for name in (*kept, "ended", "reason", "ended_by") if name in told}


async def _decisions(tx: Transaction, agreement: Agreement) -> list[Any]:
    """Return the decisions that led to the agreement and were made under it, with their reasons."""
    found = {one.id: one for one in await tx.decisions.find(agreement=agreement.id, limit=1000)}
    processes = [one.pid for one in await tx.transfers.find(agreement=agreement.id, limit=1000)]
    for pid in (agreement.negotiation, *processes):
        if pid:
            found |= {one.id: one for one in await tx.decisions.find(process=pid, limit=100)}
    return [msgspec.to_builtins(one) for one in sorted(found.values(), key=lambda one: one.at)]


async def _reviews(tx: Transaction, agreement: Agreement) -> list[Any]:
    """Return what persons decided, without what they were told about a person."""
    made = []
    for kind in (OBJECTION, REVIEW):  # there are more decisions than anybody objects to
        for one in await tx.reviews.find(kind=kind):
            decision = await tx.person_decisions.get(one.subject)
            if decision is None or decision.agreement != agreement.id:
                continue
            made.append(
                {
                    "id": one.id, "kind": one.kind, "state": one.state, "at": one.at,
                    "decided": one.decided, "person": one.person, "signed": one.envelope,
                }
            )  # fmt: skip
    return made


async def _passports(tx: Transaction, agreement: Agreement) -> list[Any]:
    """Return the AI passport of what was agreed on, and what this node decided about it."""
    dataset = await tx.datasets.get(agreement.dataset)
    made: list[Any] = []
    if agreement.role is Role.PROVIDER and dataset is not None and dataset.passport is not None:
        made.append(msgspec.to_builtins(dataset.passport))
    judged = await tx.judgements.find(provider=agreement.provider)
    return made + [
        {"id": one.id, "at": one.at, "outcome": one.outcome, "passport": one.passport,
         "pack": one.pack, "signed": one.envelope}
        for one in judged if one.dataset == agreement.dataset
    ]  # fmt: skip


async def _credentials(tx: Transaction, agreement: Agreement) -> dict[str, Any]:
    """Return who the other side proved to be when it was agreed, with status as it was then."""
    negotiation = await tx.negotiations.get(agreement.negotiation or "")
    return msgspec.to_builtins(negotiation.proof) if negotiation else {}
