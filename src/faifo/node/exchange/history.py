"""What is written down about messages: the history with the exact bytes, and the journal."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from faifo.messages.dsp_2025_1.codec import Received
from faifo.node.delivery.peer_answer import Outcome
from faifo.node.exchange.process_kind import Answer
from faifo.node.membership.authentication import Participant
from faifo.phrases import Phrase
from faifo.store.contract import Transaction
from faifo.store.journal import happened
from faifo.store.records import Direction, HistoryEntry, OutboxRow, Process

ANSWER_BYTES = 4096
NOT_ADMITTED = "sender-not-admitted"
REFUSALS = 16
REASON_CHARACTERS = 1000


async def replayed(
    tx: Transaction,
    pid: str,
    received: Received[Any],
    participant: Participant,
    *,
    first: bool = False,
) -> Answer | None:
    """Return the answer that was given to this very message before, if it was (design §7).

    Without an `@id`, only the sender's newest message can be repeated, or the `first`, whose pid
    names one process: the same bytes later on are a new message, such as the second start of a
    transfer (ADR-0010).
    """
    if received.message.id is not None:
        return _answer(await _seen(tx, pid, participant, message_id=received.message.id, limit=1))
    digest = _digest(received.raw)
    came = await _seen(tx, pid, participant, newest_first=not first, limit=1)
    return _answer(one for one in came if one.digest == digest)


async def said_again(
    tx: Transaction, pid: str, received: Received[Any], participant: Participant
) -> Answer | None:
    """Return the answer to the sender's newest message, if this one differs from it by `@id` only.

    For a sender that loses track of what it has sent (Eclipse EDC under load), and only for a
    message that would be refused otherwise.
    """
    came = await _seen(tx, pid, participant, newest_first=True, limit=1)
    same = _nameless(received.raw)
    return _answer(one for one in came if 200 <= one.status < 300 and _nameless(one.body) == same)


async def repeated(
    tx: Transaction, pid: str, received: Received[Any], participant: Participant
) -> Answer | None:
    """Return the answer to this very request, which came before with the same token and bytes."""
    use = participant.use
    if use is None:
        return None
    came = await _seen(tx, pid, participant, digest=_digest(received.raw))
    return _answer(one for one in came if one.jti == use.jti)


async def _seen(
    tx: Transaction, pid: str, participant: Participant, **match: Any
) -> Iterable[HistoryEntry]:
    """Return what came from the sender about a process."""
    came = Direction.IN.value
    found = await tx.history.find(process=pid, direction=came, sender=participant.did, **match)
    return [one for _, one in found]


def _answer(seen: Iterable[HistoryEntry]) -> Answer | None:
    return next((Answer(one.status, one.answer) for one in seen), None)


def _nameless(body: bytes) -> dict[str, Any]:
    return {name: value for name, value in msgspec.json.decode(body).items() if name != "@id"}


async def taken(
    tx: Transaction,
    pid: str,
    message: str,
    received: Received[Any],
    participant: Participant,
    answer: Answer,
    *,
    now: datetime,
) -> None:
    """Keep a message that came, and what it was answered."""
    await tx.history.append(
        HistoryEntry(
            process=pid,
            direction=Direction.IN,
            sender=participant.did,
            message=message,
            message_id=received.message.id,
            body=received.raw,
            at=now,
            status=answer.status,
            answer=answer.body,
            key_id=participant.key_id,
            jti=participant.use.jti if participant.use else None,
        )
    )


async def sent(
    tx: Transaction,
    sender: str,
    row: OutboxRow,
    outcome: Outcome,
    *,
    note: str | None,
    now: datetime,
) -> None:
    """Keep a message of ours and how it was answered; status 0: nobody knows whether it came."""
    await tx.history.append(
        HistoryEntry(
            process=row.process,
            direction=Direction.OUT,
            sender=sender,
            message=row.message,
            body=row.body,
            at=now,
            status=outcome.status,
            answer=outcome.body[:ANSWER_BYTES],
            note=note,
            url=row.url,
        )
    )


async def sent_after_all(
    tx: Transaction, sender: str, row: OutboxRow, outcome: Outcome, *, now: datetime
) -> None:
    """Keep a message of ours that was taken back while it was already on its way.

    It is booked once: what may have gone out is kept when it is taken back, if that is known then.
    """
    out = Direction.OUT.value
    if not await tx.history.find(
        process=row.process, direction=out, sender=sender, digest=_digest(row.body), limit=1
    ):
        await sent(tx, sender, row, outcome, note=str(Phrase("reason.overtaken")), now=now)


async def note(
    tx: Transaction, event: str, record: Process, detail: dict[str, Any], *, now: datetime
) -> None:
    """Write what happened to a process into the journal."""
    await happened(tx, event, now, record, {"state": record.state, **detail})


async def not_admitted(tx: Transaction, record: Process, why: str, *, now: datetime) -> None:
    """Write down that the other side of a process is not let in any more, and why.

    A reason that comes again is not written again, and `REFUSALS` are enough: who is refused may
    call as often as it likes, and has a part in the reasons.
    """
    told = await tx.journal.find(
        process=record.pid, event=NOT_ADMITTED, newest_first=True, limit=REFUSALS
    )
    detail = {"why": why[:REASON_CHARACTERS]}
    again = bool(told) and told[0][1].detail.get("why") == detail["why"]
    if len(told) < REFUSALS and not again:
        await note(tx, NOT_ADMITTED, record, detail, now=now)


async def turned_away(
    tx: Transaction,
    kind: str,
    message: str,
    participant: Participant,
    reasons: tuple[str, ...],
    *,
    now: datetime,
) -> None:
    """Write down the refusal of a first message: there is no process that could tell of it."""
    detail = {"message": message, "why": list(reasons)}
    await happened(tx, f"{kind}-turned-away", now, {"peer": participant.did}, detail)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
