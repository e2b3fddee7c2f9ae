"""One event loop in a thread of its own, for callers who do not await.

A process that was forked gets a loop of its own: the parent's thread is not there any more.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

R = TypeVar("R")

_lock = threading.Lock()
_loops: dict[int, asyncio.AbstractEventLoop] = {}


def run(work: Coroutine[Any, Any, R]) -> R:
    """Return what `work` comes to. Interrupting the caller cancels it."""
    loop = _loop()
    if threading.get_ident() == getattr(loop, "_thread_id", None):
        work.close()
        raise RuntimeError("the background loop cannot wait for itself")
    future = asyncio.run_coroutine_threadsafe(work, loop)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


def _loop() -> asyncio.AbstractEventLoop:
    with _lock:
        loop = _loops.get(os.getpid())
        if loop is None:
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="faifo", daemon=True).start()
            _loops.clear()
            _loops[os.getpid()] = loop
        return loop


def _after_fork() -> None:
    global _lock  # noqa: PLW0603 - the parent's lock may be held by a thread that is not here
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)
