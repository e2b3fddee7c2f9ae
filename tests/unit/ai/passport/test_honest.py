"""Whatever table is measured, what leaves can be true: honest evidence is never accused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("polars", reason="needs faifo[ai]")

import numpy as np
import polars as pl

from faifo.ai.assess.request import Request
from faifo.ai.assess.run import assess
from faifo.ai.decision.recompute import recompute
from faifo.ai.metrics.exposing import exposed


def binary(rng: Any, n: int) -> tuple[dict[str, Any], dict[str, Any]]:
    score = rng.random(n).round(int(rng.integers(1, 6)))
    label = (rng.random(n) < score ** rng.uniform(0.3, 4)).astype(int)
    apart = {"prediction": "d"} if rng.random() < 0.3 else {}
    decided = np.where(rng.random(n) < 0.8, score >= 0.5, label).astype(int)
    return {"y": label, "p": score, "d": decided}, {"score": "p", **apart}


def weighted(rng: Any, n: int) -> tuple[dict[str, Any], dict[str, Any]]:
    columns, options = binary(rng, n)
    return columns | {"w": rng.gamma(2, 1, n).round(3) + 0.001}, options | {"weight": "w"}


def unlabelled(rng: Any, n: int) -> tuple[dict[str, Any], dict[str, Any]]:
    columns, _ = binary(rng, n)
    del columns["y"]
    return columns, {"prediction": "d", "label": ""}


def classes(rng: Any, n: int) -> tuple[dict[str, Any], dict[str, Any]]:
    names = list("pqrstuv")[: int(rng.integers(3, 8))]
    label = rng.choice(names, n, p=rng.dirichlet([0.6] * len(names)))
    decided = np.where(rng.random(n) < rng.random(), label, rng.choice(label, n))
    one = {"favourable": str(label[0])} if rng.random() < 0.4 else {"score": "s"}
    return {"y": label, "d": decided, "s": rng.random(n).round(3)}, {"prediction": "d", **one}


def values(rng: Any, n: int) -> tuple[dict[str, Any], dict[str, Any]]:
    truth = rng.normal(size=n) * 10 ** rng.uniform(-3, 6)
    given = truth + rng.normal(size=n) * rng.random() * np.abs(truth).mean()
    return {"y": truth, "d": given}, {"prediction": "d", "task": "regression"}


def trained(rng: Any, n: int) -> tuple[dict[str, Any], dict[str, Any]]:
    z = rng.normal(size=n)
    label = (z + rng.normal(size=n) > rng.uniform(-1, 1)).astype(int)
    return {"y": label, "z": z}, {"train": "logistic-regression", "lira": False}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", [binary, weighted, unlabelled, classes, values, trained])
def test_honest_evidence_is_proven_and_gives_no_small_class_away(tmp_path: Path, kind, seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(120, 900))
    columns, options = kind(rng, n)
    columns["g"] = rng.choice(["a", "b", "c", "d", "e = 1", "f & g"], n, p=rng.dirichlet([0.5] * 6))
    columns["h & i"] = rng.choice(["x", "y", "z"], n, p=rng.dirichlet([0.7] * 3))
    table = tmp_path / "table.csv"
    pl.DataFrame(columns).write_csv(table)
    minimum = int(rng.choice([1, 2, 5, 10, 20]))
    asked = {"label": "y", "groups": ("g", "h & i"), "minimum": minimum, **options}
    request = Request(data=table, **asked)
    found = assess(request).found.evidence
    shuffled = [found[at] for at in rng.permutation(len(found))]
    for order in (found, shuffled):
        examined = recompute(order)
        assert (examined.mismatches, examined.claimed) == ([], [])
    assert exposed(found) is None
