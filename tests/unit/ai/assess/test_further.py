"""Weights, decisions without a truth, data without answers, and a file beside its original."""

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
from faifo.errors import SettingsError
from late import Late

sk: Any = Late("sklearn.metrics")

RNG = np.random.default_rng(6)
N = 2000
TRUTH = RNG.integers(0, 2, N)
DECIDED = np.where(RNG.random(N) < 0.8, TRUTH, 1 - TRUTH)
WEIGHT = RNG.integers(1, 9, N) / 4
SEX = RNG.choice(["f", "m"], N)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "t.csv"
    pl.DataFrame({"y": TRUTH, "d": DECIDED, "w": WEIGHT, "sex": SEX}).write_csv(path)
    return path


def values(found: Any, method: str) -> dict[tuple[str, str], float | None]:
    (evidence,) = [e for e in found.evidence if e.method.id == method]
    return {(figure.name, figure.slice): figure.value for figure in evidence.figures}


def test_weighted_rates_are_those_of_scikit_learn(table: Path):
    asked = Request(data=table, label="y", prediction="d", groups=("sex",), weight="w")
    found = assess(asked).found
    rates = values(found, "weighted-rates")
    for name, rows in {"": SEX != "", "sex=f": SEX == "f", "sex=m": SEX == "m"}.items():
        said = TRUTH[rows], DECIDED[rows]
        for figure, theirs in {
            "accuracy": sk.accuracy_score(*said, sample_weight=WEIGHT[rows]),
            "true_positive_rate": sk.recall_score(*said, sample_weight=WEIGHT[rows]),
            "selection_rate": np.average(DECIDED[rows], weights=WEIGHT[rows]),
        }.items():
            assert rates[figure, name] == pytest.approx(theirs, abs=1e-12)
    assert recompute(found.evidence).mismatches == []


def test_groups_of_which_one_has_no_weight_are_left_out(tmp_path: Path):
    for weight, told in ((np.where(SEX == "f", 0, WEIGHT), {""}), (0 * WEIGHT, set())):
        path = tmp_path / "t.csv"
        pl.DataFrame({"y": TRUTH, "d": DECIDED, "w": weight, "sex": SEX}).write_csv(path)
        asked = Request(data=path, label="y", prediction="d", groups=("sex",), weight="w")
        found = assess(asked).found
        assert {where for _, where in values(found, "weighted-rates")} == told
        (evidence,) = [e for e in found.evidence if e.method.id == "weighted-rates"]
        assert "sex: the weights of a group are all 0" in evidence.suppressed
        assert recompute(found.evidence).mismatches == []


def test_a_negative_weight_is_refused(tmp_path: Path):
    path = tmp_path / "t.csv"
    pl.DataFrame({"y": TRUTH, "d": DECIDED, "w": -WEIGHT}).write_csv(path)
    with pytest.raises(SettingsError, match="2000 of 2000 rows have a negative weight"):
        assess(Request(data=path, label="y", prediction="d", weight="w"))


def test_decisions_without_a_truth_tell_who_is_selected(table: Path):
    found = assess(Request(data=table, prediction="d", groups=("sex",))).found
    rates = values(found, "group-fairness")
    assert rates["selection_rate", "sex=f"] == pytest.approx(DECIDED[SEX == "f"].mean())
    assert {name for name, _ in rates} >= {"disparate_impact_ratio"}
    assert "true_positive_rate" not in {name for name, _ in rates}
    assert found.not_measured["performance"] == "no label was given"
    assert recompute(found.evidence).mismatches == []


def test_data_without_answers_is_measured_as_data(table: Path):
    found = assess(Request(data=table, label="y", groups=("sex",))).found
    assert {e.method.id for e in found.evidence} == {"data-quality", "k-anonymity"}
    assert {s.role for e in found.evidence for s in e.subjects} == {"dataset"}
    assert found.not_measured["fairness"] == "no answers were given, and no model"


def test_a_model_is_compared_with_its_original(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "a_model.py").write_text(
        "def predict(table):\n    return table['x'].to_numpy() * 0.5\n"
    )
    x = RNG.random(N)
    original = np.where(np.arange(N) < 100, 1 - x * 0.5, x * 0.5)
    path = tmp_path / "t.csv"
    pl.DataFrame({"y": TRUTH, "x": x, "o": original}).write_csv(path)
    monkeypatch.chdir(tmp_path)
    found = assess(
        Request(data=path, label="y", model="a_model:predict", original="o", threshold=0.25)
    ).found
    said = values(found, "same-as-original")
    different = ((original >= 0.25) != (x * 0.5 >= 0.25)).mean()
    assert said["different_decisions", ""] == pytest.approx(different)
    assert said["mean_gap", ""] == pytest.approx(np.abs(original - x * 0.5).mean())


def test_what_sits_at_the_limit_of_its_type_is_refused(tmp_path: Path):
    path = tmp_path / "t.parquet"
    code = pl.Series([2**63 - 1] * 3 + [1] * (N - 3), dtype=pl.Int64)
    pl.DataFrame({"y": TRUTH, "d": DECIDED, "code": code}).write_parquet(path)
    with pytest.raises(SettingsError) as refused:
        assess(Request(data=path, label="y", prediction="d", groups=("code",)))
    assert str(refused.value).startswith("3 rows of the table t.parquet sit at the limit")


TIMES = {
    "2026-01-02T03:04:05.500000+07:00": "2026-01-01T20:04:05.5Z",
    "2026-01-02 03:04:05Z": "2026-01-02T03:04:05Z",
    "2026-01-02T00:00:00": "2026-01-02",
    "2026-01-02": "2026-01-02",
    "1.0": "1",
    "01": "01",
    "1.50": "1.50",
    "TRUE": "true",
}


@pytest.mark.parametrize(("written", "name"), TIMES.items())
def test_each_value_has_one_name(written: str, name: str):
    from faifo.ai.assess.columns import said_of

    assert said_of(pl.Series(["x", written, None])).to_list() == ["x", name, None]
