"""The same rates by scikit-learn and fairlearn, and the counts that all of them are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from bench.aiverify.rates import IMPACT, PARITY, Table

Groups = tuple[str, ...]


def tables(truth: Sequence[int], decided: Sequence[int], groups: Sequence[str]) -> dict[str, Table]:
    """Return the counts of each group, in the order of their names."""
    counts = Counter(zip(groups, truth, decided, strict=True))
    return {
        group: Table(
            tp=counts[group, 1, 1],
            fp=counts[group, 0, 1],
            fn=counts[group, 1, 0],
            tn=counts[group, 0, 0],
        )
        for group in sorted(set(groups))
    }


def values(
    truth: Sequence[int], decided: Sequence[int], groups: Sequence[str]
) -> dict[tuple[str, Groups], float]:
    """Return the rates by AI Verify's names, from the rows."""
    from fairlearn import metrics as fair
    from sklearn.metrics import precision_score

    def precision(truth: Sequence[int], decided: Sequence[int]) -> float:
        return float(precision_score(truth, decided, zero_division=0))

    def of_negatives(truth: Sequence[int], decided: Sequence[int]) -> float:
        return float(precision_score(truth, decided, pos_label=0, zero_division=0))

    found = fair.MetricFrame(
        metrics={
            "True Positive Rate": fair.true_positive_rate,
            "False Negative Rate": fair.false_negative_rate,
            "False Positive Rate": fair.false_positive_rate,
            "True Negative Rate": fair.true_negative_rate,
            "Positive Predictive Value Parity": precision,
            "False Discovery Rate": lambda truth, decided: 1 - precision(truth, decided),
            "False Omission Rate": lambda truth, decided: 1 - of_negatives(truth, decided),
            "Negative Predictive Value Parity": of_negatives,
            "selection": fair.selection_rate,
        },
        y_true=truth,
        y_pred=decided,
        sensitive_features=list(groups),
    ).by_group
    result = {
        (str(name), (str(group),)): float(found[name][group])
        for name in found.columns
        for group in found.index
    }
    for pair in combinations(sorted(set(groups)), 2):
        one, other = (result["selection", (group,)] for group in pair)
        result[PARITY, pair] = abs(one - other)
        if other:
            result[IMPACT, pair] = one / other
    return result
