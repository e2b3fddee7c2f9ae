"""All methods: id, version, formula, and the function from counts to figures.

A method that changes its meaning gets a new version; an unknown id or version is refused by the
receiver, because nobody can judge a bare name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from faifo.ai.evidence import Evidence, Figure, MethodRef
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
from faifo.errors import MalformedMessageError
from faifo.phrases import Phrase

SYSTEM: Final = "system"
DATASET: Final = "dataset"
Figures = Callable[[Mapping[str, Any], Mapping[str, Any]], list[Figure]]


class Method(NamedTuple):
    """One definition; `before` are versions of it that can be read, with the formula of then."""

    family: str
    version: str
    formula: str
    figures: Figures
    about: str = SYSTEM
    before: Mapping[str, str] = MappingProxyType({})


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


def formula_of(method: MethodRef) -> str | None:
    """Return the formula of a method in the version that is named; None if it is not known."""
    found = METHODS.get(method.id)
    if found is None:
        return None
    return found.formula if method.version == found.version else found.before.get(method.version)


def reference(method: str) -> MethodRef:
    found = METHODS[method]
    return MethodRef(id=method, version=found.version, formula=found.formula)


def known(method: MethodRef) -> Method | None:
    """Return the definition if it is one of ours, in a version that can be computed here."""
    found = METHODS.get(method.id)
    return found if found and method.version in (found.version, *found.before) else None


def is_of_system(evidence: Evidence) -> bool:
    """Tell whether evidence is about predictions or a model, and not about data alone."""
    found = METHODS.get(evidence.method.id)
    of_model = any(subject.role == "model" for subject in evidence.subjects)
    return of_model or (found is not None and found.about == SYSTEM)


def figures_from(
    method: MethodRef, counts: Mapping[str, Any], parameters: Mapping[str, Any]
) -> list[Figure]:
    """Return the figures that our own formula makes of these counts.

    Raises:
        MalformedMessageError: the method is not known in this version, or the counts cannot be.
    """
    found = known(method)
    if found is None:
        raise MalformedMessageError(
            what=Phrase("errors.told.ai.counts.method", id=method.id, version=method.version),
            expected=Phrase(
                "errors.told.ai.one-of",
                known=", ".join(f"{name} {m.version}" for name, m in METHODS.items()),
            ),
        )
    try:
        return found.figures(counts, parameters)
    except (OverflowError, ZeroDivisionError, ValueError):
        raise MalformedMessageError(
            what=Phrase("errors.told.ai.counts.no-figure"),
            expected=Phrase("errors.told.ai.counts.rows"),
            where=method.id,
        ) from None
