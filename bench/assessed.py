"""One whole assessment in a process of its own: `python -m bench.assessed CASE`.

Prints what it cost as one line of JSON. It keeps to two cores, where there are more.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from typing import Any

import msgspec

from bench.processes import ROOT

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


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What an assessment took, the loading of the packages included."""

    seconds: float
    cpu: float
    peak_bytes: int


def main(name: str) -> None:
    begin = time.perf_counter()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    from faifo.ai.assess.request import Request
    from faifo.ai.assess.run import assess

    assess(Request(**CASES[name]))
    from faifo.ai.assess.remote import spent

    used = resource.getrusage(resource.RUSAGE_SELF)
    cost = Cost(
        seconds=time.perf_counter() - begin,
        cpu=used.ru_utime + used.ru_stime + spent(),
        peak_bytes=used.ru_maxrss * 1024,
    )
    print(msgspec.json.encode(cost).decode(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
