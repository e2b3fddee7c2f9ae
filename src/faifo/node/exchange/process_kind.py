"""What a process is to the engine: the part in which negotiations and transfers differ."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, Protocol, TypeVar

import msgspec

from faifo.machines.role import Role
from faifo.messages.dsp_2025_1.codec import Received
from faifo.messages.dsp_2025_1.wire import Message
from faifo.node.exchange.conduct import Act, MessageName, Next
from faifo.store.contract import Table, Transaction
from faifo.store.records import Process

P = TypeVar("P", bound=Process)

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


class ProcessKind(Protocol[P]):
    """What differs between negotiations and transfers."""

    name: str

    @property
    def terminated(self) -> Any: ...

    @property
    def termination(self) -> MessageName: ...

    @property
    def open_states(self) -> tuple[str, ...]:
        """The states in which something may still come."""

    @property
    def endings(self) -> tuple[str, ...]:
        """Messages that prevail when both sides speak at once, the strongest first."""

    def table(self, tx: Transaction) -> Table[P]: ...

    def advance(self, state: Any, message: str, *, sender: Role) -> Any: ...

    def final(self, state: Any) -> bool: ...

    def awaits(self, state: Any) -> bool:
        """Tell whether somebody must decide in `state`, so that silence has an end."""

    def document(self, record: P) -> bytes: ...

    def error(self, record: P | None, *, code: str, reasons: tuple[str, ...]) -> bytes: ...

    async def next(self, tx: Transaction, record: P, *, now: datetime) -> Next: ...

    async def took(
        self, tx: Transaction, record: P, message: str, received: Received[Any], *, now: datetime
    ) -> P:
        """Return `record`, in its new state already, with the effects of the message taken.

        Raises:
            FaifoError: the message is refused and changes nothing.
        """

    async def told(
        self, tx: Transaction, record: P, message: str, body: Mapping[str, Any], *, now: datetime
    ) -> P:
        """Return `record`, in its new state already, after our message was acknowledged."""

    def said_anew(self, record: P, message: str) -> P | None:
        """Return `record` as it was before, if `message` may come anew in another wording."""

    def unneeded(self, record: P, message: str) -> P | None:
        """Return `record` as it goes on if our `message` was refused and nothing hangs on it."""

    async def compose(self, tx: Transaction, record: P, act: Act, *, now: datetime) -> Said: ...

    async def turned_down(
        self, tx: Transaction, record: P, body: bytes, reasons: tuple[str, ...], now: datetime
    ) -> None:
        """Take note that our first message was refused with `body`, for `reasons`."""

    async def ended(self, tx: Transaction, record: P, *, now: datetime) -> P:
        """Return `record` after its end, whoever ended it."""


def pids_of(record: Process) -> tuple[str | None, str | None]:
    """Return provider's and consumer's pid; None for one that is not known yet."""
    if record.role is Role.PROVIDER:
        return record.pid, record.peer_pid
    return record.peer_pid, record.pid
