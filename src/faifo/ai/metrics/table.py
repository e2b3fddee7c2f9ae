"""All methods, each with what makes its figures."""

from __future__ import annotations

from typing import Final

from faifo.ai.metrics import (
    benchmark,
    calibration,
    changes,
    classification,
    fairness,
    membership_inference,
    quality,
    regression,
    weighted,
)
from faifo.ai.metrics.methods import DATASET, Method

METHODS: Final[dict[str, Method]] = {
    "performance": Method(
        "performance", "1", classification.PERFORMANCE, classification.performance
    ),
    "ranking": Method("performance", "1", classification.RANKING, classification.ranking),
    "multiclass-performance": Method(
        "performance",
        "2",
        classification.MULTICLASS,
        classification.multiclass,
        before={"1": classification.MULTICLASS_1},
    ),
    "benchmark-accuracy": Method("performance", "1", benchmark.FORMULA, benchmark.benchmark),
    "regression-performance": Method("performance", "1", regression.FORMULA, regression.regression),
    "group-fairness": Method(
        "fairness", "2", fairness.GROUPS, fairness.groups, before={"1": fairness.GROUPS}
    ),
    "group-accuracy": Method(
        "fairness", "2", fairness.ACCURACY, fairness.accuracy, before={"1": fairness.ACCURACY}
    ),
    "group-residuals": Method(
        "fairness", "2", fairness.RESIDUALS, fairness.residuals, before={"1": fairness.RESIDUALS}
    ),
    "weighted-rates": Method("fairness", "1", weighted.FORMULA, weighted.weighted),
    "calibration": Method("calibration", "1", calibration.FORMULA, calibration.calibration),
    "multiclass-calibration": Method(
        "calibration", "1", calibration.MULTICLASS, calibration.multiclass
    ),
    "robustness": Method("robustness", "1", changes.ROBUSTNESS, changes.changes),
    "attribute-flip": Method("attribute-flip", "1", changes.ATTRIBUTE, changes.changes),
    "membership-loss": Method(
        "membership", "1", membership_inference.FORMULA, membership_inference.membership
    ),
    "membership-lira": Method(
        "membership", "1", membership_inference.FORMULA, membership_inference.membership
    ),
    "data-quality": Method("data-quality", "1", quality.FORMULA, quality.quality, DATASET),
    "k-anonymity": Method("data-quality", "1", quality.ANONYMITY, quality.anonymity, DATASET),
    "drift": Method("data-quality", "1", quality.DRIFT, quality.drift, DATASET),
    "same-as-original": Method("reproducibility", "1", quality.AGREEMENT, quality.agreement),
    "reproducibility": Method(
        "reproducibility", "1", quality.REPRODUCIBILITY, quality.reproducibility
    ),
}
