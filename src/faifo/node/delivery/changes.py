"""Who waits for a change of what: the bell that replaces polling.

A unit of work rings (`Transaction.rings`), and after COMMIT everybody here hears of it, and who is
at work elsewhere over the same store; they look at the store again and decide for themselves.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import Final

from faifo.store.contract import EVERYTHING

FACTS: Final = "facts"
"""The subject of facts that many may be judged by: what runs is looked at again."""
# Of parts of the node, which have subjects of their own: what came into which of their tables.
JOURNAL: Final = "!journal"
OUTBOX: Final = "!outbox"
TIMERS: Final = "!timers"

_PASSING: Final = "~"


def passing(subject: str) -> str:
    """Return the subject of changes of `subject` on its way to where something else is wanted.

    Who waits for these hears every change of it; who waits for `subject` none of these.
    """
    return _PASSING + subject


class Changes:
    """Bells by subject: a pid, an agreement id, a dataset id."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, set[asyncio.Future[None]]] = defaultdict(set)
        self._listeners: list[Callable[[str], None]] = []
        self._parts: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)
        self.stopped = False

    def listen(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with the subject of every change."""
        self._listeners.append(listener)

    def elsewhere(self, subject: str, part: Callable[[], None]) -> None:
        """Call `part` when another process rings its `subject`, or may have."""
        self._parts[subject].append(part)

    def rung(self, subject: str, by_others: bool) -> None:
        """Take what the store tells."""
        if not subject.startswith("!"):
            self.ring(subject)
        if by_others:
            named = [subject] if subject != EVERYTHING else list(self._parts)
            for part in (one for name in named for one in self._parts[name]):
                part()

    def ring(self, subject: str) -> None:
        itself = subject.removeprefix(_PASSING)
        for listener in self._listeners:
            listener(itself)
        names = (itself, passing(itself)) if subject == itself else (subject,)
        for name in names if subject != EVERYTHING else list(self._waiting):
            for future in self._waiting.pop(name, ()):
                if not future.done():
                    future.set_result(None)

    def stop(self) -> None:
        """Let nobody wait any more: the node stops."""
        self.stopped = True
        for waiting in list(self._waiting.values()):
            for future in list(waiting):
                if not future.done():
                    future.set_result(None)

    def bell(self, subject: str) -> asyncio.Future[None]:
        """Return what is done at the next change of `subject`. Take it before looking."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = self._waiting[subject]
        waiting.add(future)
        future.add_done_callback(lambda done: self._forget(subject, done))
        return future

    def _forget(self, subject: str, future: asyncio.Future[None]) -> None:
        waiting = self._waiting.get(subject)
        if waiting is not None:
            waiting.discard(future)
            if not waiting:
                del self._waiting[subject]
