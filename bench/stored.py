"""Objects read through the node against the store asked directly; many datasets at once."""

from __future__ import annotations

import asyncio
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import obstore
from obstore.store import S3Store

from bench import books
from bench.figures import BenchError, Effort, Figure, Part, Skip, ratios
from bench.nodes import Node, Pair, make_homes, publish, serving, transfer
from bench.processes import free_port, python, script
from bench.wire import Connection

SIZE = 64 * 1024 * 1024
RANGE = 1024 * 1024
AT_ONCE = 4
READS = 96
SHARE = 0.8
DATASETS, WITHIN_S = 10_000, 20.0


async def run(effort: Effort, folder: Path) -> Part:
    s3proxy = script("temporary_s3proxy")
    try:
        s3proxy.jars()
    except RuntimeError as error:
        raise Skip(str(error)) from None
    part = Part(name="stored", title="Objects in a store, and many datasets at once")
    port = free_port()
    provider, consumer = make_homes(folder / "nodes")
    options = s3proxy.options(port)
    (provider.path / "shelf.options").write_text("".join(f"{a}: {b}\n" for a, b in options.items()))
    client: Any = {"allow_http": True}
    store = S3Store(s3proxy.BUCKET, config=options, client_options=client)  # type: ignore[arg-type]
    with (
        s3proxy.serving(folder / "store", port),
        serving(provider) as node,
        serving(consumer) as other,
    ):
        await obstore.put_async(store, "large.bin", bytes(range(256)) * (SIZE // 256))
        place = f"s3://{s3proxy.BUCKET}/large.bin"
        dataset = await publish(node, place, credentials="shelf.options")
        async with transfer(Pair(node, other), dataset) as (_, running):
            endpoint, token = books.data_address(consumer.database, running["pid"])
        path = urlsplit(endpoint).path
        direct, through = [], []
        for number in range(effort.rounds + 1):
            one, two = await _direct(store), await _through(provider.port, path, token)
            if number:  # the first has a cold store
                direct.append(one)
                through.append(two)
        seconds = [await _published(node)]
    part.figures = [
        Figure(name="1 MiB ranges, the store asked directly", unit="MB/s", values=direct),
        Figure(name="1 MiB ranges, through the node", unit="MB/s", values=through),
        Figure(name="through the node ÷ directly", unit="×", values=ratios(through, direct),
               target=SHARE, better="more"),
        Figure(name=f"{DATASETS:,} datasets published from a manifest", unit="s", values=seconds,
               target=WITHIN_S),
    ]  # fmt: skip
    part.notes = [
        (
            f"S3Proxy on the same machine; {READS} reads of a {SIZE // RANGE} MiB object,"
            f" {AT_ONCE} at once; directly by obstore. The manifest names as many small files."
        )
    ]
    return part


def _start(number: int) -> int:
    return number * 7 * RANGE % SIZE


async def _direct(store: Any) -> float:
    async def one(number: int) -> None:
        body = await obstore.get_range_async(store, "large.bin", start=_start(number), length=RANGE)
        if len(body) != RANGE:
            raise BenchError(f"the store gave {len(body)} bytes")

    return await _rate(lambda _, number: one(number))


async def _through(port: int, path: str, token: str) -> float:
    async def one(_: int, number: int) -> None:
        start = _start(number)
        header = {"Authorization": token, "Range": f"bytes={start}-{start + RANGE - 1}"}
        async with Connection("127.0.0.1", port, header) as connection:
            status, length = await connection.drain("GET", path)
        if (status, length) != (206, RANGE):
            raise BenchError(f"the node answered {status} with {length} bytes")

    return await _rate(one)


async def _rate(one: Any) -> float:
    """Return megabytes a second of all reads."""
    left = iter(range(READS))

    async def worker(name: int) -> None:
        for number in left:
            await one(name, number)

    begin = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for name in range(AT_ONCE):
            group.create_task(worker(name))
    return READS * RANGE / 1e6 / (time.perf_counter() - begin)


async def _published(node: Node) -> float:
    """Return the seconds that `faifo publish --manifest` takes, with the start of the program."""
    folder = node.home.path.parent / "data" / "many"
    folder.mkdir()
    rows = ["location,title,purposes"]
    for one in range(DATASETS):
        (folder / f"{one}.csv").write_text(f"row,{one}\n")
        rows.append(f"{one}.csv,Prices of district {one},research")
    (folder / "all.csv").write_text("\n".join(rows))
    command = python("faifo", "publish", "--manifest", str(folder / "all.csv"))
    begin = time.perf_counter()
    done = await asyncio.to_thread(
        subprocess.run, [*command, "--dir", str(node.home.path), "--json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise BenchError(f"faifo publish: {done.stderr[-500:]}")
    return time.perf_counter() - begin
