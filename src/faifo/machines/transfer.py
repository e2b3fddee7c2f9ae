"""Which message may come when in a transfer process. Spec: DSP 2025-1 §9.1 and §9.2."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, TypeAlias

from faifo.machines import table
from faifo.machines.role import Role
from faifo.messages.dsp_2025_1.states import TransferState as State

__all__ = ["STEPS", "TERMINAL", "Message", "State", "Step", "advance", "allowed"]


class Message(StrEnum):
    REQUEST = "TransferRequestMessage"
    START = "TransferStartMessage"
    SUSPENSION = "TransferSuspensionMessage"
    COMPLETION = "TransferCompletionMessage"
    TERMINATION = "TransferTerminationMessage"


Step: TypeAlias = table.Step[State, Message]

C: Final = Role.CONSUMER
P: Final = Role.PROVIDER
S: Final = State
M: Final = Message

TERMINAL: Final = frozenset({State.COMPLETED, State.TERMINATED})

# fmt: off
STEPS: Final[tuple[Step, ...]] = (
    table.Step(None, C, M.REQUEST, S.REQUESTED, "§9.2.1"),
    table.Step(S.REQUESTED, P, M.START, S.STARTED, "§9.2.2"),
    table.Step(S.STARTED, C, M.SUSPENSION, S.SUSPENDED, "§9.2.3"),
    table.Step(S.STARTED, P, M.SUSPENSION, S.SUSPENDED, "§9.2.3"),
    table.Step(S.STARTED, C, M.COMPLETION, S.COMPLETED, "§9.2.4"),
    table.Step(S.STARTED, P, M.COMPLETION, S.COMPLETED, "§9.2.4"),
    # DEVIATION(ADR-0003): §9.2.2 names the Provider as the only sender; the figure of §9.1.3 and
    # the endpoint of §10.2.3 let the Consumer start again after a suspension.
    # DEVIATION(ADR-0017): the Provider's own start after the Consumer's, or with a renewed address.
    table.Step(S.STARTED, P, M.START, S.STARTED, "§9.2.2"),
    table.Step(S.SUSPENDED, C, M.START, S.STARTED, "§9.2.2"),
    table.Step(S.SUSPENDED, P, M.START, S.STARTED, "§9.2.2"),
    table.Step(S.REQUESTED, C, M.TERMINATION, S.TERMINATED, "§9.2.5"),
    table.Step(S.REQUESTED, P, M.TERMINATION, S.TERMINATED, "§9.2.5"),
    table.Step(S.STARTED, C, M.TERMINATION, S.TERMINATED, "§9.2.5"),
    table.Step(S.STARTED, P, M.TERMINATION, S.TERMINATED, "§9.2.5"),
    table.Step(S.SUSPENDED, C, M.TERMINATION, S.TERMINATED, "§9.2.5"),
    table.Step(S.SUSPENDED, P, M.TERMINATION, S.TERMINATED, "§9.2.5"),
)
# fmt: on


def advance(state: State | None, message: Message, *, sender: Role) -> State:
    """Return the state that `message` leads to; None is "no process yet".

    Raises:
        IllegalTransitionError: not allowed here; the state is unchanged (DSP 2025-1 §9.3.2).
    """
    return table.advance_in(STEPS, state, message, sender=sender)


def allowed(state: State | None) -> tuple[Step, ...]:
    """Return the steps that leave `state`; none leave a terminal one."""
    return table.allowed_in(STEPS, state)
