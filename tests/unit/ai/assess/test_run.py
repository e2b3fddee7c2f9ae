"""Whole assessments: the same bytes again, every task, nothing small leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("polars", reason="needs faifo[ai]")

import numpy as np
import polars as pl

from faifo.ai.assess.request import MINIMUM, Request
from faifo.ai.assess.run import assess
from faifo.ai.evidence import EvidenceSet, read_evidence, write_evidence
from faifo.errors import NotProvenError


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(5)
    n = 1500
    sex, town = rng.choice(["f", "m"], n), rng.choice(["a", "b", "c"], n)
    age, own = rng.integers(18, 90, n), rng.integers(0, 2, n)
    worth = 0.03 * age + own + 0.4 * (sex == "m") + rng.normal(size=n)
    frame = pl.DataFrame(
        {
            "sex": sex,
            "town": town,
            "age": age,
            "own": own,
            "good": (worth > 2.6).astype(int),
            "kind": np.array(["low", "middle", "high"])[np.digitize(worth, [2, 3.2])],
            "worth": worth,
        }
    )
    path: Path = tmp_path_factory.mktemp("people") / "people.parquet"
    frame.write_parquet(path)
    return path


def asked(people: Path, label: str, **more: Any) -> Request:
    others = {"good", "kind", "worth"} - {label}
    return Request(
        data=people, label=label, groups=("sex", "town"), drop=tuple(sorted(others)), **more
    )


@cache
def once(
    people: Path, label: str, train: str = "logistic-regression", lira: bool = True
) -> EvidenceSet:
    return assess(asked(people, label, train=train, lira=lira)).found


@pytest.mark.parametrize(
    "train", ["hist-gradient-boosting", "random-forest", "logistic-regression"]
)
def test_the_same_seed_gives_the_same_bytes(people: Path, train: str):
    how = {"train": train, "lira": train == "logistic-regression"}
    first = write_evidence(once(people, "good", **how))
    again = assess(asked(people, "good", **how)).found
    assert write_evidence(again) == first
    assert write_evidence(read_evidence(first)) == first


def methods(people: Path, label: str) -> dict[str, Any]:
    found = once(people, label)
    return {"task": found.task, "methods": {e.method.id for e in found.evidence}}


def test_two_classes_are_measured_in_all_families(people: Path):
    assert methods(people, "good") == {
        "task": "binary",
        "methods": {
            "performance", "ranking", "group-fairness", "calibration", "robustness",
            "attribute-flip", "membership-loss", "membership-lira", "data-quality",
            "k-anonymity", "drift", "reproducibility",
        },
    }  # fmt: skip


def test_several_classes_are_measured(people: Path):
    assert methods(people, "kind") == {
        "task": "multiclass",
        "methods": {
            "multiclass-performance", "group-accuracy", "multiclass-calibration", "robustness",
            "attribute-flip",
            "membership-loss", "membership-lira", "data-quality", "k-anonymity", "drift",
            "reproducibility",
        },
    }  # fmt: skip


def test_numbers_are_measured(people: Path):
    assert methods(people, "worth") == {
        "task": "regression",
        "methods": {
            "regression-performance", "group-residuals", "robustness", "attribute-flip",
            "membership-loss", "data-quality", "k-anonymity", "drift", "reproducibility",
        },
    }  # fmt: skip


def whole_counts(value: Any, path: str = "") -> list[tuple[str, int]]:
    if isinstance(value, dict):
        return [f for k, v in value.items() for f in whole_counts(v, f"{path}.{k}")]
    if isinstance(value, list):
        return [f for v in value for f in whole_counts(v, path)]
    return [(path, value)] if isinstance(value, int) else []


# Not numbers of rows, or bounds that say only what a small count is under.
NOT_ROWS = ("bin", ".pooled.bins", "complete", "constant_columns", "runs", "equal", "smallest")


@pytest.mark.parametrize(
    ("label", "minimum"), [("good", MINIMUM), ("kind", MINIMUM), ("worth", MINIMUM), ("kind", 40)]
)
def test_no_count_under_the_minimum_leaves(people: Path, label: str, minimum: int):
    asks = asked(people, label, train="logistic-regression", minimum=minimum)
    found = once(people, label) if minimum == MINIMUM else assess(asks).found
    for evidence in found.evidence:
        for path, count in whole_counts(evidence.counts):
            if not path.endswith(NOT_ROWS) and not path.endswith(("_below", "_above")):
                assert count >= minimum, (evidence.method.id, path)


def test_evidence_that_was_changed_is_not_read(evidence_set: Any):
    document = json.loads(write_evidence(evidence_set))
    document["evidence"][0]["counts"]["tp"] += 1
    with pytest.raises(NotProvenError, match="was changed after it was measured"):
        read_evidence(json.dumps(document).encode())


def test_progress_is_told_and_what_is_missing_is_said(answers_file: Path):
    told: list[str] = []
    found = assess(
        Request(data=answers_file, label="y", score="p"), lambda step, *_: told.append(step)
    ).found
    assert told[:3] == ["count", "rank", "figures"]
    assert found.not_measured["robustness"] == (
        "needs the model, and only its predictions were given"
    )
    assert found.not_measured["fairness"] == "no group column was named"


ONCE = """
import sys
from faifo.ai.assess.request import MINIMUM, Request
from faifo.ai.assess.run import assess
from faifo.ai.evidence import write_evidence
from pathlib import Path
asked = Request(
    data=Path(sys.argv[1]), label=sys.argv[3], groups=("sex", "town"),
    drop=tuple(sorted({"good", "kind", "worth"} - {sys.argv[3]})), train=sys.argv[2], lira=False,
)
sys.stdout.buffer.write(write_evidence(assess(asked).found))
"""


@pytest.mark.parametrize(
    ("train", "label"),
    [("hist-gradient-boosting", "good"), ("random-forest", "kind")],
)
def test_other_hashes_and_numbers_of_threads_give_the_same_bytes(people: Path, train, label):
    said = []
    for seed, threads in (("1", "1"), ("2", "2")):
        several = dict.fromkeys(
            ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"), threads
        )
        done = subprocess.run(
            [sys.executable, "-c", ONCE, str(people), train, label],
            env={**os.environ, **several, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        )
        said.append(done.stdout)
    assert said[0] == said[1]
    assert len(said[0]) > 10_000
