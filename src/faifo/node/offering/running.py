"""What is under way under a right, so that it breaks off when the right has ended.

Each side has one: the provider's streams and calls, the consumer's relays. At every change of what
something stands on, and when time alone may change the answer, it is asked whether it still stands.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from itertools import islice

from faifo import clock
from faifo.errors import FaifoError
from faifo.node.delivery.changes import Changes
from faifo.store.contract import EVERYTHING

log = logging.getLogger("faifo.gate")

# A timer of the event loop may fire a little before the moment that it was set for.
_LATER_S = 0.01
# So many changes back it is known what changed.
_RECENT = 1024


class _One:
    def __init__(self, why: Callable[[], Awaitable[str]], end: Callable[[str], None]) -> None:
        self.why, self.end, self.over = why, end, False
        self.asked: asyncio.Task[str] | None = None


class Running:
    """What runs, by the pids and ids that it stands on. `turn` grows with every change."""

    def __init__(self, changes: Changes) -> None:
        self.turn = 0
        self._recent: deque[str] = deque(maxlen=_RECENT)
        self._under: defaultdict[str, set[_One]] = defaultdict(set)
        changes.listen(self._changed)

    def enter(
        self,
        subjects: Collection[str],
        why: Callable[[], Awaitable[str]],
        end: Callable[[str], None],
        *,
        fresh: bool,
        until: datetime | None = None,
    ) -> Callable[[bool], Awaitable[str]]:
        """Call `end` with a code once `why` gives one; return what to await when it is over.

        That takes whether all came to its own end, and gives the code of what ended it otherwise:
        the other side, told, may be quicker than what tells us, and then it is asked once more.
        Not `fresh`: something may have changed since it was decided. `until`: ask then, too.
        """
        one = _One(why, end)
        for subject in subjects:
            self._under[subject].add(one)
        timer = None
        if until is not None:
            seconds = (until - clock.now()).total_seconds() + _LATER_S
            timer = asyncio.get_running_loop().call_later(seconds, self._ask, one)
        if not fresh:
            self._ask(one)

        async def leave(complete: bool) -> str:
            one.over = True
            if timer is not None:
                timer.cancel()
            for subject in subjects:
                running = self._under[subject]
                running.discard(one)
                if not running:
                    del self._under[subject]
            found = await one.asked if one.asked and not one.asked.done() else ""
            return found if found or complete else await self._told(one)

        return leave

    def unchanged(self, subjects: Collection[str], turn: int) -> bool:
        """Tell whether what stands on `subjects` is as it was at `turn`."""
        since = self.turn - turn
        if since > len(self._recent):
            return False
        return {EVERYTHING, *subjects}.isdisjoint(islice(reversed(self._recent), since))

    def _changed(self, subject: str) -> None:
        self.turn += 1
        self._recent.append(subject)
        if subject == EVERYTHING or subject in self._under:
            every = self._under.values() if subject == EVERYTHING else [self._under[subject]]
            for one in set().union(*every):
                self._ask(one)

    def _ask(self, one: _One) -> None:
        one.asked = asyncio.get_running_loop().create_task(self._asked(one))

    async def _asked(self, one: _One) -> str:
        why = "" if one.over else await self._told(one)
        if why and not one.over:
            one.end(why)
        return why

    @staticmethod
    async def _told(one: _One) -> str:
        try:
            return await one.why()
        except FaifoError as error:
            log.error("what runs could not be looked at again: %s", error)
            return ""
