"""`python -m soak [--part PART] [--seed N] [--seconds N]`; exit code 1 on a loss."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
from importlib import import_module

import uvloop

from soak import report
from soak.report import Result

PARTS = ("seeds", "faults", "hostile", "log", "day", "versions")
SECONDS = {
    "seeds": 600.0,
    "faults": 120.0,
    "hostile": 180.0,
    "log": 300.0,
    "day": 1200.0,
    "versions": 30.0,
}


def main() -> int:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m soak", description=__doc__)
    parser.add_argument("--part", choices=PARTS)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--page", action="store_true", help="write soak/figures.md, and no more")
    chosen = parser.parse_args()
    if chosen.page:
        (report.FILE.parents[1] / "soak" / "figures.md").write_text(report.page())
        return 0
    seed = secrets.randbelow(2**32) if chosen.seed is None else chosen.seed
    lost = 0
    for part in [chosen.part] if chosen.part else PARTS:
        result = _run(part, seed, chosen.seconds or SECONDS[part])
        report.tell(result)
        lost += len(result.losses)
    return 1 if lost else 0


def _run(part: str, seed: int, seconds: float) -> Result:
    print(f"soak {part}: seed {seed}, {seconds:.0f} s at most and what follows", flush=True)
    if part == "seeds":
        from soak import seeds

        return seeds.run(seed, seconds)
    module = import_module(f"soak.{part}")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(module.run(seed, seconds))


if __name__ == "__main__":
    sys.exit(main())
