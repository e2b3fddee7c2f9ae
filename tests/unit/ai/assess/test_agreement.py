"""Equal to scikit-learn, fairlearn and aequitas to 1e-9 where they define the same thing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("polars", reason="needs faifo[ai]")


from faifo.ai.assess.counted import evidence_of
from faifo.ai.assess.scoring import Answers
from faifo.ai.assess.tallying import (
    tally_binary,
    tally_classes,
    tally_regression,
)
from faifo.ai.assess.writing import Writer
from faifo.ai.metrics.groups import place_of
from late import Late

sk: Any = Late("sklearn.metrics")

WRITER = Writer((), 1, 0)
NEAR = 1e-9


def rows(seed: int = 0, n: int = 4000):
    rng = np.random.default_rng(seed)
    sex = rng.choice(["f", "m"], n)
    age = rng.choice(["young", "middle", "old"], n)
    truth = (rng.random(n) < np.where(sex == "f", 0.3, 0.45)).astype(np.int64)
    score = np.clip(np.round(0.5 * truth + 0.6 * rng.random(n) - 0.05, 3), 0, 1)
    return truth, score, (score >= 0.5).astype(np.int64), {"sex": sex, "age": age}


def found(evidence):
    return {
        (e.method.id, place_of(e.parameters), f.name, f.slice): f.value
        for e in evidence
        for f in e.figures
    }


@pytest.fixture(scope="module")
def binary():
    truth, score, decided, groups = rows()
    return found(evidence_of(tally_binary(truth, decided, score, groups), WRITER, {}))


@pytest.mark.parametrize(
    ("method", "name", "theirs"),
    [
        ("performance", "accuracy", lambda t, s, d: sk.accuracy_score(t, d)),
        ("performance", "true_positive_rate", lambda t, s, d: sk.recall_score(t, d)),
        ("performance", "precision", lambda t, s, d: sk.precision_score(t, d)),
        ("performance", "f1", lambda t, s, d: sk.f1_score(t, d)),
        ("performance", "balanced_accuracy", lambda t, s, d: sk.balanced_accuracy_score(t, d)),
        ("ranking", "auc", lambda t, s, d: sk.roc_auc_score(t, s)),
        ("ranking", "average_precision", lambda t, s, d: sk.average_precision_score(t, s)),
        ("ranking", "log_loss", lambda t, s, d: sk.log_loss(t, s)),
        ("calibration", "brier", lambda t, s, d: sk.brier_score_loss(t, s)),
    ],
)
def test_two_classes_as_scikit_learn_has_them(binary, method, name, theirs):
    truth, score, decided, _ = rows()
    assert binary[method, "", name, ""] == pytest.approx(theirs(truth, score, decided), abs=NEAR)


@pytest.mark.parametrize("attribute", ["sex", "age"])
def test_groups_as_fairlearn_has_them(binary, attribute):
    fm = pytest.importorskip("fairlearn.metrics", reason="needs the group ai-check")
    truth, _, decided, groups = rows()
    theirs = {
        "demographic_parity_difference": fm.demographic_parity_difference,
        "disparate_impact_ratio": fm.demographic_parity_ratio,
        "equalized_odds_difference": fm.equalized_odds_difference,
        "equal_opportunity_difference": fm.equal_opportunity_difference,
    }
    for name, function in theirs.items():
        expected = function(truth, decided, sensitive_features=groups[attribute])
        ours = binary["group-fairness", attribute, name, attribute]
        assert ours == pytest.approx(expected, abs=NEAR), name
    frame = fm.MetricFrame(
        metrics={
            "selection_rate": fm.selection_rate,
            "true_positive_rate": fm.true_positive_rate,
            "false_positive_rate": fm.false_positive_rate,
        },
        y_true=truth,
        y_pred=decided,
        sensitive_features=groups[attribute],
    ).by_group
    for value, row in frame.iterrows():
        for name, expected in row.items():
            ours = binary["group-fairness", attribute, name, f"{attribute}={value}"]
            assert ours == pytest.approx(expected, abs=NEAR), (name, value)


def test_crossed_groups_as_fairlearn_has_them(binary):
    fm = pytest.importorskip("fairlearn.metrics", reason="needs the group ai-check")
    truth, _, decided, groups = rows()
    both = np.char.add(np.char.add(groups["sex"], "/"), groups["age"])
    expected = fm.demographic_parity_ratio(truth, decided, sensitive_features=both)
    ours = binary["group-fairness", "sex & age", "disparate_impact_ratio", "sex & age"]
    assert ours == pytest.approx(expected, abs=NEAR)


def test_groups_as_aequitas_has_them(binary):
    group_module = pytest.importorskip("aequitas.group", reason="needs the group ai-check")
    pd = pytest.importorskip("pandas")
    truth, _, decided, groups = rows()
    frame = pd.DataFrame({"score": decided, "label_value": truth, "age": groups["age"]})
    table, _ = group_module.Group().get_crosstabs(frame, attr_cols=["age"])
    assert len(table) == 3
    names = {
        "tpr": "true_positive_rate",
        "fpr": "false_positive_rate",
        "for": "false_omission_rate",
        "precision": "precision",
        "pprev": "selection_rate",
        "prev": "base_rate",
    }
    for _, row in table.iterrows():
        for theirs, name in names.items():
            ours = binary["group-fairness", "age", name, f"age={row['attribute_value']}"]
            assert ours == pytest.approx(row[theirs], abs=NEAR), (theirs, row["attribute_value"])


def test_several_classes_as_scikit_learn_has_them():
    rng = np.random.default_rng(1)
    truth, decided = rng.integers(0, 4, 3000), rng.integers(0, 4, 3000)
    decided = np.where(rng.random(3000) < 0.5, truth, decided)
    tally = tally_classes(truth, Answers(decided, None), ("a", "b", "c", "d"), {})
    ours = found(evidence_of(tally, WRITER, {}))
    method = "multiclass-performance"
    for name, theirs in {
        "accuracy": sk.accuracy_score(truth, decided),
        "macro_recall": sk.recall_score(truth, decided, average="macro"),
        "macro_precision": sk.precision_score(truth, decided, average="macro"),
        "macro_f1": sk.f1_score(truth, decided, average="macro"),
    }.items():
        assert ours[method, "", name, ""] == pytest.approx(theirs, abs=NEAR), name


@pytest.mark.parametrize(
    ("middle", "spread"), [(1e9, 1.0), (-3e7, 1e-4), (0.1, 1e-12), (1e60, 1e57), (0.0, 1e-120)]
)
def test_the_share_that_is_explained_does_not_suffer_from_large_numbers(middle, spread):
    from fractions import Fraction

    rng = np.random.default_rng(4)
    truth = middle + spread * rng.normal(size=400)
    guess = truth + spread * 0.3 * rng.normal(size=400)
    ours = found(evidence_of(tally_regression(truth, guess, {}), WRITER, {}))
    exact = [Fraction(value) for value in truth.tolist()]
    mean = sum(exact) / len(exact)
    errors = sum(Fraction(value) ** 2 for value in (guess - truth).tolist())
    expected = float(1 - errors / sum((value - mean) ** 2 for value in exact))
    assert ours["regression-performance", "", "r2", ""] == pytest.approx(expected, abs=NEAR)


def test_a_truth_that_is_one_constant_explains_nothing():
    guess = np.random.default_rng(0).normal(size=300)
    ours = found(evidence_of(tally_regression(np.full(300, 0.1), guess, {}), WRITER, {}))
    assert ("regression-performance", "", "r2", "") not in ours
    assert ours["regression-performance", "", "mae", ""] == pytest.approx(
        np.abs(guess - 0.1).mean(), abs=NEAR
    )


def test_regression_as_scikit_learn_and_fairlearn_have_it():
    rng = np.random.default_rng(2)
    truth = 1e6 + rng.normal(size=3000) * 30
    guess = truth + rng.normal(size=3000) * 10
    sex = rng.choice(["f", "m"], 3000)
    ours = found(evidence_of(tally_regression(truth, guess, {"sex": sex}), WRITER, {}))
    method = "regression-performance"
    for name, theirs in {
        "mae": sk.mean_absolute_error(truth, guess),
        "rmse": sk.root_mean_squared_error(truth, guess),
        "r2": sk.r2_score(truth, guess),
    }.items():
        assert ours[method, "", name, ""] == pytest.approx(theirs, abs=NEAR), name
    for value in ("f", "m"):
        mask = sex == value
        expected = sk.mean_absolute_error(truth[mask], guess[mask])
        assert ours["group-residuals", "sex", "mae", f"sex={value}"] == pytest.approx(
            expected, abs=NEAR
        )
