"""What is measured: who drives it, how long it took to be ready, and whose memory counts."""

from __future__ import annotations

from pathlib import Path

import msgspec

from bench.peers.driving import Driver


class Memory:
    """The resident memory of some processes."""

    def __init__(self, pids: tuple[int, ...]) -> None:
        self._pids = pids

    def mb(self) -> float:
        """Return VmRSS in MB (10^6 bytes), the mean of the processes."""
        return sum(_rss(pid) for pid in self._pids) * 1024 / 1e6 / len(self._pids)


class Contender(msgspec.Struct, frozen=True, kw_only=True):
    """A pair that runs; `ready_s` is the mean of both."""

    driver: Driver
    ready_s: float
    memory: Memory


def _rss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0
