"""A working day in twenty minutes: 70 % of the peak, and nothing may creep.

First the peak is measured; then flows begin at fixed moments, whether or not earlier ones are
through, and each is timed from the moment at which it should have begun. Latency and memory are
compared between the second and the last third, since the first fills what is kept. So is the CPU
of a flow, which says the same where others use the machine; latency is judged only where they leave
it alone.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from bench.figures import BenchError, percentile
from bench.flow import Contender, make_contender, one_flow
from bench.nodes import pair
from bench.processes import TICKS

from soak.report import Result

SHARE = 0.7
AT_ONCE = 32
PEAK = (96, 256)  # flows before the peak is measured, and for it
# Of the last third to the second: what a busy machine's own noise does not reach in minutes.
SLOWER, LARGER, DEARER = 1.5, 1.1, 1.15
LEAST_MS = 5.0
OTHERS = 0.1  # the share of the machine that others may have where latency is judged
HOUR = 3600.0


class Point(NamedTuple):
    """When (seconds since the start), and what was seen then."""

    at: float
    value: float


class Day(NamedTuple):
    """Milliseconds of flows, MB of nodes by name, and why flows failed.

    `spent`, `others`: CPU seconds so far of both nodes, and of what is neither them nor this.
    `behind`: the moments of flows that were not begun within the time.
    """

    latency: list[Point]
    memory: dict[str, list[Point]]
    spent: list[Point]
    others: list[Point]
    failed: list[str]
    behind: list[float]


async def run(seed: int, seconds: float) -> Result:
    """Run for that long after the peak is known; `seed` has nothing to decide here."""
    with tempfile.TemporaryDirectory(prefix="faifo-day-") as name:
        folder = Path(name)
        with pair(folder) as both:
            nodes = await make_contender(both, folder)
            await _peak(nodes, PEAK[0])
            peak = await _peak(nodes, PEAK[1])
            day = await _through(nodes, peak * SHARE, seconds)
            raised = [
                f"{node.home.path.name}: {line}"
                for node in (both.provider, both.consumer)
                for line in (node.home.path / "log").read_text(errors="replace").splitlines()
                if line.startswith("Traceback")
            ]
    p50, memory = _thirds(day.latency), {one: _thirds(day.memory[one]) for one in day.memory}
    ends = sorted(one.at + one.value / 1e3 for one in day.latency)
    flows = _risen([Point(end, number) for number, end in enumerate(ends, 1)], seconds)
    cpu = [1e3 * one / max(1, n) for one, n in zip(_risen(day.spent, seconds), flows, strict=True)]
    cores = os.cpu_count() or 1
    others = [one / cores / (seconds / 3) for one in _risen(day.others, seconds)]
    losses = [*day.failed, *raised]
    alone = max(others) <= OTHERS
    if day.behind and alone:
        losses.append(f"{len(day.behind)} flows were not begun in time")
    if cpu[2] > cpu[1] * DEARER:
        losses.append(f"flows took more CPU: {cpu[1]:.1f} ms, then {cpu[2]:.1f} ms")
    if p50[2] > p50[1] * SLOWER + LEAST_MS and alone:
        losses.append(f"flows became slower: {p50[1]:.0f} ms, then {p50[2]:.0f} ms")
    for one, (_, before, after) in memory.items():
        if after > before * LARGER:
            losses.append(f"the {one} grew: {before:.1f} MB, then {after:.1f} MB")
    figures = {
        "peak, flows a second": round(peak, 1),
        "paced at, flows a second": round(peak * SHARE, 1),
        "flows not begun in time": len(day.behind),
        "p50 by thirds, ms": _told(p50),
        "p99, ms": round(percentile([one.value for one in day.latency], 0.99), 1),
        "p50's slope, ms an hour": round(_slope(_medians(day.latency)), 1),
        "CPU a flow by thirds, both nodes, ms": _told(cpu),
        "others' share of the machine by thirds, %": _told([100 * one for one in others]),
        **{f"{one}, MB by thirds": _told(thirds) for one, thirds in memory.items()},
        **{
            f"{one}'s slope in the last two thirds, MB an hour": round(
                _slope([point for point in points if point.at > seconds / 3]), 1
            )
            for one, points in day.memory.items()
        },
    }
    counts = {"flows": len(day.latency)}
    return Result("day", seed, seconds, counts, {}, losses, figures)


async def _whole(nodes: Contender) -> None:
    """A flow to its end: what is open is remembered, and a day leaves little open."""
    # A connection of its own: one that is kept may wait until the node closes it.
    async with nodes.connect() as connection:
        flow = await one_flow(connection, nodes.order)
        await connection.json("POST", f"/manage/v1/transfers/{flow.pids[1]}/completion", {})


async def _peak(nodes: Contender, count: int) -> float:
    """Return the flows a second, `AT_ONCE` at a time."""
    left = iter(range(count))

    async def worker() -> None:
        for _ in left:
            await _whole(nodes)

    begin = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(worker())
    return count / (time.monotonic() - begin)


async def _through(nodes: Contender, rate: float, seconds: float) -> Day:
    day = Day([], {name: [] for name in nodes.processes}, [], [], [], [])
    begin = time.monotonic()
    moments = (begin + number / rate for number in range(int(rate * seconds)))

    async def worker() -> None:
        for moment in moments:
            await asyncio.sleep(moment - time.monotonic())
            if time.monotonic() - begin > seconds:  # else a day that is too full has no end
                day.behind.append(moment - begin)
                continue
            try:
                await _whole(nodes)
            except (BenchError, OSError, EOFError) as error:
                day.failed.append(f"{type(error).__name__}: {error}")
            day.latency.append(Point(moment - begin, (time.monotonic() - moment) * 1e3))

    async def watch() -> None:
        while True:
            now = time.monotonic() - begin
            for name, process in nodes.processes.items():
                day.memory[name].append(Point(now, process.memory_mb("VmRSS")))
            spent = sum(process.cpu_seconds() for process in nodes.processes.values())
            day.spent.append(Point(now, spent))
            day.others.append(Point(now, _machine_seconds() - spent - time.process_time()))
            await asyncio.sleep(seconds / 120)

    watching = asyncio.create_task(watch())
    async with asyncio.TaskGroup() as group:
        for _ in range(2 * AT_ONCE):
            group.create_task(worker())
    watching.cancel()
    return day


def _thirds(points: Sequence[Point]) -> list[float]:
    """Return the medians of the first, second and last third."""
    size = max(1, len(points) // 3)
    parts = (points[:size], points[size : 2 * size], points[2 * size :])
    return [statistics.median([one.value for one in part] or [0.0]) for part in parts]


def _risen(points: Sequence[Point], seconds: float) -> list[float]:
    """Return by how much a value that only rises did so in each third of the time."""
    known = [
        max((one.value for one in points if one.at <= seconds * part / 3), default=points[0].value)
        for part in range(4)
    ]
    return [after - before for before, after in pairwise(known)]


def _machine_seconds() -> float:
    """Return the CPU seconds that the machine has spent since it started."""
    fields = [int(one) for one in Path("/proc/stat").read_text().split(maxsplit=9)[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS  # but idle, or waiting for a disk


def _medians(points: Sequence[Point], parts: int = 60) -> list[Point]:
    size = max(1, len(points) // parts)
    groups = [points[at : at + size] for at in range(0, len(points), size)]
    return [Point(group[0].at, statistics.median(one.value for one in group)) for group in groups]


def _slope(points: Sequence[Point]) -> float:
    """Return how much the value rises in an hour, by least squares."""
    if len(points) < 2:
        return 0.0
    return statistics.linear_regression(*zip(*points, strict=True)).slope * HOUR


def _told(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.1f}" for value in values)
