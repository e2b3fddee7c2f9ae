"""Tables larger than memory, and partitions on an engine that is not ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("polars", reason="needs faifo[ai]")

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from faifo.ai.assess.counted import evidence_of
from faifo.ai.assess.counting import count_part
from faifo.ai.assess.labels import known_labels
from faifo.ai.assess.ranks import histogram, ranks_in_parts
from faifo.ai.assess.request import Request
from faifo.ai.assess.run import assess
from faifo.ai.assess.subject import describe
from faifo.ai.assess.tables import Table
from faifo.ai.assess.tally import merged, ranks_of
from faifo.ai.assess.writing import Writer
from faifo.ai.evidence import canonical
from late import Late

sk: Any = Late("sklearn.metrics")

MIB = 2**20
# Long names: memory is to be filled, not time.
SEXES = [
    f"a {one} of this country, as she or he was counted {'t' * 166}" for one in ("woman", "man")
]
TOWNS = [
    f"{one} in it, by the register that it keeps of {'t' * 164}" for one in ("capital", "place")
]
SIZE = 100_000
# How many blocks, and what a process takes that has the libraries and one part, however many parts
# there are. Held whole, the rows would take three times as much.
LARGE = {".parquet": (20, 340 * MIB), ".csv": (8, 210 * MIB)}
# Not getrusage's peak: that one begins with what the parent held.
CHILD = """
import json, sys
from pathlib import Path
from faifo.ai.assess.request import Request
from faifo.ai.assess.run import assess
asked = Request(
    data=Path(sys.argv[1]), label="y", score="p", groups=("sex", "town")
)
found = assess(asked).found
status = Path("/proc/self/status").read_text()
peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024
figures = {
    f"{e.method.id} {f.name} {f.slice}".strip(): f.value for e in found.evidence for f in e.figures
}
print(json.dumps({"peak": peak, "n": found.evidence[0].n, "figures": figures}))
"""


def block(n: int) -> pl.DataFrame:
    rng = np.random.default_rng(8)
    score = rng.integers(0, 10_001, n) / 10_000
    return pl.DataFrame(
        {
            "y": (rng.random(n) < score).astype(np.int64),
            "p": score,
            "sex": [SEXES[one] for one in rng.integers(0, 2, n)],
            "town": [TOWNS[one] for one in rng.integers(0, 2, n)],
        }
    )


@pytest.mark.big
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
@pytest.mark.timeout(400)
@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_a_table_larger_than_the_memory_that_is_taken_is_counted(tmp_path: Path, suffix: str):
    """2 million rows, over 780 MiB in memory, within 340; of CSV 800,000, 320 MiB, within 210."""
    pytest.importorskip("pyarrow.parquet", reason="needs the group test")
    import pyarrow.parquet as pq

    times, most = LARGE[suffix]
    part = block(SIZE)
    path = tmp_path / f"large{suffix}"
    if suffix == ".parquet":
        table = part.to_arrow()
        with pq.ParquetWriter(path, table.schema, compression="zstd") as writer:
            for _ in range(times):
                writer.write_table(table)
        assert part.estimated_size() * times > 2 * most
    else:
        text = part.write_csv(include_header=False).encode()
        with path.open("wb") as file:
            file.write(b"y,p,sex,town\n")
            for _ in range(times):
                file.write(text)
        assert path.stat().st_size > 1.5 * most
    # As many threads on every machine: each has some memory of its own.
    env = {**os.environ, "POLARS_MAX_THREADS": "2"}
    command = [sys.executable, "-c", CHILD, str(path)]
    done = subprocess.run(command, capture_output=True, check=True, env=env)
    said = json.loads(done.stdout)
    assert said["n"] == SIZE * times
    assert said["peak"] < most, f"{said['peak'] // MIB} MiB"
    # Every block is the same, and so is every share.
    for name, expected in {
        "performance accuracy": sk.accuracy_score(part["y"], part["p"] >= 0.5),
        "ranking auc": sk.roc_auc_score(part["y"], part["p"]),
        "ranking average_precision": sk.average_precision_score(part["y"], part["p"]),
        "calibration brier": sk.brier_score_loss(part["y"], part["p"]),
    }.items():
        assert said["figures"][name] == pytest.approx(expected, abs=1e-9), name


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 1)), min_size=1, max_size=60),
    st.integers(1, 6),
    st.integers(1, 20),
)
def test_scores_ranked_in_ranges_give_the_digits_of_all_at_once(rows, kept, part):
    scores = np.array([score for score, _ in rows]) / 12
    labels = np.array([label for _, label in rows])
    whole = ranks_of(histogram(scores, labels)[1].tolist())

    def read() -> Any:
        for start in range(0, len(rows), part):
            yield scores[start : start + part], labels[start : start + part]

    totals = (int(labels.sum()), int((1 - labels).sum()))
    assert ranks_in_parts(read, totals, kept) == whole


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_dask_counts_partitions_with_the_digits_of_the_whole(tmp_path: Path):
    """The engine reads, maps and adds up; it knows nothing of us, nor we of it."""
    dd = pytest.importorskip("dask.dataframe", reason="needs the group test")
    dask = pytest.importorskip("dask")
    frame = block(40_000)
    for i in range(8):  # sorted by label: most partitions have one class only
        frame.sort("y")[i * 5000 : (i + 1) * 5000].write_parquet(tmp_path / f"{i}.parquet")
    frame.sort("y").write_parquet(tmp_path / "whole.parquet")
    asked = Request(data=tmp_path / "whole.parquet", label="y", score="p", groups=("sex", "town"))
    labels = known_labels(Table(asked.data).of(["y"]), asked)

    table = dd.read_parquet([tmp_path / f"{i}.parquet" for i in range(8)])
    assert table.npartitions > 1
    tallies = [
        dask.delayed(lambda part: count_part(pl.from_pandas(part), asked, labels))(part)
        for part in table.to_delayed()
    ]
    total = dask.delayed(lambda parts: reduce(merged, parts))(tallies)
    tally = total.compute(scheduler="threads", num_workers=2)

    whole = assess(asked).found
    common = describe(asked, tally.notes)
    writer = Writer(whole.evidence[0].subjects, asked.minimum, asked.seed, common)
    counted = evidence_of(tally, writer, {})
    assert len(counted) >= 5
    assert canonical(counted) == canonical(whole.evidence[: len(counted)])
