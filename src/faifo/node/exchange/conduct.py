"""What a node does next after each event: one replaceable object with three answers.

Act (now, or not before a time), hold, or refuse (design §5). It is asked within the unit of work.
The product's conduct is here; the conformance mode has another. No protocol code knows which one
is at work.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

import msgspec

from faifo.machines import negotiation, transfer
from faifo.machines.role import Role
from faifo.store.contract import Transaction
from faifo.store.records import Negotiation, Transfer

CALL_PATIENCE: Final = timedelta(seconds=50)
"""How long a call waits for a person; most clients and proxies wait for a minute."""


class Access(StrEnum):
    """What is done next with a call for data: it is let through."""

    LET = "let"


MessageName = negotiation.Message | transfer.Message | Access


class Act(msgspec.Struct, frozen=True):
    """Send `message`, now or not before a time; `reason` goes with it where it has room."""

    message: MessageName
    not_before: datetime | None = None
    reason: tuple[str, ...] = ()


class Hold(msgspec.Struct, frozen=True):
    """Send nothing.

    With a `reason`, the code of a phrase `told.hold.*`, a person here must decide: at the latest
    `until`, when it is refused; without that no deadline runs meanwhile. Without a `reason` it is
    the other side's turn. `who` may decide is a role of people.
    """

    reason: str | None = None
    until: datetime | None = None
    who: str = ""


class Refuse(msgspec.Struct, frozen=True):
    """End it, for reasons that the other side is told."""

    reason: tuple[str, ...] = ()


Next = Act | Hold | Refuse


class Conduct(Protocol):
    """Asked after every change of a process, with the process as it is now, and for accesses.

    Of accesses it is asked for those that the rules permit, or would if a person agreed; what they
    refuse it cannot let through. `every_access`: also for those that need no unit of work.
    """

    every_access: bool

    async def negotiation(self, tx: Transaction, record: Negotiation, *, now: datetime) -> Next: ...

    async def transfer(self, tx: Transaction, record: Transfer, *, now: datetime) -> Next: ...

    async def access(self, tx: Transaction, record: Transfer, *, asks: bool, now: datetime) -> Next:
        """Say what is done with a call under a transfer; `asks`: a person must agree to it."""
        ...


class PromptConduct:
    """The product's conduct: go on at once wherever the rules have decided.

    `patience`: how long a person has for what the rules leave to people.
    """

    every_access = False

    def __init__(self, patience: timedelta = timedelta(hours=24)) -> None:
        self._patience = patience

    async def negotiation(
        self,
        tx: Transaction,  # noqa: ARG002
        record: Negotiation,
        *,
        now: datetime,
    ) -> Next:
        states, messages = negotiation.State, negotiation.Message
        match record.role, record.state:
            case Role.PROVIDER, states.REQUESTED | states.ACCEPTED if record.asks:
                return Hold(record.asks, until=now + self._patience, who="approver")
            case Role.PROVIDER, states.REQUESTED | states.ACCEPTED:
                return Act(messages.AGREEMENT) if record.permitted else Refuse(record.reason)
            case Role.PROVIDER, states.VERIFIED:
                return Act(messages.FINALIZED)
            case Role.CONSUMER, states.AGREED:
                return Act(messages.VERIFICATION) if record.permitted else Refuse(record.reason)
            case Role.CONSUMER, states.OFFERED:
                return Hold("offer-made")
        return Hold()

    async def transfer(
        self,
        tx: Transaction,  # noqa: ARG002
        record: Transfer,
        *,
        now: datetime,  # noqa: ARG002
    ) -> Next:
        match record.role, record.state:
            case Role.PROVIDER, transfer.State.REQUESTED:
                return Act(transfer.Message.START)
            case Role.PROVIDER, transfer.State.SUSPENDED if record.renewing:
                return Act(transfer.Message.START)
            case Role.PROVIDER, transfer.State.STARTED if record.fresh_token_due:
                return Act(transfer.Message.START)
        return Hold()

    async def access(
        self,
        tx: Transaction,  # noqa: ARG002
        record: Transfer,  # noqa: ARG002
        *,
        asks: bool,
        now: datetime,
    ) -> Next:
        if asks:
            return Hold("access", until=now + CALL_PATIENCE, who="approver")
        return Act(Access.LET)
