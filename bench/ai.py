"""`python -m bench.ai [--rounds N] [--quick]`: how long assessments take, and how much memory.

Needs `faifo[ai]`, ../shared/data and, for the comparison, fairlearn. Each assessment runs in a
process of its own, whose peak memory is read from the kernel; figures are medians.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
ADULT = {
    "data": "adult.csv",
    "label": "income-per-year",
    "favourable": ">50K",
    "groups": ("sex", "race"),
    "drop": ("fnlwgt", "education"),
}
ACS = {
    "data": "ACSIncome.test.parquet",
    "label": "PINCP",
    "groups": ("SEX", "RAC1P"),
    "train": "hist-gradient-boosting",
    "drop": ("index",),
    "lira": False,
}
CASES = {
    "adult, gradient boosting": (ADULT | {"train": "hist-gradient-boosting"}, 30.0, None),
    "adult, random forest": (ADULT | {"train": "random-forest"}, 45.0, None),
    "ACSIncome 332,900 rows, no LiRA": (ACS, 30.0, 2 * 2**30),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.ai")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one round, fewer replicates")
    parser.add_argument("--case", choices=list(CASES), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.case:
        return _one(CASES[chosen.case][0])
    if not DATA.is_dir():
        print("needs ../shared/data", file=sys.stderr)
        return 2
    rounds = 1 if chosen.quick else chosen.rounds
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, rounds {rounds}")
    for name, (_, limit, memory) in CASES.items():
        runs = [_apart(name) for _ in range(rounds)]
        wall = statistics.median(run["seconds"] for run in runs)
        cpu = statistics.median(run["cpu"] for run in runs)
        peak = max(run["peak"] for run in runs)
        print(f"{name}: {wall:.1f} s (limit {limit:.0f} s, {_met(wall <= limit)}), "
              f"{cpu:.1f} s of CPU, peak {peak / 2**20:.0f} MiB"
              + ("" if memory is None else f" (limit 2 GiB, {_met(peak <= memory)})"))  # fmt: skip
    _fairness(rounds, 5 if chosen.quick else 20)
    return 0


def _apart(name: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.ai", "--case", name],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _one(case: dict[str, object]) -> int:
    begin = time.perf_counter()
    from faifo.ai.assess.request import Request
    from faifo.ai.assess.run import assess

    assess(Request(**{**case, "data": DATA / str(case["data"])}))
    used = resource.getrusage(resource.RUSAGE_SELF)
    figures = {
        "seconds": time.perf_counter() - begin,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss * 1024,
    }
    print(json.dumps(figures))
    return 0


def _fairness(rounds: int, theirs: int) -> None:
    """Compare bootstrap replicates of the same six figures on the same rows."""
    import numpy as np
    from fairlearn import metrics as fm

    from faifo.ai.assess.bootstrap import draw
    from faifo.ai.assess.tally import tally_binary
    from faifo.ai.metrics.confusion import RATES, Confusion
    from faifo.ai.metrics.fairness import Group

    rng = np.random.default_rng(0)
    n = 9769
    group = rng.choice([f"g{i}" for i in range(10)], n)
    truth = rng.integers(0, 2, n)
    decided = np.where(rng.random(n) < 0.8, truth, 1 - truth)
    rates = {
        "selection_rate": fm.selection_rate,
        "tpr": fm.true_positive_rate,
        "fpr": fm.false_positive_rate,
    }

    def ours() -> float:
        begin = time.perf_counter()
        tally = tally_binary(truth, decided, None, {"g": group})
        groups = []
        for (name,), cell in tally.margin([0]).items():
            table = Confusion(*cell.table)
            parts = {rate: table.parts(rate) for rate in RATES}
            groups.append(Group(f"g={name}", table.n, parts, table))
        draw(groups, "g", None, 0, 1000)
        return (time.perf_counter() - begin) / 1000

    def other() -> float:
        begin = time.perf_counter()
        fm.MetricFrame(
            metrics=rates,
            y_true=truth,
            y_pred=decided,
            sensitive_features=group,
            n_boot=theirs,
            ci_quantiles=[0.025, 0.975],
            random_state=0,
        )
        return (time.perf_counter() - begin) / theirs

    mine = statistics.median(ours() for _ in range(max(5, rounds)))
    fair = statistics.median(other() for _ in range(rounds))
    print(f"fairness per replicate, {n} rows, 10 groups: {mine * 1e6:.1f} µs (counting included, "
          f"7 rates and all gaps); fairlearn {fair * 1e3:.0f} ms (3 rates): "
          f"{fair / mine:,.0f} times ({_met(fair / mine >= 1000)})")  # fmt: skip


def _met(holds: bool) -> str:
    return "met" if holds else "MISSED"


if __name__ == "__main__":
    sys.exit(main())
