"""What a process is to the engine: the part in which negotiations and transfers differ."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Final, Generic, NamedTuple, TypeVar

import msgspec

from faifo.machines.role import Role
from faifo.messages.dsp_2025_1.codec import Received, write
from faifo.messages.dsp_2025_1.wire import Message
from faifo.node.exchange.conduct import Act, MessageName, Next
from faifo.store.contract import Table, Transaction
from faifo.store.records import Process

P = TypeVar("P", bound=Process)

UNKNOWN: Final = "unknown"

SETTLED: Final = frozenset({"FINALIZED", "TERMINATED", "STARTED", "SUSPENDED", "COMPLETED"})
"""A negotiation or transfer in one of these goes on only when somebody wants something else."""


def settled(process: Any) -> bool:
    """Tell whether a process, or what is shown of it, goes on only when somebody acts."""
    return process.state in SETTLED or process.hold is not None


class Answer(NamedTuple):
    """What to answer a message: HTTP status and JSON body.

    With a `pid`, the outbox holds messages about that process back until the answer is out.
    """

    status: int
    body: bytes
    pid: str | None = None


class Said(NamedTuple):
    """A composed message: the process as it is once it is queued, where to, and what."""

    record: Any
    path: str
    message: Message


class Patience(msgspec.Struct, frozen=True):
    """How long to wait for a decision of the other side, for a delivery, and before asking."""

    decision: timedelta
    delivery: timedelta
    silence: timedelta = timedelta(minutes=2)


class ProcessKind(ABC, Generic[P]):
    """What differs between negotiations and transfers.

    Attributes:
        endings: messages that prevail when both sides speak at once, the strongest first.
        shown, refusal: the messages that tell of a process, and of an error in one.
    """

    name: ClassVar[str]
    terminated: ClassVar[Any]
    termination: ClassVar[MessageName]
    states: ClassVar[type[StrEnum]]
    terminal: ClassVar[frozenset[Any]]
    endings: ClassVar[tuple[str, ...]]
    shown: ClassVar[type[Any]]
    refusal: ClassVar[type[Any]]

    @property
    def open_states(self) -> tuple[str, ...]:
        """The states in which something may still come."""
        return tuple(state for state in self.states if state not in self.terminal)

    @abstractmethod
    def table(self, tx: Transaction) -> Table[P]: ...

    @abstractmethod
    def advance(self, state: Any, message: str, *, sender: Role) -> Any: ...

    def final(self, state: Any) -> bool:
        return state in self.terminal

    @abstractmethod
    def awaits(self, state: Any) -> bool:
        """Tell whether somebody must decide in `state`, so that silence has an end."""

    def document(self, record: P) -> bytes:
        return write(self.shown(**told_pids(record), state=record.state or "REQUESTED"))

    def error(self, record: P | None, *, code: str, reasons: tuple[str, ...]) -> bytes:
        provider, consumer = pids_of(record) if record else (None, None)
        pids = {"provider_pid": provider or "", "consumer_pid": consumer or ""}
        return write(self.refusal(**pids, code=code, reason=reasons))

    @abstractmethod
    async def next(self, tx: Transaction, record: P, *, now: datetime) -> Next: ...

    @abstractmethod
    async def took(
        self, tx: Transaction, record: P, message: str, received: Received[Any], *, now: datetime
    ) -> P:
        """Return `record`, in its new state already, with the effects of the message taken.

        Raises:
            FaifoError: the message is refused and changes nothing.
        """

    @abstractmethod
    async def told(
        self, tx: Transaction, record: P, message: str, body: Mapping[str, Any], *, now: datetime
    ) -> P:
        """Return `record`, in its new state already, after our message was acknowledged."""

    def said_anew(self, record: P, message: str) -> P | None:  # noqa: ARG002
        """Return `record` as it was before, if `message` may come anew in another wording."""
        return None

    def unneeded(self, record: P, message: str) -> P | None:  # noqa: ARG002
        """Return `record` as it goes on if our `message` was refused and nothing hangs on it."""
        return None

    @abstractmethod
    async def compose(self, tx: Transaction, record: P, act: Act, *, now: datetime) -> Said: ...

    async def turned_down(
        self, tx: Transaction, record: P, body: bytes, reasons: tuple[str, ...], now: datetime
    ) -> None:
        """Take note that our first message was refused with `body`, for `reasons`.

        Nothing stands on a negotiation that never began.
        """

    @abstractmethod
    async def ended(self, tx: Transaction, record: P, *, now: datetime) -> P:
        """Return `record` after its end, whoever ended it."""


def told_pids(record: Process) -> dict[str, str]:
    """Return the pids as messages of ours name them."""
    provider, consumer = pids_of(record)
    return {"provider_pid": provider or UNKNOWN, "consumer_pid": consumer or UNKNOWN}


def pids_of(record: Process) -> tuple[str | None, str | None]:
    """Return provider's and consumer's pid; None for one that is not known yet."""
    if record.role is Role.PROVIDER:
        return record.pid, record.peer_pid
    return record.peer_pid, record.pid
