"""Flows between two nodes while everything around them fails, and what is left of them afterwards.

The clock of the suite is real; the choices follow the seed. When the time is over the faults stop,
every flow comes to its end, and the books of both sides are compared.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import signal
import time
from collections import Counter
from typing import Any

from tests.conftest import ON_POSTGRESQL

import postgresql_server
from faifo.node.custody.directory import Directory
from faifo.node.receipts.restoring import succeed
from soak.kit import FAKETIME, Flow, at_rest, settled, world
from soak.report import Result
from soak.restoring import copy_of, cut

WORKERS = 4
REST = 330.0  # a message that failed often is tried again after five minutes
PEACE = 0.6
LONGEST_JUMP = 900.0


async def run(seed: int, seconds: float) -> Result:
    """Run the part."""
    chosen, faults = random.Random(seed), Counter[str]()
    began = time.monotonic()
    flows: list[Flow] = []
    async with world(seed) as pair:
        both = (pair.provider, pair.consumer)
        until = began + seconds
        for node in both:
            node.network.peace = PEACE
        watching = [asyncio.create_task(_always_up(node)) for node in both]

        async def work(worker: int) -> None:
            while time.monotonic() < until:
                flow = Flow(pair, f"w{worker}-{len(flows)}")
                flows.append(flow)
                await flow.run()

        async def strike() -> None:
            while time.monotonic() < until:
                await asyncio.sleep(chosen.uniform(0.1, 1.0))
                name, act = chosen.choice(list(STRIKES.items()))
                faults[name] += 1
                await act(pair, chosen)

        tasks = [asyncio.create_task(work(one)) for one in range(WORKERS)]
        await strike()
        for node in both:
            node.network.peace, node.network.parted = 1.0, False
            node.clock(0)
        _, late = await asyncio.wait(tasks, timeout=REST)
        for task in late:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        broken = [repr(one) for one in results if isinstance(one, Exception)]
        waiting = await at_rest(pair, REST)
        found = [*broken, *waiting, *await settled(pair, flows, REST)]
        restored = await _restored(pair, faults)
        found += restored
        for task in watching:
            task.cancel()
        for node in both:
            faults.update(node.network.faults)
        operations = {
            "flows": len(flows),
            "begun anew": sum(one.begun_anew for one in flows),
            "calls": sum(node.network.calls for node in both),
            "starts": sum(node.starts for node in both),
        }
    figures = {
        "clock jump by": "libfaketime" if FAKETIME else "what the node reads (no libfaketime here)",
    }
    if not ON_POSTGRESQL:
        own = all(node.disk for node in both)
        figures["full disk by"] = "tmpfs" if own else "a limit of file size"
    return Result("faults", seed, time.monotonic() - began, operations, faults, found, figures)


async def _always_up(node: Any) -> None:
    while True:
        await node.death()
        try:
            await node.start()
        except (EOFError, OSError, ValueError):  # it died while it started, and told nothing
            await asyncio.sleep(0.1)


async def _killed(pair: Any, chosen: random.Random) -> None:
    both = (pair.provider, pair.consumer)
    await asyncio.gather(*(one.kill() for one in chosen.choice([both, both[:1], both[1:]])))


async def _stopped(pair: Any, chosen: random.Random) -> None:
    """Stop a process for a while, and let it go on as if nothing had been."""
    node = _one(pair, chosen)
    if node.alive:
        _signal(node, signal.SIGSTOP)
        await asyncio.sleep(chosen.uniform(0.2, 2.0))
        _signal(node, signal.SIGCONT)


async def _parted(pair: Any, chosen: random.Random) -> None:
    node = _one(pair, chosen)
    node.network.parted = True
    await asyncio.sleep(chosen.uniform(0.2, 2.0))
    node.network.parted = False


async def _full(pair: Any, chosen: random.Random) -> None:
    node = _one(pair, chosen)
    try:
        node.full(full=True)
        await asyncio.sleep(chosen.uniform(0.1, 1.0))
    except OSError:  # it has died
        return
    finally:
        with contextlib.suppress(OSError):
            node.full(full=False)


async def _cut(pair: Any, chosen: random.Random) -> None:
    """Cut all connections to the database of both."""
    await asyncio.to_thread(cut, postgresql_server.place(_one(pair, chosen).path).url)


async def _expired(pair: Any, chosen: random.Random) -> None:
    node = _one(pair, chosen)
    node.certificate(expired=True)
    await asyncio.sleep(chosen.uniform(0.2, 2.0))
    node.certificate(expired=False)


async def _jumped(pair: Any, chosen: random.Random) -> None:
    """Let both clocks be wrong alike, forwards and back; who is wrong alone is not let in."""
    seconds = chosen.choice([0.0, chosen.uniform(-LONGEST_JUMP, LONGEST_JUMP)])
    for node in (pair.provider, pair.consumer):
        node.clock(seconds)
    await asyncio.sleep(0.05)


STRIKES = {
    "kill -9": _killed,
    "stopped process": _stopped,
    "partitions": _parted,
    **({"connections cut": _cut} if ON_POSTGRESQL else {"full disk": _full}),
    "clock jump": _jumped,
    "expired certificate": _expired,
}


async def _restored(pair: Any, faults: Counter[str]) -> list[str]:
    """Bring the provider back to an older state of its books, and look whether dealings go on."""
    flow = Flow(pair, "before-restore")
    await flow.run()
    books = copy_of(pair.provider.path)
    await pair.provider.raw("POST", "/datasets", {"location": "/nowhere"})  # the log is not empty
    _signal(pair.provider, signal.SIGSTOP)
    books.take()
    _signal(pair.provider, signal.SIGCONT)
    later = Flow(pair, "lost-in-restore")
    await later.run()
    # The process is started again as soon as it is gone: what it finds is the copy.
    _signal(pair.provider, signal.SIGSTOP)
    # As `faifo restore` does it, in a copy of the directory: the process still holds its own.
    aside = pair.provider.path.with_name("restored")
    shutil.copytree(pair.provider.path, aside)
    books.put(aside)
    await succeed(Directory(aside))
    for suffix in ("-wal", "-shm"):
        (pair.provider.path / f"faifo.db{suffix}").unlink(missing_ok=True)
    for name in ("faifo.db", "log.head", "keys/log-2.json"):
        if (aside / name).exists():
            shutil.copy(aside / name, pair.provider.path / name)
    await pair.provider.kill()
    await pair.provider.up()
    faults["restored partner"] += 1
    for name in ("before-restore", "lost-in-restore"):
        again = Flow(pair, name)
        try:
            await asyncio.wait_for(again.run(), REST)
        except TimeoutError:
            return [f"after a restore {name} cannot be had any more"]
    return []


def _one(pair: Any, chosen: random.Random) -> Any:
    return chosen.choice([pair.provider, pair.consumer])


def _signal(node: Any, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(node.pid, number)
