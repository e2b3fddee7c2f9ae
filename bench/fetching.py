"""Data by one call: the first read, which makes agreement and transfer, and those that use both."""

from __future__ import annotations

from pathlib import Path

import msgspec

from bench.figures import BenchError, Effort, Figure, Part, ratios
from bench.nodes import PURPOSE, Pair, make_homes, publish, serving
from bench.wire import Connection

TARGET, STRETCH = 0.12, 0.05
AGAIN = 20


async def run(effort: Effort, folder: Path) -> Part:
    part = Part(name="fetch", title="Data by one call, and again under the same agreement")
    provider, consumer = make_homes(folder)
    firsts, nexts = [], []
    with serving(provider) as one, serving(consumer) as two:
        both = Pair(one, two)
        async with two.connection() as connection:
            count = max(5, effort.flows[1] // 4)
            for at in range(effort.rounds + 1):
                datasets = []
                for each in range(count):
                    path = folder / "data" / f"{at}-{each}.bin"
                    path.write_bytes(bytes(1024))
                    datasets.append(await publish(one, str(path)))
                first = await _spent(both, connection, datasets)
                again = await _spent(both, connection, datasets * AGAIN)
                if at:  # the first round looks documents up and opens connections
                    firsts.append(first)
                    nexts.append(again)
    part.figures = [
        Figure(name="first read, CPU of both nodes", unit="ms", values=firsts),
        Figure(name="each read after it, CPU of both nodes", unit="ms", values=nexts),
        Figure(
            name="a read after it ÷ the first, CPU",
            unit="×",
            values=ratios(nexts, firsts),
            target=TARGET,
            stretch=STRETCH,
        ),
    ]
    part.notes.append(
        f"`POST /manage/v1/fetch` of 1 KiB, one at a time; {AGAIN} reads after each first one."
    )
    return part


async def _spent(both: Pair, connection: Connection, datasets: list[str]) -> float:
    """Return milliseconds of CPU a read, of both nodes together."""
    processes = (both.provider.process, both.consumer.process)
    before = sum(one.cpu_seconds() for one in processes)
    for dataset in datasets:
        body = msgspec.json.encode(
            {"node": both.provider.home.did, "dataset": dataset, "purpose": PURPOSE}
        )
        status, content = await connection.call("POST", "/manage/v1/fetch", body)
        if status != 200 or len(content) != 1024:
            raise BenchError(f"a read was answered {status}: {content[:300]!r}")
    after = sum(one.cpu_seconds() for one in processes)
    return (after - before) / len(datasets) * 1000
