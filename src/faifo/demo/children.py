"""The demo's processes: started with a lifeline, waited for, and always ended.

Each child is in its own session, so that Ctrl-C at the terminal reaches the demo alone, which
then ends its children in order. A child writes what it has to say to a file beside its folder.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from faifo.demo.lifeline import VARIABLE
from faifo.errors import UnreachableError

T = TypeVar("T")

START_SECONDS = 60.0
END_SECONDS = 8.0
LOOK_SECONDS = 0.005


class Child:
    """One process of ours."""

    def __init__(self, module: str, folder: Path, *, keep: bool) -> None:
        self.module = module
        self.log = folder.with_name(f"{folder.name}.log")
        environment = {**os.environ, VARIABLE: "none" if keep else "stdin"}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", module, str(folder)],
                stdin=subprocess.DEVNULL if keep else subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ready(self, look: Callable[[], T | None]) -> T:
        """Return what `look` finds once the process has left it.

        Raises:
            UnreachableError: the process ended, or took too long; carries what it said last.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + START_SECONDS
        while (found := look()) is None:
            if self._process.poll() is not None or loop.time() > until:
                raise UnreachableError(who=self.module, reason=self._last_words())
            await asyncio.sleep(LOOK_SECONDS)
        return found

    def _last_words(self) -> str:
        said = self.log.read_text("utf-8", "replace").strip().splitlines()
        return said[-1] if said else f"it gave no sign in {START_SECONDS:g} s"

    def ask_to_end(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()

    def wait(self, seconds: float) -> None:
        """Return when the process is gone; it is killed if it takes longer."""
        try:
            self._process.wait(max(seconds, 0.1))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()

    def let_go(self) -> None:
        """Leave the process running for good."""
        # Else Popen complains of a process that nobody waited for.
        self._process.returncode = 0


class Children:
    """All processes of one demo."""

    def __init__(self, *, keep: bool) -> None:
        self._keep = keep
        self._all: list[Child] = []

    def start(self, module: str, folder: Path) -> Child:
        child = Child(module, folder, keep=self._keep)
        self._all.append(child)
        return child

    @property
    def pids(self) -> list[int]:
        return [child.pid for child in self._all]

    def end_one(self, child: Child) -> None:
        """End one of them, within `END_SECONDS`."""
        child.ask_to_end()
        child.wait(END_SECONDS)
        self._all.remove(child)

    def end(self) -> None:
        """End them all, within `END_SECONDS`."""
        import time

        until = time.monotonic() + END_SECONDS
        for child in self._all:
            child.ask_to_end()
        for child in self._all:
            child.wait(until - time.monotonic())
        self._all.clear()

    def let_go(self) -> None:
        for child in self._all:
            child.let_go()
        self._all.clear()
