"""What a transition table is, and how one is read.

A table is a tuple of `Step` rows. Whatever is not a row is refused, and a refusal changes nothing:
`advance_in` only computes a state, it holds none.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from faifo.errors import IllegalTransitionError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from faifo.machines.role import Role

S = TypeVar("S", bound=StrEnum)
M = TypeVar("M", bound=StrEnum)


class Step(NamedTuple, Generic[S, M]):
    """One allowed transition; `state` None means that there is no process yet."""

    state: S | None
    sender: Role
    message: M
    to: S
    source: str


def advance_in(steps: Iterable[Step[S, M]], state: S | None, message: M, *, sender: Role) -> S:
    """Return the state that `message` leads to.

    Raises:
        IllegalTransitionError: no row allows it; the process stays where it is.
    """
    for step in steps:
        if step.message is message and step.sender is sender and step.state is state:
            return step.to
    here = allowed_in(steps, state)
    raise IllegalTransitionError(
        message=message.value,
        sender=sender.value.capitalize(),
        state=state.value if state else "none (no process yet)",
        allowed=tuple(f"{step.message.value} from the {step.sender.capitalize()}" for step in here),
    )


def allowed_in(steps: Iterable[Step[S, M]], state: S | None) -> tuple[Step[S, M], ...]:
    """Return the rows that leave `state`, in the order of the table."""
    return tuple(step for step in steps if step.state is state)
