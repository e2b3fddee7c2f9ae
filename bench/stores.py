"""The same whole flow with the books in files and in PostgreSQL, in turn on the same machine."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from bench import nginx
from bench.figures import Effort, Figure, Part, Skip, ratios
from bench.flow import Contender, drive, make_contender, measure
from bench.nodes import Pair, make_homes, serving
from bench.processes import Process, free_port, script

AT_ONCE = 32
SHARE = 0.6
MORE = 1.1


async def run(effort: Effort, folder: Path) -> Part:
    part = Part(name="store", title="Whole flow, books in PostgreSQL against books in files")
    postgresql = script("temporary_postgresql")
    if postgresql.binaries() is None:
        raise Skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with (
        postgresql.server() as server,
        _pair(folder / "file") as files,
        _pair(folder / "database", server.url()) as databases,
        _parted(folder / "parts", server.url()) as (parts, second),
    ):
        plain = await make_contender(files, folder / "file")
        stored = await make_contender(databases, folder / "database")
        parted = await make_contender(parts, folder / "parts")
        parted.processes["second"] = second
        server_ms: list[float] = []
        for contender in (plain, stored, parted):
            await drive(contender, at_once=AT_ONCE, count=AT_ONCE)
        count = effort.flows[AT_ONCE]
        for _ in range(effort.rounds):
            await measure(plain, at_once=AT_ONCE, count=count)
            before = _cpu_seconds(server.folder)
            await measure(stored, at_once=AT_ONCE, count=count)
            server_ms.append((_cpu_seconds(server.folder) - before) * 1e3 / count)
            await measure(parted, at_once=AT_ONCE, count=count)
    part.figures = [
        Figure(name="files: flows a second", unit="1/s", values=plain.rates[AT_ONCE]),
        Figure(name="PostgreSQL: flows a second", unit="1/s", values=stored.rates[AT_ONCE]),
        Figure(
            name="PostgreSQL ÷ files, flows a second",
            unit="×",
            values=ratios(stored.rates[AT_ONCE], plain.rates[AT_ONCE]),
            target=SHARE,
            better="more",
        ),
        Figure(name="files: CPU a flow, both nodes", unit="ms", values=_spent(plain)),
        Figure(name="PostgreSQL: CPU a flow, both nodes", unit="ms", values=_spent(stored)),
        Figure(name="PostgreSQL: CPU a flow, its server", unit="ms", values=server_ms),
        Figure(name="two control parts: flows a second", unit="1/s", values=parted.rates[AT_ONCE]),
        Figure(
            name="CPU a flow, provider as two control parts ÷ as one (on fewer than 4 cores)",
            unit="×",
            values=ratios(_spent(parted), _spent(stored)),
            target=MORE,
            better="less",
        ),
        # On few cores every further process makes all of them slower: the consumer's work is the
        # same in both, so this is what two parts take more.
        Figure(
            name="the provider's CPU ÷ the consumer's, as two control parts ÷ as one",
            unit="×",
            values=ratios(_against_consumer(parted), _against_consumer(stored)),
            better="less",
        ),
    ]
    part.notes = [
        (
            f"{count} flows a round, {AT_ONCE} at once; all nodes and one durable server on the"
            " same machine, reached over a socket in a folder."
        )
    ]
    return part


@contextlib.contextmanager
def _pair(root: Path, url: str | None = None) -> Iterator[Pair]:
    homes = make_homes(root)
    for home in homes if url else ():
        with (home.path / "faifo.toml").open("a") as file:
            file.write(f'\n[store]\nurl = "{url}"\n')
    with serving(homes[0]) as provider, serving(homes[1]) as consumer:
        yield Pair(provider, consumer)


@contextlib.contextmanager
def _parted(root: Path, url: str) -> Iterator[tuple[Pair, Process]]:
    """Serve the provider by two processes behind nginx; give the second's too."""
    if nginx.path() is None:
        raise Skip("nginx is not installed")
    homes = make_homes(root)
    for home in homes:
        with (home.path / "faifo.toml").open("a") as file:
            file.write(f'\n[store]\nurl = "{url}"\n')
    ports = [free_port(), free_port()]
    with (
        nginx.balanced(root / "nginx", homes[0].port, ports),
        serving(homes[0], port=ports[0]) as first,
        serving(homes[0], port=ports[1]) as second,
        serving(homes[1]) as consumer,
    ):
        yield Pair(first, consumer), second.process


def _spent(contender: Contender) -> list[float]:
    return [sum(one.values()) - one["driver"] for one in contender.cpu_ms[AT_ONCE]]


def _against_consumer(contender: Contender) -> list[float]:
    both = zip(_spent(contender), contender.cpu_ms[AT_ONCE], strict=True)
    return [spent / one["consumer"] - 1 for spent, one in both]


def _cpu_seconds(folder: Path) -> float:
    """Return what the server in a folder has spent, those of its processes too that ended."""
    parent = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(stat.parent.name) == parent:
                ticks += sum(map(int, fields[11:15]))
            elif int(fields[1]) == parent:
                ticks += sum(map(int, fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")
