"""Calibration of several classes, as others compute it, and from counts alone."""

from __future__ import annotations

from functools import reduce
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("polars", reason="needs faifo[ai]")

import numpy as np
import polars as pl

from faifo.ai.assess.counted import evidence_of
from faifo.ai.assess.request import Request
from faifo.ai.assess.run import assess
from faifo.ai.assess.scoring import Answers
from faifo.ai.assess.tally import merged
from faifo.ai.assess.tallying import tally_classes
from faifo.ai.assess.writing import Writer
from faifo.ai.decision.recompute import recompute
from faifo.ai.evidence import canonical
from faifo.ai.metrics.methods import figures_from
from faifo.errors import MalformedMessageError, SettingsError
from late import Late

sk: Any = Late("sklearn.metrics")

CLASSES = ("low", "middle", "high")
NEAR = 1e-9


def rows(n: int = 5000) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(6)
    matrix = rng.dirichlet([0.8, 1.5, 0.6], n)
    sharper = matrix**1.5 / (matrix**1.5).sum(axis=1, keepdims=True)
    truth = np.array([rng.choice(3, p=row) for row in matrix])
    return truth, sharper, rng.choice(["f", "m"], n)


def counted(truth: Any, matrix: Any, sex: Any, minimum: int = 1) -> Any:
    given = Answers(np.argmax(matrix, axis=1), matrix)
    return evidence_of(
        tally_classes(truth, given, CLASSES, {"sex": sex}), Writer((), minimum, 0), {}
    )


def calibration(found: Any) -> Any:
    return next(e for e in found if e.method.id == "multiclass-calibration")


def error_of_bins(score: Any, true: Any) -> float:
    """Guo et al. 2017, eq. 3, written out: weighted gaps between accuracy and confidence."""
    total = 0.0
    for b in range(15):
        inside = (score >= b / 15) & ((score < (b + 1) / 15) | (b == 14))
        if inside.any():
            total += inside.mean() * abs(true[inside].mean() - score[inside].mean())
    return total


def test_the_figures_are_those_of_independent_formulas():
    truth, matrix, sex = rows()
    found = {(f.name, f.slice): f.value for f in calibration(counted(truth, matrix, sex)).figures}
    sure, right = matrix.max(axis=1), np.argmax(matrix, axis=1) == truth
    expected = {
        ("expected_calibration_error", ""): error_of_bins(sure, right),
        ("top_label_brier", ""): ((sure - right) ** 2).mean(),
        ("multiclass_brier", ""): sk.brier_score_loss(truth, matrix, scale_by_half=False),
    }
    for value in ("f", "m"):
        inside = sex == value
        expected["expected_calibration_error", f"sex={value}"] = error_of_bins(
            sure[inside], right[inside]
        )
    for k, name in enumerate(CLASSES):
        one = (truth == k).astype(float)
        expected["expected_calibration_error", f"class={name}"] = error_of_bins(matrix[:, k], one)
        expected["brier", f"class={name}"] = sk.brier_score_loss(one, matrix[:, k])
    for key, value in expected.items():
        assert found[key] == pytest.approx(value, abs=NEAR), key


def test_parts_give_the_digits_of_the_whole():
    truth, matrix, sex = rows(900)
    parts = [
        tally_classes(
            truth[i], Answers(np.argmax(matrix[i], axis=1), matrix[i]), CLASSES, {"sex": sex[i]}
        )
        for i in np.split(np.arange(900), [7, 450, 451])
    ]
    for order in (parts, parts[::-1]):
        found = evidence_of(reduce(merged, order), Writer((), 10, 0), {})
        assert canonical(found) == canonical(counted(truth, matrix, sex, 10))


def test_a_receiver_makes_the_figures_again_and_sees_what_was_changed():
    evidence = calibration(counted(*rows(), 10))
    assert recompute([evidence])[1] == []
    forged = {**evidence.counts, "brier_sum": evidence.counts["brier_sum"] / 4}
    with pytest.raises(MalformedMessageError, match="counts that contradict each other"):
        figures_from(evidence.method, forged, evidence.parameters)


def test_a_class_of_a_few_rows_is_hidden_and_so_is_the_next_smallest():
    truth, matrix, sex = rows(3000)
    truth = np.where((truth == 2) & (np.cumsum(truth == 2) > 4), 1, truth)
    evidence = calibration(counted(truth, matrix, sex, 10))
    assert {entry["slice"] for entry in evidence.counts["classes"]} == {"class=middle"}
    assert evidence.suppressed == ("a class under the minimum: high, low",)
    assert all(b["n"] >= 10 for e in evidence.counts["slices"] for b in e["bins"])


def test_the_confidence_in_a_column_is_enough_for_the_decided_class(tmp_path: Path):
    truth, matrix, sex = rows(2000)
    decided, sure = np.argmax(matrix, axis=1), matrix.max(axis=1)
    names = np.array(CLASSES)
    frame = pl.DataFrame({"y": names[truth], "d": names[decided], "sure": sure, "sex": sex})
    frame.write_parquet(tmp_path / "t.parquet")
    found = assess(
        Request(data=tmp_path / "t.parquet", label="y", prediction="d", score="sure", minimum=1)
    ).found
    evidence = calibration(found.evidence)
    assert "calibration" not in found.not_measured
    assert {f.name for f in evidence.figures} == {"expected_calibration_error", "top_label_brier"}
    assert evidence.figures[0].value == pytest.approx(
        error_of_bins(sure, decided == truth), abs=NEAR
    )


def test_a_trained_model_of_several_classes_is_calibrated(tmp_path: Path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=1500)
    kind = np.array(CLASSES)[np.digitize(x + rng.normal(size=1500), [-0.5, 0.5])]
    pl.DataFrame({"x": x, "kind": kind}).write_csv(tmp_path / "t.csv")
    found = assess(
        Request(data=tmp_path / "t.csv", label="kind", train="logistic-regression", lira=False)
    ).found
    assert "multiclass_brier" in {f.name for f in calibration(found.evidence).figures}


def test_probabilities_that_are_none_are_refused(tmp_path: Path, monkeypatch: Any):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "no_shares.py").write_text("def f(t): return [[0.9, 0.9, 0.9]] * t.height")
    pl.DataFrame({"x": range(90), "y": CLASSES * 30}).write_csv(tmp_path / "t.csv")
    with pytest.raises(SettingsError) as refused:
        assess(Request(data=tmp_path / "t.csv", label="y", model="no_shares:f"))
    assert str(refused.value) == (
        "90 of 90 rows have probabilities that do not add up to 1; "
        "expected one probability for each class"
    )
