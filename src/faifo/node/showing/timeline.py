"""What happened with a process, an agreement or a dataset, and what it waits for: `faifo show`.

Nothing in a timeline is a secret: bodies of messages are not shown, data addresses lose their
tokens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import msgspec

from faifo import clock
from faifo.api.node import Entry, Lacking, Timeline, What
from faifo.api.operation import Answer
from faifo.errors import NotFoundError
from faifo.machines import negotiation, transfer
from faifo.machines.role import Role
from faifo.node.exchange.agreement_notices import process_of
from faifo.node.showing import answers
from faifo.node.showing.events import shown
from faifo.node.showing.reports import accesses
from faifo.phrases import Phrase
from faifo.store.contract import Transaction
from faifo.store.records import HistoryEntry, JournalEntry, OutboxRow, Process, StoredDecision

LIMIT = 1000
YEAR = timedelta(days=365)
# These events stand in the history too, with more about them.
IN_HISTORY = frozenset({"message-taken", "message-sent", "message-refused"})


async def timeline(
    tx: Transaction,
    name: str,
    lang: str,
    lacking: Sequence[Lacking] = (),
    names: Mapping[str, str] = MappingProxyType({}),
) -> Timeline:
    """Return the timeline of whatever has the id `name`, its sentences in `lang`.

    `lacking`: what this node cannot have from others now; what holds up the process is named.
    `names`: what partners are called here.

    Raises:
        NotFoundError: nothing here has that id.
    """
    record = await tx.negotiations.get(name)
    if record:
        entries = await _process(tx, name)
        if record.state not in negotiation.TERMINAL:
            entries += _held_up(record, lacking)
        return _told("negotiation", name, lang, await answers.negotiation(tx, record), entries)
    moving = await tx.transfers.get(name)
    if moving:
        entries = await _process(tx, name)
        if moving.state not in transfer.TERMINAL:
            entries += _held_up(moving, lacking)
        return _told("transfer", name, lang, await answers.transfer(tx, moving), entries)
    for role in Role:
        agreement = await tx.agreements.get(name, role)
        if agreement:
            entries = await _process(tx, agreement.negotiation or "")
            entries += await _process(tx, process_of(name))
            entries += [event(item) for _, item in await _newest(tx.journal, agreement=name)]
            entries += [_decision(one) for one in await _newest(tx.decisions, agreement=name)]
            record_shown = await answers.agreement(tx, agreement)
            return _told("agreement", name, lang, record_shown, _sorted(entries))
    dataset = await tx.datasets.get(name)
    if dataset:
        found = await _newest(tx.journal, dataset=dataset.id)
        events = [event(item) for _, item in found if item.event not in IN_HISTORY]
        told = _told("dataset", dataset.id, lang, await answers.dataset(tx, dataset), events)
        read = await accesses(
            tx,
            ("partner", "purpose"),
            days=(clock.now().date() - YEAR, clock.now().date()),
            names=names,
            dataset=dataset.id,
        )
        return msgspec.structs.replace(told, readers=read.rows)
    raise NotFoundError(what=Phrase("errors.noun.shown"), name=name)


def _told(kind: Any, name: str, lang: str, record: Answer, entries: list[Entry]) -> Timeline:
    told = tuple(msgspec.structs.replace(one, text=one.sentence(lang)) for one in entries[-LIMIT:])
    more, shown_record = len(entries) > LIMIT, msgspec.to_builtins(record)
    return Timeline(id=name, kind=kind, record=shown_record, entries=told, more=more)


async def _newest(table: Any, **by: str) -> list[Any]:
    """Return the newest rows, the oldest of them first.

    Of each table as many as are shown of all, and one more: so nothing is missing in between.
    """
    found: list[Any] = await table.find(newest_first=True, limit=LIMIT + 1, **by)
    return found[::-1]


async def _process(tx: Transaction, pid: str) -> list[Entry]:
    entries = [_message(item) for _, item in await _newest(tx.history, process=pid)]
    entries += [
        event(item)
        for _, item in await _newest(tx.journal, process=pid)
        if item.event not in IN_HISTORY
    ]
    entries += [_decision(item) for item in await _newest(tx.decisions, process=pid)]
    entries = _sorted(entries)
    entries += [_waiting(item) for item in await tx.outbox.find(process=pid)]
    timer = await tx.timers.get("deadline", pid)
    if timer:
        entries.append(Entry(at=timer.due, kind="waiting", code="deadline"))
    return entries


def _sorted(entries: list[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: entry.at)


def _message(item: HistoryEntry) -> Entry:
    facts: dict[str, str | int] = {"message": item.message, "status": item.status}
    if item.note:
        facts["note"] = item.note
    return Entry(
        at=item.at,
        kind="message",
        code=f"{item.direction.value}{'-noted' if item.note else ''}",
        facts=facts,
        detail={
            "sender": item.sender,
            "bytes": len(item.body),
            "sha256": item.digest,
            **({"key": item.key_id} if item.key_id else {}),
        },
    )


def event(item: JournalEntry) -> Entry:
    """Return what is shown of an event of the journal."""
    return Entry(at=item.at, kind="event", code=item.event, detail=shown(item))


def _decision(item: StoredDecision) -> Entry:
    outcome = "permitted" if item.permitted else "refused"
    return Entry(
        at=item.at,
        kind="decision",
        code=f"{item.stage}-{outcome}",
        detail={"decision": item.id, **item.document},
    )


def _waiting(item: OutboxRow) -> Entry:
    facts: dict[str, str | int] = {"message": item.message, "peer": item.peer}
    if item.attempts:
        facts |= {"attempts": item.attempts, "error": item.last_error or "-"}
    return Entry(
        at=item.not_before,
        kind="waiting",
        code="tried" if item.attempts else "on-its-way",
        facts=facts,
        detail={"attempts": item.attempts, "give_up": item.give_up.isoformat()},
    )


def _held_up(record: Process, lacking: Sequence[Lacking]) -> list[Entry]:
    """Return what cannot be had now and is needed to believe the other side of this process."""
    return [
        Entry(
            at=one.last,
            kind="waiting",
            code=f"lacking-{one.what}",
            facts={"who": one.who, "why": one.why},
            detail={
                "address": one.address,
                "since": one.since.isoformat(),
                "attempts": one.attempts,
                "fine": one.fine.isoformat() if one.fine else None,
            },
        )
        for one in lacking
        if one.what is What.RECOGNITION or one.who in _concerned(record)
    ]


def _concerned(record: Process) -> set[str]:
    """Return the other side, and those whose word it was believed on."""
    shown = record.proof.evidence.get("credentials", [])
    issuers = {one.get("issuer") for one in shown if isinstance(one, dict)}
    return {record.peer, *(str(one) for one in issuers if one)}
