"""Counts vacancies in a process of its own: `python -m bench.counted ROWS FOLDER`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from bench.processes import own_memory_mb

OCCUPATIONS, REGIONS = 436, 63


def make(rows: int, file: Path) -> None:
    """Write vacancies; the commonest occupation has far more than the rarest."""
    import numpy as np
    import polars as pl

    drawn = np.random.default_rng(1)
    names = np.array([f"{1000 + 20 * number}" for number in range(OCCUPATIONS)])
    regions = np.array([f"Region {number}" for number in range(REGIONS)])
    days = np.array([f"2026-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)])
    pl.DataFrame(
        {
            "occupation": names[drawn.zipf(1.2, rows) % OCCUPATIONS],
            "region": regions[drawn.integers(0, REGIONS, rows)],
            "date": days[drawn.integers(0, len(days), rows)],
        }
    ).write_parquet(file)


def main() -> None:
    rows, file = int(sys.argv[1]), Path(sys.argv[2]) / f"vacancies-{sys.argv[1]}.parquet"
    if "make" in sys.argv:
        make(rows, file)
        return
    if not file.exists():
        # Elsewhere: what making them takes is not in the memory that is told.
        subprocess.run([sys.executable, "-m", "bench.counted", *sys.argv[1:3], "make"], check=True)
    from faifo.skills.counting import count
    from faifo.skills.demand import published

    begun = time.perf_counter()
    counted = count(file)
    cells = published(counted.counts, "VN")
    seconds = time.perf_counter() - begun
    assert counted.rows == rows, counted.rows
    peak = own_memory_mb("VmHWM") / 1000  # ru_maxrss has what a parent had, too
    print(json.dumps({"seconds": seconds, "gb": peak, "cells": len(cells)}))


if __name__ == "__main__":
    main()
