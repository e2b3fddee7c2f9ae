"""Try to tell who was in the training data: by the loss of each row, and by shadow models.

Offline LiRA (Carlini et al. 2022, §VI): shadow models are trained on random halves of all rows;
for a row, those that did not see it say how confident a model is that never saw it, and the row
counts as a member the more its real confidence exceeds that. With few shadow models the spread is
estimated over all rows together, as the authors advise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from faifo.ai.assess.described import attack_told
from faifo.ai.assess.ranks import histogram

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHADOWS: Final = 16
_CLIP: Final = 1e-7


def loss_scores(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return minus the cross-entropy of each row, from the probability of its true class."""
    scores: NDArray[np.float64] = np.log(np.clip(probability, 1e-12, 1.0))
    return scores


def of_true_class(
    probabilities: NDArray[np.float64], labels: NDArray[np.int64]
) -> NDArray[np.float64]:
    return probabilities[np.arange(len(labels)), labels]


def attack_counts(
    members: NDArray[np.float64], others: NDArray[np.float64], minimum: int
) -> dict[str, Any]:
    """Return the counts of an attack from its scores of members and of others."""
    sides = np.repeat([1, 0], [len(members), len(others)])
    _, of_score = histogram(np.concatenate([members, others]), sides)
    return attack_told(of_score.tolist(), minimum)


def halves(rows: int, train_rows: int, seed: int) -> list[NDArray[np.bool_]]:
    """Return which rows each shadow model is trained on."""
    rng = np.random.default_rng([seed, SHADOWS])
    found = np.zeros((SHADOWS, rows), dtype=bool)
    for inside in found:
        inside[rng.permutation(rows)[: min(train_rows, rows // 2)]] = True
    return list(found)


def lira_scores(
    confidence: NDArray[np.float64],
    labels: NDArray[np.int64],
    inside: Sequence[NDArray[np.bool_]],
    answered: Iterable[NDArray[np.float64] | None],
) -> NDArray[np.float64]:
    """Return for each row how much its confidence exceeds that of models that did not see it.

    Args:
        confidence: the real model's probability of each row's true class; training rows first.
        labels: the true classes in the same order.
        inside: which rows each shadow model was trained on.
        answered: the class probabilities that each answered for all other rows; nothing where it
            was trained without rows of a class.
    """
    n = len(labels)
    total, squares, seen = np.zeros(n), np.zeros(n), np.zeros(n)
    for known, probabilities in zip(inside, answered, strict=True):
        if probabilities is not None:
            logits = _logit(of_true_class(probabilities, labels[~known]))
            total[~known] += logits
            squares[~known] += logits**2
            seen[~known] += 1
    mean = np.divide(total, seen, out=np.zeros(n), where=seen > 0)
    several = seen > 1
    within = squares[several].sum() - (seen[several] * mean[several] ** 2).sum()
    spread = float(np.sqrt(max(within / max(1.0, (seen[several] - 1).sum()), 1e-12)))
    scores: NDArray[np.float64] = np.where(seen > 0, (_logit(confidence) - mean) / spread, 0.0)
    return scores


def _logit(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    p = np.clip(probability, _CLIP, 1 - _CLIP)
    logits: NDArray[np.float64] = np.log(p) - np.log1p(-p)
    return logits
