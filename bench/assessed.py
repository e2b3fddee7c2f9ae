"""One whole assessment in a process of its own: `python -m bench.assessed CASE [FILE]`.

Prints what it cost as one line of JSON. It keeps to two cores, where there are more.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any

import msgspec

from bench.processes import ROOT, own_memory_mb

DATA = ROOT.parent / "shared" / "data"
CORES = 2
ADULT: dict[str, Any] = {
    "data": DATA / "adult.csv",
    "label": "income-per-year",
    "favourable": ">50K",
    "groups": ("sex", "race"),
    "drop": ("fnlwgt", "education"),
}
CASES: dict[str, dict[str, Any]] = {
    "adult-gradient": ADULT | {"train": "hist-gradient-boosting"},
    "adult-forest": ADULT | {"train": "random-forest"},
    "acs-income": {
        "data": DATA / "ACSIncome.test.parquet",
        "label": "PINCP",
        "groups": ("SEX", "RAC1P"),
        "train": "hist-gradient-boosting",
        "drop": ("index",),
        "lira": False,
    },
}


# Answers in the table FILE, as `write_answers` makes it, by the command as a user types it.
ANSWERS = "answers"
# The same rows read and added up by Polars alone.
READ = "read"


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What an assessment took, the loading of the packages included."""

    seconds: float
    cpu: float
    peak_bytes: int


def write_answers(path: Path, rows: int) -> None:
    """Write made-up answers: an outcome, a score and two groups."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(0)
    score = rng.random(rows).round(6)
    pl.DataFrame(
        {
            "approved": (rng.random(rows) < score).astype(int),
            "score": score,
            "sex": rng.choice(["female", "male"], rows),
            "region": rng.choice(["01", "1", "48", "79"], rows),
        }
    ).write_csv(path)


def _answers(file: str) -> None:
    from faifo.cli import main as command

    asked = ["--label", "approved", "--score", "score", "--group", "sex", "--out", f"{file}.out"]
    with redirect_stdout(sys.stderr), suppress(SystemExit):
        command(["ai", "assess", file, *asked])


def _read(file: str) -> None:
    import polars as pl

    pl.read_csv(file).group_by("sex", "approved").agg(pl.col("score").sum())


def main(name: str, file: str = "") -> None:
    begin = time.perf_counter()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    if name in (ANSWERS, READ):
        (_answers if name == ANSWERS else _read)(file)
    else:
        from faifo.ai.assess.request import Request
        from faifo.ai.assess.run import assess

        assess(Request(**CASES[name]))
    from faifo.ai.assess.remote import spent

    used = resource.getrusage(resource.RUSAGE_SELF)
    cost = Cost(
        seconds=time.perf_counter() - begin,
        cpu=used.ru_utime + used.ru_stime + spent(),
        # Not ru_maxrss: what a parent had when it began this process counts in it.
        peak_bytes=round(own_memory_mb("VmHWM") * 1e6),
    )
    print(msgspec.json.encode(cost).decode(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
