"""What a node does next after each event: one replaceable object with three answers.

Act now, act not before a time, or hold (design §5). The product's conduct is here; the approval
gate and the conformance mode are others. No protocol code knows which one is at work.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import msgspec

from faifo.machines import negotiation, transfer
from faifo.machines.role import Role
from faifo.store.records import Negotiation, Transfer

MessageName = negotiation.Message | transfer.Message


class Act(msgspec.Struct, frozen=True):
    """Send `message`, now or not before a time; `reason` goes with it where it has room."""

    message: MessageName
    not_before: datetime | None = None
    reason: tuple[str, ...] = ()


class Hold(msgspec.Struct, frozen=True):
    """Send nothing.

    With a `reason`, the code of a phrase `told.hold.*`, a person here must decide, and no deadline
    runs meanwhile; without one it is the other side's turn.
    """

    reason: str | None = None


class Conduct(Protocol):
    """Asked after every change of a process, with the process as it is now."""

    def negotiation(self, record: Negotiation, *, now: datetime) -> Act | Hold: ...

    def transfer(self, record: Transfer, *, now: datetime) -> Act | Hold: ...


class PromptConduct:
    """The product's conduct: go on at once wherever the rules have decided."""

    def negotiation(self, record: Negotiation, *, now: datetime) -> Act | Hold:  # noqa: ARG002
        states, messages = negotiation.State, negotiation.Message
        stop = Act(messages.TERMINATION, reason=record.reason)
        match record.role, record.state:
            case Role.PROVIDER, states.REQUESTED | states.ACCEPTED:
                return Act(messages.AGREEMENT) if record.permitted else stop
            case Role.PROVIDER, states.VERIFIED:
                return Act(messages.FINALIZED)
            case Role.CONSUMER, states.AGREED:
                return Act(messages.VERIFICATION) if record.permitted else stop
            case Role.CONSUMER, states.OFFERED:
                return Hold("offer-made")
        return Hold()

    def transfer(self, record: Transfer, *, now: datetime) -> Act | Hold:  # noqa: ARG002
        match record.role, record.state:
            case Role.PROVIDER, transfer.State.REQUESTED:
                return Act(transfer.Message.START)
            case Role.PROVIDER, transfer.State.SUSPENDED if record.renewing:
                return Act(transfer.Message.START)
            case Role.PROVIDER, transfer.State.STARTED if record.fresh_token_due:
                return Act(transfer.Message.START)
        return Hold()
