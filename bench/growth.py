"""What grows with what is kept: start, a flow, memory, a write, and every list of the API.

Both nodes get n datasets, and n agreements with their negotiations, transfers, decisions, entries
of the journal and timers, which are due after the run: those of one real flow under other ids,
written into the files between two runs. What does not grow has a slope of 0: a figure goes with n
to the power of its slope.
"""

from __future__ import annotations

import importlib
import math
import pkgutil
import re
import sqlite3
import statistics
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench import catalogs, flow
from bench.figures import BenchError, Effort, Figure, Part, percentile
from bench.nodes import Home, Node, Pair, make_homes, serving
from faifo import api, clock
from faifo.api.operation import Operation
from faifo.store.sqlite.speech import full, short

TABLES = ("agreement", "negotiation", "transfer", "decision", "journal", "timer")
OWN = re.compile(r"urn:uuid:[0-9a-f-]{36}|[0-9a-f]{64}")
LIST_RATIO, LIST_STRETCH, FLAT = 2.0, 1.5, 0.05
AT_ONCE, CALLS, ASKED, PAGE = 8, 20, 200, 100
NAMING = {
    "id", "pid", "peer_pid", "agreement", "process", "negotiation", "token_digest", "subject",
}  # fmt: skip
AFTERWARDS = timedelta(hours=6)
# What is no answer of the books: a stream, the machine, files, or what wants to be told for whom.
ELSEWHERE = {
    "/events", "/examination", "/introduction", "/log-file", "/openapi.json", "/visibility",
}  # fmt: skip
WANTED = {"/register/changes": "?since=2026-01-01", "/reports/accesses": "?by=partner"}

Template = dict[str, tuple[list[str], list[list[Any]]]]
"""Columns and rows, by table."""


async def run(effort: Effort, folder: Path) -> Part:
    first, last = effort.sizes[0], effort.sizes[-1]
    part = Part(name="growth", title=f"Growth from {first:,} to {last:,} of what is kept")
    provider, consumer = make_homes(folder)
    with serving(provider) as one, serving(consumer) as two:
        contender = await flow.make_contender(Pair(one, two), folder)
        (made, *_), _ = await flow.drive(contender, at_once=1, count=1)
    order = contender.order
    homes = (provider, consumer)
    templates = {home.path.name: _template(home.database, made.pids) for home in homes}
    seen: dict[str, dict[int, list[float]]] = {}
    have = 0
    for size in effort.sizes:
        await catalogs.fill(provider, size, seen_by=consumer.did, begin=have)
        for home in homes:
            _grow(home.database, templates[home.path.name], have, size)
        have = size
        for name, values in (await _measured(provider, consumer, order, effort)).items():
            seen.setdefault(name, {})[size] = values
    for name, by_size in seen.items():
        part.figures += _rows(name, by_size)
    part.notes = [
        (
            "Slopes are fitted to the medians by least squares in logarithms; nodes start anew at"
            " each size. A list is asked for its first page, over an open connection."
        ),
        f"10^6 is measured by `python -m bench --only growth --large`; this run goes to {last:,}.",
    ]
    return part


def lists() -> Iterator[str]:
    """Yield the paths of the API that answer from the books and name nothing in particular."""
    for module in pkgutil.iter_modules(api.__path__):
        for one in vars(importlib.import_module(f"faifo.api.{module.name}")).values():
            if not isinstance(one, Operation) or "GET" not in one.methods:
                continue
            if "{" not in one.path and one.path not in ELSEWHERE:
                paged = any(parameter.name == "after" for parameter in one.query)
                yield one.path + WANTED.get(one.path, f"?limit={PAGE}" if paged else "")


async def _measured(
    provider: Home, consumer: Home, order: dict[str, Any], effort: Effort
) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    begin = time.perf_counter()
    with serving(provider) as one:
        found["start, provider|s"] = [time.perf_counter() - begin]
        with serving(consumer) as two:
            contender = flow.Contender(
                connect=two.connection,
                order=order,
                processes={"provider": one.process, "consumer": two.process},
            )
            await flow.drive(contender, at_once=AT_ONCE, count=2 * AT_ONCE)
            for _ in range(effort.rounds):
                await flow.measure(contender, at_once=AT_ONCE, count=effort.flows[AT_ONCE])
            found[f"CPU a flow, both nodes, {AT_ONCE} at once|ms"] = [
                spent["provider"] + spent["consumer"] for spent in contender.cpu_ms[AT_ONCE]
            ]
            for role, process in contender.processes.items():
                found[f"RSS, {role}|MB"] = [process.memory_mb("VmRSS")]
            found["a write (publication)|ms"] = await catalogs.writes(one, CALLS)
            for path in dict.fromkeys(lists()):
                found[f"GET {path}"] = [await _asked(one, path) for _ in range(effort.rounds)]
    return found


async def _asked(node: Node, path: str) -> float:
    """Return the median milliseconds of some calls."""
    took = []
    async with node.connection() as connection:
        for _ in range(ASKED):
            begin = time.perf_counter()
            status, answer = await connection.call("GET", f"/manage/v1{path}")
            took.append((time.perf_counter() - begin) * 1e3)
            if status != 200 and status not in {404, 409}:  # a role that this node does not have
                raise BenchError(f"{path} was answered {status}: {answer[:300]!r}")
    return percentile(took[1:], 0.5)


def _rows(name: str, by_size: dict[int, list[float]]) -> Iterator[Figure]:
    medians = {size: statistics.median(values) for size, values in by_size.items()}
    first, *_, last = by_size
    if name.startswith("GET "):
        yield Figure(name=f"{name}, at {last:,}", unit="ms", values=by_size[last])
        yield Figure(
            name=f"{name}, at {last:,} ÷ at {first:,}",
            unit="×",
            values=[medians[last] / medians[first]],
            target=LIST_RATIO,
            stretch=LIST_STRETCH,
        )
        return
    what, unit = name.split("|")
    for size, values in by_size.items():
        yield Figure(name=f"{what}, at {size:,}", unit=unit, values=values)
    yield Figure(name=f"{what}: slope", unit="power of n", values=[_slope(medians)], target=FLAT)


def _slope(medians: dict[int, float]) -> float:
    """Return the power of n that fits best."""
    points = [(math.log(size), math.log(value)) for size, value in medians.items()]
    across, up = (statistics.mean(axis) for axis in zip(*points, strict=True))
    spread = sum((x - across) ** 2 for x, _ in points)
    return sum((x - across) * (y - up) for x, y in points) / spread


def _template(
    database: Path, pids: tuple[str, str]
) -> dict[str, tuple[list[str], list[list[Any]]]]:
    """Return the rows of one flow, by table, with the names of their columns."""
    found = {}
    with closing(sqlite3.connect(database)) as connection:
        (agreement,) = {
            row[0]
            for row in connection.execute(
                "SELECT agreement FROM negotiation WHERE pid IN (?, ?) OR peer_pid IN (?, ?)",
                tuple(map(short, 2 * pids)),
            )
        }
        about = {agreement}
        for table in ("negotiation", "transfer"):
            rows = connection.execute(f"SELECT pid FROM {table} WHERE agreement = ?", (agreement,))
            about |= {pid for (pid,) in rows}
        for table in TABLES:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            columns = [name for name in columns if name != "seq"]
            names = ", ".join(columns)
            rows = connection.execute(f"SELECT {names} FROM {table}").fetchall()
            mine = [row for row in rows if about & set(row)]
            found[table] = (columns, [list(map(full, row)) for row in mine])
    fields, timers = found["timer"]
    due, later = fields.index("due"), clock.text(clock.now() + AFTERWARDS)
    found["timer"] = (
        fields,
        [
            [one.replace(row[due], later) if isinstance(one, str) else one for one in row]
            for row in timers
        ],
    )
    return found


def _grow(database: Path, template: Template, begin: int, end: int) -> None:
    """Write the flow under other ids until there are `end` of it."""
    texts = {
        one
        for columns, rows in template.values()
        for row in rows
        for name, value in zip(columns, row, strict=True)
        if name in NAMING and isinstance(value, str)
        for one in OWN.findall(value)
    }

    def renamed(value: Any, number: int) -> Any:
        if isinstance(value, str):
            for text in texts:
                if text in value:
                    value = value.replace(text, f"{text[:-12]}{number:012x}")
            return short(value)
        return value

    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for table, (columns, rows) in template.items():
            places = ", ".join("?" * len(columns))
            connection.executemany(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})",
                (
                    [renamed(value, number) for value in row]
                    for number in range(begin, end)
                    for row in rows
                ),
            )
        connection.commit()
