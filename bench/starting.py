"""Start of a node to its first answer, and what it holds in memory when nobody asks."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from bench.figures import BenchError, Effort, Figure, Part
from bench.nodes import Home, make_homes
from bench.processes import Process, started
from bench.wire import Connection

START_SECONDS = 0.25
IDLE_MB = 58.0
WELL_KNOWN = "/.well-known/dspace-version"
IDLE_SECONDS = 1.0


async def run(effort: Effort, folder: Path) -> Part:
    part = Part(name="start", title="Start and idle memory")
    home, _ = make_homes(folder)
    first, _ = await _start(home)
    seconds, memory = [], []
    for _ in range(effort.starts):
        took, idle = await _start(home)
        seconds.append(took)
        memory.append(idle)
    part.figures = [
        Figure(
            name="start of the process to the first answer",
            unit="s",
            values=seconds,
            target=START_SECONDS,
        ),
        Figure(name="the same on a new directory (makes the database)", unit="s", values=[first]),
        Figure(name="RSS when idle", unit="MB", values=memory, target=IDLE_MB),
    ]
    part.notes.append(
        f"`faifo serve` until GET {WELL_KNOWN} is answered 200, asked every 5 ms;"
        f" RSS {IDLE_SECONDS:.0f} s later."
    )
    return part


async def _start(home: Home) -> tuple[float, float]:
    with started(Process(home.command(), log=home.path / "log")) as process:
        while not await _answers(home.port):
            if not process.running() or time.perf_counter() - process.began > 30:
                raise BenchError(f"the node did not start: {process.errors()}")
            await asyncio.sleep(0.005)
        took = time.perf_counter() - process.began
        await asyncio.sleep(IDLE_SECONDS)
        return took, process.memory_mb("VmRSS")


async def _answers(port: int) -> bool:
    try:
        async with Connection("127.0.0.1", port) as connection:
            status, _ = await connection.call("GET", WELL_KNOWN)
    except OSError:
        return False
    if status != 200:
        raise BenchError(f"{WELL_KNOWN} was answered {status}")
    return True
