"""The data plane as a proxy against nginx `proxy_pass` and others: CPU for each request, one core.

The contender has core 0; wrk and the backend, an nginx with static files, have core 1. Contenders
take turns, and a share is formed within one round.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from bench import bare_dataplane, books, nginx, other_proxies
from bench.figures import BenchError, Effort, Figure, Part, Skip, ratios
from bench.nodes import Node, Pair, make_homes, publish, serving, transfer
from bench.processes import Process, free_port, pinning, python, started, wait_for_port

SERVER_CORE, OTHER_CORE = 0, 1
KIB, MIB = 1024, 1024 * 1024
TARGETS = {KIB: (0.30, 0.50), MIB: (0.28, 0.35)}
HASHED = (0.90, 0.95)
CONNECTIONS = {KIB: 32, MIB: 8}
LABELS = {KIB: "1 KiB", MIB: "1 MiB"}


class Contender(msgspec.Struct, frozen=True):
    """A server: its process, the URL with `{}` for the file, and the token it wants to see."""

    name: str
    process: Process
    url: str
    token: str


class Run(msgspec.Struct, frozen=True):
    micros: float
    rate: float


def file_name(size: int) -> str:
    return f"{size}.bin"


async def run(effort: Effort, folder: Path) -> Part:
    if nginx.path() is None or shutil.which("wrk") is None:
        raise Skip("nginx or wrk is missing (Debian: apt-get install nginx-light wrk)")
    part = Part(name="proxy", title="Data plane as a proxy, against nginx proxy_pass")
    root = folder / "static"
    root.mkdir()
    for size in TARGETS:
        (root / file_name(size)).write_bytes(bytes(range(256)) * (size // 256))
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(nginx.static(folder / "backend", root, core=OTHER_CORE))
        contenders = [
            stack.enter_context(_nginx(folder, port)),
            stack.enter_context(_bare(folder, port)),
            await _node(stack, folder, port),
        ]
        for name, start in other_proxies.found().items():
            url, process = stack.enter_context(start(folder, port, core=SERVER_CORE))
            token = bare_dataplane.TOKEN
            contenders.append(Contender(name, process, f"{url}/{{}}", token))
        for size, targets in TARGETS.items():
            hashing = _hash_micros(size)
            part.figures += measured(
                contenders, size, effort, targets={"no journal": targets, "full node": targets}
            )
            part.figures += _hashed(part, LABELS[size], hashing)
    part.notes.append(
        f"wrk -t1, {effort.wrk_seconds} s a run,"
        f" {CONNECTIONS[KIB]} connections for 1 KiB and {CONNECTIONS[MIB]} for 1 MiB;"
        " CPU is user and system time of the whole process tree. nginx neither checks a token nor"
        " hashes the body; both Faifo rows do both."
    )
    part.notes.append(
        "“No journal” is the data plane alone in a process, with a gate of one token;"
        " “full node” is `faifo serve` with the gate and the journal on SQLite, where every request"
        " is durably booked before its answer ends."
    )
    if not pinning():
        part.notes.append("Nothing was pinned: there are not two cores, or no taskset.")
    return part


@contextlib.contextmanager
def _nginx(folder: Path, backend: int) -> Iterator[Contender]:
    with nginx.proxy(folder / "reference", backend, core=SERVER_CORE) as (port, process):
        url = f"http://127.0.0.1:{port}/{{}}"
        yield Contender("nginx proxy_pass", process, url, bare_dataplane.TOKEN)


@contextlib.contextmanager
def _bare(folder: Path, backend: int) -> Iterator[Contender]:
    port = free_port()
    command = python("bench.bare_dataplane", str(port), f"http://127.0.0.1:{backend}")
    with started(Process(command, core=SERVER_CORE, log=folder / "bare.log")) as process:
        process.first_line()
        wait_for_port(port)
        url = f"http://127.0.0.1:{port}/data/{bare_dataplane.TRANSFER}/{{}}"
        yield Contender("no journal", process, url, bare_dataplane.TOKEN)


async def _node(stack: contextlib.ExitStack, folder: Path, backend: int) -> Contender:
    """Publish the backend at a real node, and let a consumer agree to it and start a transfer."""
    provider, consumer = make_homes(folder / "nodes")
    node: Node = stack.enter_context(serving(provider, core=SERVER_CORE))
    with serving(consumer, core=OTHER_CORE) as other:
        dataset = await publish(node, f"http://127.0.0.1:{backend}")
        async with transfer(Pair(node, other), dataset) as (_, running):
            endpoint, token = books.data_address(consumer.database, running["pid"])
    url = f"http://127.0.0.1:{provider.port}{urlsplit(endpoint).path}/{{}}"
    return Contender("full node", node.process, url, token)


def measured(
    contenders: list[Contender],
    size: int,
    effort: Effort,
    *,
    targets: dict[str, tuple[float, float]],
    share: str = "share of nginx per core",
) -> list[Figure]:
    """Measure in turn; the first is the reference, `targets` are of shares by contender."""
    runs: dict[str, list[Run]] = {one.name: [] for one in contenders}
    for one in contenders:
        wrk(one, size, seconds=1)
    for _ in range(effort.rounds):
        for one in contenders:
            runs[one.name].append(wrk(one, size, seconds=effort.wrk_seconds))
    reference = [one.micros for one in runs[contenders[0].name]]
    figures = []
    for name, own in runs.items():
        micros = [one.micros for one in own]
        figures.append(
            Figure(name=f"{LABELS[size]}: {name}, CPU a request", unit="µs", values=micros)
        )
        figures.append(
            Figure(
                name=f"{LABELS[size]}: {name}, seen", unit="1/s", values=[one.rate for one in own]
            )
        )
        if name != contenders[0].name:
            target, stretch = targets.get(name, (None, None))
            figures.append(
                Figure(
                    name=f"{LABELS[size]}: {name}, {share}",
                    unit="×",
                    values=ratios(reference, micros),
                    target=target,
                    stretch=stretch,
                    better="more",
                )
            )
    return figures


def _hash_micros(size: int) -> float:
    """Return what a SHA-256 of so many bytes costs here, the least of several times."""
    content, times = bytes(size), []
    for _ in range(50):
        began = time.thread_time()
        hashlib.sha256(content).digest()
        times.append(time.thread_time() - began)
    return min(times) * 1e6


def _hashed(part: Part, label: str, hashing: float) -> list[Figure]:
    """Return the node's share of an nginx that would hash what it passes on: reckoned, not run."""
    micros = {one.name: one.values for one in part.figures if one.name.startswith(f"{label}: ")}
    plain = micros[f"{label}: nginx proxy_pass, CPU a request"]
    own = micros[f"{label}: full node, CPU a request"]
    target, stretch = HASHED if label == LABELS[MIB] else (None, None)
    return [
        Figure(name=f"{label}: SHA-256 alone", unit="µs", values=[hashing]),
        Figure(
            name=f"{label}: full node, share of nginx with a SHA-256 added",
            unit="×",
            values=ratios([one + hashing for one in plain], own),
            target=target,
            stretch=stretch,
            better="more",
        ),
    ]


def wrk(contender: Contender, size: int, *, seconds: int) -> Run:
    command = ["taskset", "-c", str(OTHER_CORE)] if pinning() else []
    command += ["wrk", "-t1", f"-c{CONNECTIONS[size]}", f"-d{seconds}s"]
    command += ["-H", f"Authorization: Bearer {contender.token}"]
    before = contender.process.cpu_seconds()
    done = subprocess.run(
        [*command, contender.url.format(file_name(size))],
        capture_output=True,
        text=True,
        check=False,
    )
    spent = contender.process.cpu_seconds() - before
    counted = re.search(r"(\d+) requests in ([\d.]+)(s|m)", done.stdout)
    read = re.search(r"([\d.]+)([KMGT]?B) read", done.stdout)
    if done.returncode or counted is None or read is None or "Non-2xx" in done.stdout:
        raise BenchError(f"wrk on {contender.name}: {done.stdout} {done.stderr}")
    requests = int(counted[1])
    units = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4}
    if float(read[1]) * units[read[2]] < 0.9 * requests * size:
        raise BenchError(f"wrk on {contender.name} got less than it asked for: {done.stdout}")
    return Run(spent / requests * 1e6, requests / float(counted[2]))
