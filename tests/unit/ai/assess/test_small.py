"""A small table counted in plain Python has the counts that `assess` makes of the same rows."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("polars", reason="needs faifo[ai]")

import numpy as np

from faifo.ai.assess.exact import as_float
from faifo.ai.assess.request import Request
from faifo.ai.assess.run import assess
from faifo.ai.assess.small import Judged, of_answers, of_model, of_table, tallied
from faifo.ai.assess.tally import BINS
from faifo.ai.assess.tallying import tally_binary
from faifo.ai.assess.writing import Writer
from faifo.ai.evidence import Artefact, Evidence, canonical

SUBJECTS = (Artefact(name="rows", role="dataset", sha256="0" * 64),)
COMMON = {"label": "label", "threshold": 0.4, "favourable": "1"}


def made(rows: int, seed: int) -> list[Judged]:
    """Return rows of three groups, the third small; scores rounded, so that some tie."""
    rng = random.Random(seed)
    found = []
    for _ in range(rows):
        score = round(rng.random(), 2)
        truth = int(rng.random() < 0.2 + 0.6 * score)
        found.append(Judged(truth, score, rng.choices("abc", (10, 5, 0.3))[0]))
    return found


def written(path: Path, names: list[str], rows: Any) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([names, *rows])
    return path


def by_method(found: Any) -> dict[tuple[str, str], Evidence]:
    return {(one.method.id, str(one.parameters.get("table"))): one for one in found}


@pytest.mark.parametrize("minimum", [1, 10, 40])
@pytest.mark.parametrize("seed", range(4))
def test_answers_and_table_are_counted_as_assess_counts_them(
    tmp_path: Path, minimum: int, seed: int
):
    rows = made(400, seed)
    path = written(tmp_path / "rows.csv", ["label", "score", "group"], rows)
    request = Request(
        data=path,
        label="label",
        score="score",
        groups=("group",),
        favourable="1",
        threshold=0.4,
        minimum=minimum,
    )
    people = written(
        tmp_path / "people.csv", ["group", "label"], [(r.group, r.truth) for r in rows]
    )
    data = Request(data=people, label="label", groups=("group",), minimum=minimum)
    theirs = by_method([*assess(request).found.evidence, *assess(data).found.evidence])
    writer = Writer(SUBJECTS, minimum, 0, COMMON, draws=False)
    table = [{"group": row.group, "label": str(row.truth)} for row in rows]
    ours = by_method(
        [*of_answers(rows, "group", 0.4, writer), *of_table(table, "label", ("group",), writer)]
    )
    assert ours.keys() == theirs.keys()
    for name, mine in ours.items():
        other = theirs[name]
        assert (mine.method, mine.n, mine.suppressed) == (other.method, other.n, other.suppressed)
        assert canonical(mine.counts) == canonical(other.counts) or near(mine, other), name
        assert values(mine).keys() == values(other).keys(), name


def near(mine: Evidence, other: Evidence) -> bool:
    """Tell whether only logarithms differ, by the last digit, or the order of columns."""
    first, second = dict(mine.counts), dict(other.counts)
    for counts in (first, second):
        counts["columns"] = sorted(counts.get("columns", ()), key=str)
    losses = [name for name in first if name.startswith("log_loss")]
    assert mine.method.id in ("ranking", "data-quality")
    assert all(first.pop(one) == pytest.approx(second.pop(one), rel=1e-14) for one in losses)
    return first == second


def test_the_tally_is_the_one_that_numpy_makes():
    rows = made(700, 5)
    tally, of_score = tallied(rows, "group", 0.4)
    truth, score = (np.array([row[at] for row in rows]) for at in (0, 1))
    groups = {"group": np.array([row.group for row in rows])}
    theirs = tally_binary(truth, (score >= 0.4).astype(int), score, groups)
    assert theirs.histogram is not None
    assert of_score == theirs.histogram[1].tolist()
    for key, cell in theirs.cells.items():
        mine = tally.cells[key]
        assert (mine.table, mine.bins) == (cell.table, cell.bins)
        assert mine.sums[: BINS + 2] == cell.sums[: BINS + 2]
        for ours, other in zip(mine.sums[BINS + 2 :], cell.sums[BINS + 2 :], strict=True):
            assert as_float(ours) == pytest.approx(as_float(other), rel=1e-14)


def values(evidence: Evidence) -> dict[tuple[str, str], float | None]:
    return {(figure.name, figure.slice): figure.value for figure in evidence.figures}


def asked(row: Any) -> float:
    return 1 / (1 + 2.0 ** -(row["a"] / 10 - row["b"]))


def test_a_model_is_tried_as_assess_tries_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    rng = random.Random(1)
    inputs: list[dict[str, float]] = [
        {"a": round(rng.gauss(0, 20), 3), "b": float(rng.random() < 0.3)} for _ in range(500)
    ]
    rows = [(row, int(rng.random() < asked(row))) for row in inputs]
    learned, others = rows[:300], rows[300:]
    files = [
        written(tmp_path / name, ["a", "b", "label"], [[r["a"], r["b"], t] for r, t in part])
        for name, part in (("learned.csv", learned), ("others.csv", others))
    ]
    (tmp_path / "small_model.py").write_text(
        "def score(table):\n"
        "    return [1 / (1 + 2.0 ** -(r['a'] / 10 - r['b'])) for r in table.to_dicts()]\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    request = Request(
        data=files[1],
        train_data=files[0],
        label="label",
        favourable="1",
        model="small_model:score",
        threshold=0.4,
        lira=False,
    )
    theirs = by_method(assess(request).found.evidence)
    writer = Writer(SUBJECTS, request.minimum, 0, COMMON, draws=False)
    tried = of_model(asked, learned, others, 0.4, writer)
    assert tried == of_model(asked, learned, others, 0.4, writer)
    ours = by_method(tried)
    for method in ("membership-loss", "reproducibility"):
        mine, other = ours[method, "None"], theirs[method, "None"]
        assert (mine.counts, mine.n) == (other.counts, other.n)
    mine, other = values(ours["robustness", "None"]), values(theirs["robustness", "None"])
    assert mine.keys() == other.keys()
    told = [name for name in mine if mine[name] is not None and other[name] is not None]
    assert len(told) > len(mine) / 2
    # Both draw, from streams of their own.
    assert all(mine[name] == pytest.approx(other[name], abs=0.06) for name in told)
