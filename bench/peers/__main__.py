"""`python -m bench.peers [--count N] [--default-count N]`: EDC 0.14 and Faifo in one run.

Faifo is measured before and after, so that a machine that is busy meanwhile shows itself. The exit
code tells whether everything ran; a target that is missed is told, and is no failure.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
from aiohttp import web

from bench.figures import BenchError
from bench.peers.contender import Contender
from bench.peers.driving import KIB, Exchange, one
from bench.peers.edc import MissingError, edc_pair
from bench.peers.ours import faifo_pair
from bench.processes import ROOT

TUNED_MS, DEFAULT_MS = 10, 1000
TUNED_TARGET, DEFAULT_TARGET = 8.0, 60.0
WARM = 3
IDLE_S = 5.0
OUT = ROOT / "build" / "bench-peers.json"


class Series(msgspec.Struct):
    """What was seen of one contender."""

    name: str
    ready_s: float
    idle_mb: float
    failed: int
    exchanges: list[Exchange]

    def median(self, phase: str) -> float:
        return statistics.median(getattr(one, phase) for one in self.exchanges)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("--count", type=int, default=30, help="exchanges of a series (30)")
    parser.add_argument("--default-count", type=int, default=6, help="with EDC's own waits (6)")
    chosen = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        series = asyncio.run(_run(chosen.count, chosen.default_count))
    except MissingError as missing:
        print(f"not measured: {missing}", file=sys.stderr)
        return 2
    except BenchError as error:
        print(f"broken: {error}", file=sys.stderr)
        return 1
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_bytes(msgspec.json.format(msgspec.json.encode(series)))
    _tell(series)
    return 0


async def _run(count: int, few: int) -> list[Series]:
    series = []
    async with _backend() as backend, aiohttp.ClientSession() as session:
        with tempfile.TemporaryDirectory(prefix="bench-peers-") as name:
            folder = Path(name)
            for label in ("before", "after"):
                if label == "after":
                    for kind, wait, much in (
                        ("EDC, waits of 10 ms", TUNED_MS, count),
                        ("EDC, its own waits", DEFAULT_MS, few),
                    ):
                        place = folder / f"edc{wait}"
                        async with edc_pair(place, backend, session, wait_ms=wait) as edc:
                            series.append(await _measured(kind, edc, session, much))
                async with faifo_pair(folder / f"faifo-{label}", backend, session) as ours:
                    series.append(await _measured(f"Faifo, {label}", ours, session, count))
    return series


async def _measured(
    name: str, contender: Contender, session: aiohttp.ClientSession, count: int
) -> Series:
    await asyncio.sleep(IDLE_S)
    idle = contender.memory.mb()
    done: list[Exchange] = []
    failed = 0
    for number in range(WARM + count):
        try:
            exchange = await one(contender.driver, session)
        except BenchError as error:
            failed += 1
            print(f"{name}: {error}", file=sys.stderr)
            if failed > count:
                raise
            continue
        if number >= WARM:
            done.append(exchange)
    print(f"{name}: {len(done)} exchanges", file=sys.stderr)
    return Series(name, contender.ready_s, idle, failed, done)


@contextlib.asynccontextmanager
async def _backend() -> AsyncIterator[str]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * KIB, content_type="text/csv")

    app = web.Application()
    app.router.add_get("/kib", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://localhost:{runner.addresses[0][1]}/kib"
    await runner.cleanup()


def _tell(series: list[Series]) -> None:
    phases = ("catalog", "negotiation", "token", "data", "whole")
    print(f"{'medians':24}{'ready s':>9}{'idle MB':>9}" + "".join(f"{one:>13}" for one in phases))
    for one_ in series:
        row = f"{one_.name:24}{one_.ready_s:9.2f}{one_.idle_mb:9.0f}"
        print(row + "".join(f"{one_.median(phase):10.1f} ms" for phase in phases), end="")
        print(f"   failed {one_.failed}" if one_.failed else "")
    ours = statistics.median(
        exchange.whole
        for one_ in series
        if one_.name.startswith("Faifo")
        for exchange in one_.exchanges
    )
    for name, target in (
        ("EDC, waits of 10 ms", TUNED_TARGET),
        ("EDC, its own waits", DEFAULT_TARGET),
    ):
        theirs = next(one_ for one_ in series if one_.name == name).median("whole")
        ratio = theirs / ours
        verdict = "met" if ratio >= target else "missed"
        print(f"{name} / Faifo: {ratio:.1f} (target {target:g} or more: {verdict})")


if __name__ == "__main__":
    sys.exit(main())
