"""Ctrl-C, SIGTERM and SIGHUP while the demo runs: the first one ends it, the rest do no harm.

No exception is thrown into running code: the demo's task is cancelled, and ends its processes on
its way out without being disturbed again.
"""

from __future__ import annotations

import asyncio
import signal
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopper:
    """Use as a context; `number` is the signal that came, if any."""

    def __init__(self) -> None:
        self.number: int | None = None
        self._task: asyncio.Task[Any] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Stopper:
        for number in SIGNALS:
            # Who started us with SIGHUP ignored (nohup) wants us to survive the terminal.
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._came)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _came(self, number: int, _frame: FrameType | None) -> None:
        if self.number is None:
            self.number = number
            if self._loop is not None and self._task is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._task.cancel)

    def watch(self) -> None:
        """Cancel the running task from now on; also for a signal that came before."""
        self._task, self._loop = asyncio.current_task(), asyncio.get_running_loop()
        if self.number is not None:
            raise asyncio.CancelledError
