"""Transfer processes: what each message does, and what ours say. Spec: DSP 2025-1 §9.

The provider's gate follows `Transfer.open`: it opens with the decision to start and closes with the
decision to stop, in the same unit of work, whatever the other side has acknowledged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from faifo import ids
from faifo.errors import (
    BusyError,
    ConflictError,
    IllegalTransitionError,
    MalformedMessageError,
    NotFoundError,
)
from faifo.machines import transfer
from faifo.machines.role import Role
from faifo.machines.transfer import Message, State
from faifo.messages.dsp_2025_1 import transfer as wire
from faifo.messages.dsp_2025_1.codec import Received, write
from faifo.messages.dsp_2025_1.data_address import bearer_address, expires_in
from faifo.messages.dsp_2025_1.push_address import read_push_target
from faifo.node.delivery.timers import Timers
from faifo.node.exchange.conduct import Act, Conduct, Next
from faifo.node.exchange.dues import Dues
from faifo.node.exchange.ending import ended, renewed
from faifo.node.exchange.engine import Engine
from faifo.node.exchange.negotiating import (
    checked_callback,
    segment,
    told_reasons,
)
from faifo.node.exchange.process_kind import Answer, ProcessKind, Said, told_pids
from faifo.node.membership.authentication import Participant
from faifo.node.membership.verifying import end_of
from faifo.node.receipts.agreements import WAITING
from faifo.node.rules import deciding
from faifo.node.rules.booked import booked
from faifo.node.rules.standing import standing
from faifo.phrases import Phrase
from faifo.policy.compile import compiled
from faifo.policy.decision import Decision
from faifo.store.contract import Table, Transaction
from faifo.store.records import Agreement, Negotiation, Push, Transfer

PULL = "HttpData-PULL"
PUSH = "HttpData-PUSH"
FORMATS = (PULL, PUSH)
WINDOW = "transfer-window"
WATCH = "credential-watch"
PUSHING = "push"
AGREEMENT_ENDED = "agreement-ended"
# Or the provider does not know it, such as after its books were restored: it is negotiated anew.
GONE = frozenset({AGREEMENT_ENDED, NotFoundError.code})
# What is transferred, told with each start: the version of the publication, SHA-256 in hex.
VERSION = "urn:faifo:dataset:version"
DIGEST = "urn:faifo:dataset:sha256"
BUSY_PAUSE = timedelta(minutes=1)


def token_digest(token: str) -> str:
    """Return what the store keeps of a data token."""
    return hashlib.sha256(token.encode()).hexdigest()


class TransferKind(ProcessKind[Transfer]):
    """What the engine needs to know of transfers."""

    name = "transfer"
    terminated = State.TERMINATED
    termination = Message.TERMINATION
    endings = (Message.TERMINATION, Message.COMPLETION)
    states, terminal = State, transfer.TERMINAL
    shown, refusal = wire.TransferProcess, wire.TransferError

    def __init__(
        self,
        *,
        callback: str,
        data_url: str,
        conduct: Conduct,
        timers: Timers,
        token_span: timedelta,
        dues: Dues,
    ) -> None:
        self._dues = dues
        self._callback = callback
        self._data_url = data_url
        self._conduct = conduct
        self._timers = timers
        self._token_span = token_span

    def table(self, tx: Transaction) -> Table[Transfer]:
        return tx.transfers

    def advance(self, state: State | None, message: str, *, sender: Role) -> State:
        return transfer.advance(state, Message(message), sender=sender)

    def awaits(self, state: State | None) -> bool:
        # While data can be had nobody has to decide anything: the token's window ends it.
        return state in {State.REQUESTED, State.SUSPENDED}

    async def next(self, tx: Transaction, record: Transfer, *, now: datetime) -> Next:
        return await self._conduct.transfer(tx, record, now=now)

    async def took(
        self,
        tx: Transaction,
        record: Transfer,
        message: str,
        received: Received[Any],
        *,
        now: datetime,
    ) -> Transfer:
        match Message(message), record.role:
            case Message.START, Role.CONSUMER:
                record = self._took_start(record, received.message, now=now)
                await _learn_version(tx, record, now=now)
                return record
            case Message.START, Role.PROVIDER:
                # The consumer resumes. Its token is good for as long as it ever was; a fresh one
                # goes out with our own start, which some consumers wait for (ADR-0017).
                return msgspec.structs.replace(
                    record,
                    open=record.format == PUSH or _lives(record, now),
                    renewing=False,
                    former_digest=record.token_digest,
                    former_expires=record.token_expires,
                )
            case Message.SUSPENSION | Message.TERMINATION, _:
                reasons = told_reasons(received.message)
                return msgspec.structs.replace(record, open=False, renewing=False, reason=reasons)
        return record

    async def told(
        self,
        tx: Transaction,
        record: Transfer,
        message: str,
        body: Mapping[str, Any],  # noqa: ARG002
        *,
        now: datetime,
    ) -> Transfer:
        if message == Message.START and record.role is Role.PROVIDER:
            await self._dues.transferred(tx, record, now=now)
            if record.format == PUSH:
                await self._timers.set(tx, PUSHING, record.pid, now)
            return msgspec.structs.replace(
                record, former_digest=None, former_expires=None, renewing=False
            )
        return record

    def unneeded(self, record: Transfer, message: str) -> Transfer | None:
        if message != Message.START or record.former_digest is None:
            return None
        # The consumer has resumed, and takes its token of before for what it has.
        return msgspec.structs.replace(
            record,
            token_digest=record.former_digest,
            token_expires=record.former_expires,
            former_digest=None,
            former_expires=None,
        )

    async def turned_down(
        self,
        tx: Transaction,
        record: Transfer,
        body: bytes,
        reasons: tuple[str, ...],
        now: datetime,
    ) -> None:
        """Note what the provider said about the agreement: it is not tried again as it is."""
        try:
            said = msgspec.json.decode(body, type=wire.TransferError)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return  # not the provider's word
        agreement = await tx.agreements.get(record.agreement or "", Role.CONSUMER)
        if agreement and not agreement.ended and said.code in GONE:
            await ended(tx, agreement, reasons, by=Role.PROVIDER, now=now)
        elif agreement and not compiled(agreement.document).first:
            # Under a new one what must be done first would have to be done again.
            await tx.agreements.put(agreement, refused=reasons)

    async def compose(self, tx: Transaction, record: Transfer, act: Act, *, now: datetime) -> Said:
        path = f"/transfers/{segment(record.peer_pid)}"
        fresh: dict[str, Any] = {"id": ids.new_urn(now), **told_pids(record)}
        match act.message:
            case Message.REQUEST:
                request = wire.TransferRequestMessage(
                    id=fresh["id"],
                    consumer_pid=record.pid,
                    agreement_id=record.agreement or "",
                    format=record.format,
                    data_address=_destination(record),
                    callback_address=self._callback,
                )
                return Said(record, "/transfers/request", request)
            case Message.START if record.role is Role.PROVIDER and record.format == PUSH:
                await self._watched(tx, record, now=now)
                record = _opened_push(record, now=now)
                return Said(record, f"{path}/start", wire.TransferStartMessage(**fresh))
            case Message.START if record.role is Role.PROVIDER:
                await self._watched(tx, record, now=now)
                record, address = await self._opened(tx, record, now=now)
                start = wire.TransferStartMessage(**fresh, data_address=address)
                return Said(record, f"{path}/start", start)
            case Message.START:
                return Said(record, f"{path}/start", wire.TransferStartMessage(**fresh))
            case Message.COMPLETION:
                record = msgspec.structs.replace(record, open=False)
                done = wire.TransferCompletionMessage(**fresh)
                return Said(record, f"{path}/completion", done)
            case Message.SUSPENSION | Message.TERMINATION:
                reason = act.reason or (str(Phrase("reason.decided-there")),)
                record = msgspec.structs.replace(record, open=False, reason=reason)
                if act.message is Message.SUSPENSION:
                    pause = wire.TransferSuspensionMessage(**fresh, code="suspended", reason=reason)
                    return Said(record, f"{path}/suspension", pause)
                end = wire.TransferTerminationMessage(**fresh, code="terminated", reason=reason)
                return Said(record, f"{path}/termination", end)
        raise ValueError(act.message)

    async def ended(self, tx: Transaction, record: Transfer, *, now: datetime) -> Transfer:  # noqa: ARG002
        await self._timers.cancel(tx, WINDOW, record.pid)
        await self._timers.cancel(tx, WATCH, record.pid)
        await self._timers.cancel(tx, PUSHING, record.pid)
        # The token is forgotten, on the consumer's side too: it opens nothing any more.
        return msgspec.structs.replace(record, open=False, data_address=None)

    async def _watched(self, tx: Transaction, record: Transfer, *, now: datetime) -> None:
        """Have a transfer looked at when time alone may end its right."""
        agreement = await tx.agreements.get(record.agreement or "", Role.PROVIDER)
        if agreement is None:
            return
        use = deciding.use(record.proof, agreement, now)
        ends = (compiled(agreement.document).changes(use), end_of(record.proof))
        due = min(filter(None, ends), default=None)
        if due:
            await self._timers.set(tx, WATCH, record.pid, due)

    async def _opened(
        self, tx: Transaction, record: Transfer, *, now: datetime
    ) -> tuple[Transfer, wire.DataAddress]:
        """Issue a token bound to this transfer and open the gate for it."""
        token = ids.new_secret()
        expires = now + self._token_span
        await self._timers.set(tx, WINDOW, record.pid, expires)
        opened = msgspec.structs.replace(
            record,
            open=True,
            token_digest=token_digest(token),
            token_expires=expires,
        )
        dataset = await tx.datasets.get(record.dataset)
        about = {VERSION: str(dataset.version), DIGEST: dataset.source.digest} if dataset else {}
        url = f"{self._data_url}/{segment(record.pid)}"
        address = bearer_address(
            url,
            token,
            {n: v for n, v in about.items() if v},
            seconds=int(self._token_span.total_seconds()),
        )
        return opened, address

    def _took_start(
        self, record: Transfer, message: wire.TransferStartMessage, *, now: datetime
    ) -> Transfer:
        address = message.data_address
        held = msgspec.json.encode(record.data_address)
        if record.open and (address is None or msgspec.json.encode(address) == held):
            raise IllegalTransitionError(
                message=Message.START,
                sender=Role.PROVIDER.capitalize(),
                state=State.STARTED,
                allowed=("TransferStartMessage with another dataAddress",),
            )
        if record.format == PUSH:
            return msgspec.structs.replace(record, open=True)
        if address is None and record.data_address is None:
            raise MalformedMessageError(
                what=Phrase("errors.told.transfer.no-address"),
                expected=Phrase("errors.told.transfer.where", format=record.format),
                where="$.dataAddress",
            )
        if address is None:
            return msgspec.structs.replace(record, open=True)
        kept = msgspec.to_builtins(address)
        seconds = expires_in(kept)
        return msgspec.structs.replace(
            record,
            open=True,
            data_address=kept,
            token_expires=None if seconds is None else now + timedelta(seconds=seconds),
        )


class Transfers:
    """The use cases of transfers."""

    def __init__(
        self, engine: Engine[Transfer], *, negotiations: Engine[Negotiation], base: str
    ) -> None:
        self._engine = engine
        self._negotiations = negotiations
        self._base = base

    def begins(self) -> dict[str, tuple[type[Any], Any]]:
        """Return the first messages that come in, by path."""
        return {"request": (wire.TransferRequestMessage, self.requested)}

    async def requested(
        self,
        tx: Transaction,
        received: Received[wire.TransferRequestMessage],
        participant: Participant,
        *,
        now: datetime,
    ) -> Answer:
        """Take a consumer's request. Keyed by sender and consumerPid (DSP 2025-1 §9.2.1)."""
        message = received.message
        known = await tx.transfers.first(
            role=Role.PROVIDER.value, peer=participant.did, peer_pid=message.consumer_pid
        )
        try:
            if known:
                return await self._engine.again(tx, known, received, participant)
            callback = checked_callback(message.callback_address, ours=self._base)
            agreement = await self._agreement(tx, message, participant, now=now)
            await self._permitted(tx, agreement, participant, now=now)
        except (MalformedMessageError, NotFoundError) as error:
            told: tuple[str, ...] = (str(error),)
            return await self._refused(tx, message, participant, error.code, told, now=now)
        except _Refused as refusal:
            told = refusal.reasons
            return await self._refused(tx, message, participant, refusal.code, told, now=now)
        record = Transfer(
            pid=ids.new_urn(now),
            role=Role.PROVIDER,
            state=None,
            peer=participant.did,
            peer_pid=message.consumer_pid,
            proof=participant.proof,
            created=now,
            updated=now,
            callback=callback,
            dataset=agreement.dataset,
            agreement=agreement.id,
            format=message.format,
            data_address=msgspec.to_builtins(message.data_address)
            if message.format == PUSH
            else None,
        )
        return await self._engine.enter(tx, record, Message.REQUEST, received, participant, now=now)

    async def _agreement(
        self,
        tx: Transaction,
        message: wire.TransferRequestMessage,
        participant: Participant,
        *,
        now: datetime,
    ) -> Agreement:
        agreement = await tx.agreements.get(message.agreement_id, Role.PROVIDER)
        # Somebody else's agreement and none at all look the same from outside.
        if agreement is None or agreement.consumer != participant.did:
            raise NotFoundError(
                what=Phrase("errors.told.thing.agreement-yours"), name=message.agreement_id
            )
        if not agreement.active and agreement.negotiation:
            # Who acts on the agreement has our FINALIZED; only its answer may be under way.
            pid = agreement.negotiation
            await self._negotiations.presupposed(tx, pid, by=Message.REQUEST, now=now)
            agreement = await tx.agreements.get(agreement.id, Role.PROVIDER) or agreement
        dataset = await tx.datasets.get(agreement.dataset)
        if dataset is not None and dataset.carries:
            raise MalformedMessageError(
                what=Phrase("errors.told.transfer.pushed", dataset=dataset.id),
                expected=Phrase("errors.told.transfer.agreement-alone"),
            )
        if agreement.receipts == WAITING and not (agreement.active or agreement.ended):
            what = Phrase("errors.told.agreement.receipt", id=agreement.id)
            raise BusyError(what=what, seconds=1)
        if not agreement.active:
            raise MalformedMessageError(
                what=Phrase("errors.told.agreement.not-in-force", id=agreement.id),
                expected=Phrase("errors.told.agreement.wanted"),
                where="$.agreementId",
            )
        _check_format(message)
        return agreement

    async def _permitted(
        self, tx: Transaction, agreement: Agreement, participant: Participant, *, now: datetime
    ) -> None:
        dataset = await tx.datasets.get(agreement.dataset)
        # A transfer is begun for one use at least; of the bytes only what is used up already.
        policy, who = compiled(agreement.document), participant.proof
        facts = await booked(tx, policy, who.did, agreement=agreement.id, now=now, more=1)
        decision = standing(who, dataset=dataset, agreement=agreement, now=now, **facts)
        if not decision.permits:
            await deciding.keep(tx, decision, stage="transfer", now=now, agreement=agreement.id)
            raise _Refused(AGREEMENT_ENDED if decision.barriers else "refused", decision)

    async def _refused(
        self,
        tx: Transaction,
        message: wire.TransferRequestMessage,
        participant: Participant,
        code: str,
        reasons: tuple[str, ...],
        *,
        now: datetime,
    ) -> Answer:
        await self._engine.turned_away(tx, Message.REQUEST, participant, reasons, now=now)
        body = wire.TransferError(
            provider_pid="", consumer_pid=message.consumer_pid, code=code, reason=reasons
        )
        return Answer(400, write(body))

    async def window_closed(self, tx: Transaction, pid: str, now: datetime) -> None:
        """End a transfer whose token has expired; a new one can be had under the agreement."""
        record = await tx.transfers.get(pid)
        if record is None or record.state in transfer.TERMINAL or record.state is None:
            return
        why = (str(Phrase("reason.token-expired")),)
        act = Act(Message.COMPLETION)
        if record.state is not State.STARTED:
            act = Act(Message.TERMINATION, reason=why)
        try:
            await self._engine.say(tx, msgspec.structs.replace(record, reason=why), act, now=now)
        except ConflictError:  # something else is on its way; the gate is closed meanwhile
            await self._engine.later(tx, WINDOW, pid, now + BUSY_PAUSE)


class _Refused(Exception):  # noqa: N818 - carries reasons between two methods of this file
    def __init__(self, code: str, decision: Decision) -> None:
        super().__init__(code)
        self.code = code
        self.reasons = deciding.reasons(decision)


def _check_format(message: wire.TransferRequestMessage) -> None:
    if message.format not in FORMATS:
        raise MalformedMessageError(
            what=Phrase("errors.told.transfer.format", format=message.format),
            expected=", ".join(FORMATS),
            where="$.format",
        )
    address = msgspec.to_builtins(message.data_address)
    if message.format == PUSH and read_push_target(address) is None:
        raise MalformedMessageError(
            what=Phrase("errors.told.push.no-target"),
            expected=Phrase("errors.told.push.target"),
            where="$.dataAddress",
        )


def _destination(record: Transfer) -> wire.DataAddress | None:
    if record.format != PUSH:
        return None
    return msgspec.convert(record.data_address, wire.DataAddress)


def _opened_push(record: Transfer, *, now: datetime) -> Transfer:
    """Open the gate for the pushes of this node; the token of each it makes for itself."""
    return msgspec.structs.replace(
        record, open=True, token_digest=token_digest(ids.new_secret()), push=Push(since=now)
    )


async def _learn_version(tx: Transaction, record: Transfer, *, now: datetime) -> None:
    """Note in our book for which version the provider says that the agreement stands."""
    properties = (record.data_address or {}).get("endpointProperties", ())
    told = next((str(one["value"]) for one in properties if one["name"] == VERSION), "")
    agreement = await tx.agreements.get(record.agreement or "", Role.CONSUMER)
    number = int(told) if told.isascii() and told.isdecimal() and len(told) < 10 else 0
    if agreement and number not in {0, agreement.version}:
        await renewed(tx, agreement, number, now=now)


def _lives(record: Transfer, now: datetime) -> bool:
    return record.token_expires is not None and now < record.token_expires
