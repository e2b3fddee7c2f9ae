"""How well a classifier decides and ranks: two classes, or several."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from faifo.ai.evidence import Figure
from faifo.ai.metrics.confusion import read_confusion, share
from faifo.ai.metrics.counts import Counts
from faifo.ai.metrics.intervals import area, difference, mean
from faifo.phrases import Phrase

NEAR: Final = 1e-9
# Of a score clipped to 2^-52.
MAX_LOSS: Final = 52 * math.log(2)
PERFORMANCE = (
    "accuracy = (tp+tn)/n; true_positive_rate = tp/(tp+fn); false_positive_rate = fp/(fp+tn); "
    "precision = tp/(tp+fp); false_omission_rate = fn/(fn+tn); f1 = 2tp/(2tp+fp+fn); "
    "balanced_accuracy = (tp/(tp+fn) + tn/(tn+fp))/2; a decision is positive when "
    "score >= threshold"
)
RANKING = (
    "auc = twice_u/(2·positives·negatives), where twice_u counts each pair of a positive and a "
    "negative row twice if the positive has the higher score and once if they tie; "
    "average_precision = precision_sum/positives (precision at each positive, ties together); "
    "log_loss = log_loss_sum/n, scores clipped to [eps, 1-eps] with eps = 2^-52"
)
MULTICLASS = (
    "accuracy = correct/n; per class recall = tp/(tp+fn), precision = tp/(tp+fp) (0 where nothing "
    "was predicted), f1 = 2tp/(2tp+fp+fn); macro_* = mean over the classes that occur"
)
# Of Faifo 0.1, where every class occurred.
MULTICLASS_1 = MULTICLASS.replace("the classes that occur", "classes")


def performance(counts: Mapping[str, Any], _: Mapping[str, Any]) -> list[Figure]:
    read = Counts(counts)
    if "correct" in read:  # the four cells were too small to leave, right and wrong were not
        correct, wrong = read.whole("correct"), read.whole("wrong")
        return [share("accuracy", correct, correct + wrong)]
    if not counts:
        return []
    table = read_confusion(read)
    figures = [
        share(rate, *table.parts(rate))
        for rate in (
            "accuracy",
            "true_positive_rate",
            "false_positive_rate",
            "precision",
            "false_omission_rate",
            "selection_rate",
            "base_rate",
        )
    ]
    tp, fp, fn, tn = table
    if 2 * tp + fp + fn:
        figures.append(Figure(name="f1", value=2 * tp / (2 * tp + fp + fn)))
    if tp + fn and fp + tn:
        # tpr + tnr is 1 + (tpr - fpr): the interval of a difference serves.
        low, high = difference(tp, tp + fn, fp, fp + tn)
        value = (tp / (tp + fn) + tn / (fp + tn)) / 2
        figures.append(
            Figure(
                name="balanced_accuracy",
                value=value,
                low=(1 + low) / 2,
                high=(1 + high) / 2,
                interval="newcombe",
            )
        )
    return figures


def ranking(counts: Mapping[str, Any], _: Mapping[str, Any]) -> list[Figure]:
    read = Counts(counts)
    if not counts:
        return []
    positives, negatives = read.whole("positives"), read.whole("negatives")
    pairs, n = 2 * positives * negatives, positives + negatives
    twice_u = read.real("twice_u")
    precision_sum, loss_sum = read.real("precision_sum"), read.real("log_loss_sum")
    loss_squares = read.real("log_loss_square_sum")
    read.check(pairs > 0 and 0 <= twice_u <= pairs, Phrase("errors.told.ai.counts.twice-u"))
    read.check(
        0 <= precision_sum <= positives * (1 + 1e-12), Phrase("errors.told.ai.counts.precision")
    )
    least, most = _precisions(positives, negatives, twice_u / 2)
    near = NEAR * positives
    read.check(least - near <= precision_sum <= most + near, Phrase("errors.told.ai.counts.order"))
    near = NEAR * max(1.0, loss_sum)
    read.check(
        0 <= loss_sum <= MAX_LOSS * n + near
        and loss_sum**2 / n - near <= loss_squares <= MAX_LOSS * loss_sum + near,
        Phrase("errors.told.ai.counts.loss"),
    )
    auc = twice_u / pairs
    low, high = area(auc, positives, negatives)
    loss_low, loss_high = mean(loss_sum, loss_squares, n)
    return [
        Figure(name="auc", value=auc, low=low, high=high, interval="hanley-mcneil"),
        Figure(name="average_precision", value=precision_sum / positives),
        Figure(
            name="log_loss",
            value=loss_sum / n,
            low=max(0.0, loss_low),
            high=loss_high,
            interval="normal",
        ),
    ]


def _precisions(positives: int, negatives: int, u: float) -> tuple[float, float]:
    """Return bounds of the sum of precisions that goes with so many pairs in the right order.

    With a_k negatives before the k-th positive it is the sum of k/(k+a_k); the a_k add up to the
    pairs in the wrong order (at most to twice as many, where they tie). It is largest if the last
    positives have all negatives before them and the others none; the harmonic sum is bounded by its
    integral. It is at least (sum of k)²/(sum of k²+k·a_k) by Cauchy and Schwarz.
    """
    wrong = max(0.0, positives * negatives - u)
    last = min(positives, int(wrong // negatives))
    before = positives - last
    rest = wrong - last * negatives
    first = before - rest / (before + rest) if before else 0.0
    lost = math.log((positives + negatives + 1) / (before + negatives + 1))
    most = first + last - negatives * lost
    steps, squares = positives * (positives + 1) / 2, positives * (positives + 1) / 6
    before_all = min(2 * wrong * positives, negatives * steps)
    least = steps**2 / (squares * (2 * positives + 1) + before_all) if wrong else positives
    return least, most


def multiclass(counts: Mapping[str, Any], _: Mapping[str, Any]) -> list[Figure]:
    if not counts:
        return []
    read = Counts(counts)
    correct, wrong = read.whole("correct"), read.whole("wrong")
    n = correct + wrong
    figures = [share("accuracy", correct, n)]
    classes = read.parts("classes")
    scores: dict[str, list[float]] = {"recall": [], "precision": [], "f1": []}
    for entry in classes:
        label = f"class={entry.text('class')}"
        tp, fp, fn = entry.whole("tp"), entry.whole("fp"), entry.whole("fn")
        entry.check(
            tp <= correct and fp <= wrong and fn <= wrong and tp + fp + fn <= n,
            Phrase("errors.told.ai.counts.right-wrong", correct=correct, wrong=wrong),
        )
        values = {
            "recall": (tp, tp + fn),
            "precision": (tp, tp + fp),
            "f1": (2 * tp, 2 * tp + fp + fn),
        }
        for name, (k, of) in values.items():
            value = k / of if of else 0.0
            if tp + fn:
                scores[name].append(value)
            if name == "f1":
                figures.append(Figure(name=name, slice=label, value=value))
            else:
                figures.append(share(name, k, of, slice=label))
    if scores["recall"] and "complete" in read:
        figures += [
            Figure(name=f"macro_{name}", value=sum(values) / len(values))
            for name, values in scores.items()
        ]
    return figures
