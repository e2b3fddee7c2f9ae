"""One big file: provider → consumer node → client, and what each holds at its peak."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

from bench.figures import BenchError, Effort, Figure, Part
from bench.nodes import pair, publish, transfer
from bench.processes import own_memory_mb

PEAK_MB = 120.0
BLOCK = 1024 * 1024


async def run(effort: Effort, folder: Path) -> Part:
    size = effort.big_bytes
    part = Part(name="stream", title=f"A file of {size // 1024**2} MiB through both nodes")
    rates = []
    with pair(folder) as both:
        file = folder / "data" / "big.bin"
        digest = _write(file, size)
        dataset = await publish(both.provider, str(file))
        async with transfer(both, dataset) as (connection, running):
            path = f"/manage/v1/transfers/{running['pid']}/data"
            hasher = hashlib.sha256()
            await connection.drain("GET", path, hasher)
            if hasher.digest() != digest:
                raise BenchError("the file came with another digest")
            for _ in range(effort.big_rounds):
                begin = time.perf_counter()
                status, length = await connection.drain("GET", path)
                rates.append(length / (time.perf_counter() - begin) / 1e6)
                if status != 200 or length != size:
                    raise BenchError(f"the file came as {status} with {length} bytes")
        peaks = {
            "provider": both.provider.process.memory_mb("VmHWM"),
            "consumer": both.consumer.process.memory_mb("VmHWM"),
        }
    part.figures = [
        Figure(name="provider → consumer node → client", unit="MB/s", values=rates, better="more"),
        *(
            Figure(name=f"VmHWM, {name}", unit="MB", values=[peak], target=PEAK_MB)
            for name, peak in peaks.items()
        ),
        Figure(name="VmHWM, client (this bench)", unit="MB", values=[own_memory_mb("VmHWM")]),
    ]
    part.notes.append(
        "The client reads and forgets; a first pass, not counted, compares the SHA-256."
        " Everything shares the same cores."
    )
    return part


def _write(file: Path, size: int) -> bytes:
    """Write bytes that no file system can leave out; return their SHA-256."""
    block = os.urandom(BLOCK)
    hasher = hashlib.sha256()
    with file.open("wb") as target:
        for number in range(size // BLOCK):
            varied = number.to_bytes(8, "big") + block[8:]
            hasher.update(varied)
            target.write(varied)
    return hasher.digest()
