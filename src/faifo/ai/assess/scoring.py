"""From what a model answers to decisions and scores of one kind, or a clear refusal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from faifo.ai.assess.columns import BINARY, REGRESSION, finite, shares
from faifo.errors import SettingsError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Answers:
    """What a model said of rows.

    decisions: for two classes 1 where favourable, for several the place of the class, for
    regression the value. probabilities: rows × classes, or nothing.
    """

    decisions: NDArray[Any]
    probabilities: NDArray[np.float64] | None

    @property
    def scores(self) -> NDArray[np.float64] | None:
        """The probability of the favourable class of two."""
        return None if self.probabilities is None else self.probabilities[:, 1]


def answers(
    raw: Any, rows: int, task: str, *, classes: tuple[str, ...], favourable: int, threshold: float
) -> Answers:
    """Return a model's raw answers in order.

    Args:
        raw: rows × classes, or a probability (two classes), a class or a value per row.
        rows: how many rows were asked.
        task: binary, multiclass or regression.
        classes: the classes in the order of the columns.
        favourable: the place of the favourable class, for two classes.
        threshold: a score from here on is a favourable decision.

    Raises:
        SettingsError: the shape or the values are of another kind.
    """
    found = np.asarray(raw)
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim not in (1, 2) or len(found) != rows:
        raise SettingsError(
            what=f"the model answered in the shape {found.shape} for {rows} rows",
            expected="one row of answers for each row",
        )
    if task == REGRESSION:
        if found.ndim == 2:
            raise SettingsError(what="the model answers with classes", expected="values")
        return Answers(finite(found.astype(np.float64), "prediction"), None)
    if found.ndim == 2:
        return _of_matrix(found, task, classes, favourable, threshold)
    if task == BINARY and found.dtype.kind == "f":
        score = shares(found.astype(np.float64), "score")
        return _two(score, threshold)
    return Answers(_places(found, task, classes, favourable), None)


def _of_matrix(
    found: NDArray[Any], task: str, classes: tuple[str, ...], favourable: int, threshold: float
) -> Answers:
    if found.shape[1] != len(classes):
        raise SettingsError(
            what=f"the model knows {found.shape[1]} classes",
            expected=f"{len(classes)}, as the label column has",
        )
    matrix = shares(found.astype(np.float64).ravel(), "score").reshape(found.shape)
    if task == BINARY:
        return _two(matrix[:, favourable], threshold)
    return Answers(np.argmax(matrix, axis=1).astype(np.int64), matrix)


def _two(score: NDArray[np.float64], threshold: float) -> Answers:
    decisions = (score >= threshold).astype(np.int64)
    return Answers(decisions, np.column_stack([1 - score, score]))


def _places(
    found: NDArray[Any], task: str, classes: tuple[str, ...], favourable: int
) -> NDArray[np.int64]:
    values = np.array([_text(value) for value in found.tolist()])
    unknown = set(values.tolist()) - set(classes)
    if unknown:
        raise SettingsError(
            what=f"the model answers {len(unknown)} classes that no label has",
            expected="one of " + ", ".join(map(repr, classes[:5])),
        )
    if task == BINARY:
        decided: NDArray[np.int64] = (values == classes[favourable]).astype(np.int64)
        return decided
    place = {name: i for i, name in enumerate(classes)}
    return np.array([place[value] for value in values.tolist()], dtype=np.int64)


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(int(value) if isinstance(value, bool) else value).strip()
