"""Which message may come when in a contract negotiation. Spec: DSP 2025-1 §7.1 and §7.2.

A message moves both sides when its receiver has acknowledged it. Replays are recognised before
the table is asked (design §7), so the table is strict.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, TypeAlias

from faifo.machines import table
from faifo.machines.role import Role
from faifo.messages.dsp_2025_1.states import NegotiationState as State

__all__ = ["STEPS", "TERMINAL", "Message", "State", "Step", "advance", "allowed"]


class Message(StrEnum):
    REQUEST = "ContractRequestMessage"
    OFFER = "ContractOfferMessage"
    AGREEMENT = "ContractAgreementMessage"
    VERIFICATION = "ContractAgreementVerificationMessage"
    ACCEPTED = "ContractNegotiationEventMessage:ACCEPTED"
    FINALIZED = "ContractNegotiationEventMessage:FINALIZED"
    TERMINATION = "ContractNegotiationTerminationMessage"


Step: TypeAlias = table.Step[State, Message]

C: Final = Role.CONSUMER
P: Final = Role.PROVIDER
S: Final = State
M: Final = Message

TERMINAL: Final = frozenset({State.FINALIZED, State.TERMINATED})

# fmt: off
STEPS: Final[tuple[Step, ...]] = (
    table.Step(None, C, M.REQUEST, S.REQUESTED, "§7.2.1"),
    table.Step(None, P, M.OFFER, S.OFFERED, "§7.2.2"),
    table.Step(S.REQUESTED, P, M.OFFER, S.OFFERED, "§7.2.2"),
    table.Step(S.REQUESTED, P, M.AGREEMENT, S.AGREED, "§7.2.3"),
    table.Step(S.OFFERED, C, M.REQUEST, S.REQUESTED, "§7.2.1"),
    table.Step(S.OFFERED, C, M.ACCEPTED, S.ACCEPTED, "§7.2.5"),
    table.Step(S.ACCEPTED, P, M.AGREEMENT, S.AGREED, "§7.2.3"),
    table.Step(S.AGREED, C, M.VERIFICATION, S.VERIFIED, "§7.2.4"),
    table.Step(S.VERIFIED, P, M.FINALIZED, S.FINALIZED, "§7.2.5"),
    # DEVIATION(ADR-0002): the figure lets only one side terminate from ACCEPTED, AGREED and
    # VERIFIED; the prose of §7.2.6 lets either side terminate at any time before the end.
    table.Step(S.REQUESTED, C, M.TERMINATION, S.TERMINATED, "§7.2.6"),
    table.Step(S.REQUESTED, P, M.TERMINATION, S.TERMINATED, "§7.2.6"),
    table.Step(S.OFFERED, C, M.TERMINATION, S.TERMINATED, "§7.2.6"),
    table.Step(S.OFFERED, P, M.TERMINATION, S.TERMINATED, "§7.2.6"),
    table.Step(S.ACCEPTED, C, M.TERMINATION, S.TERMINATED, "§7.2.6"),
    table.Step(S.ACCEPTED, P, M.TERMINATION, S.TERMINATED, "§7.2.6"),
    table.Step(S.AGREED, C, M.TERMINATION, S.TERMINATED, "§7.2.6"),
    table.Step(S.AGREED, P, M.TERMINATION, S.TERMINATED, "§7.2.6"),
    table.Step(S.VERIFIED, C, M.TERMINATION, S.TERMINATED, "§7.2.6"),
    table.Step(S.VERIFIED, P, M.TERMINATION, S.TERMINATED, "§7.2.6"),
)
# fmt: on


def advance(state: State | None, message: Message, *, sender: Role) -> State:
    """Return the state that `message` leads to; None is "no process yet".

    Raises:
        IllegalTransitionError: not allowed here; the state is unchanged (DSP 2025-1 §7.3.2).
    """
    return table.advance_in(STEPS, state, message, sender=sender)


def allowed(state: State | None) -> tuple[Step, ...]:
    """Return the steps that leave `state`; none leave a terminal one."""
    return table.allowed_in(STEPS, state)
