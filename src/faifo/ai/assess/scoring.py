"""From what a model answers to decisions and scores of one kind, or a clear refusal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from faifo.ai.assess.columns import BINARY, REGRESSION, finite, shares
from faifo.errors import SettingsError

if TYPE_CHECKING:
    from numpy.typing import NDArray


# Models answer in numbers of 32 bits too.
SUM_NEAR: Final = 1e-3


@dataclass(frozen=True)
class Answers:
    """What a model said of rows.

    decisions: for two classes 1 where favourable, for several the place of the class, for
    regression the value. probabilities: rows × classes, or nothing.
    """

    decisions: NDArray[Any]
    probabilities: NDArray[np.float64] | None
    # Of several classes, how sure the model was of the one that it decided; nothing: as above.
    confidence: NDArray[np.float64] | None = None

    @property
    def scores(self) -> NDArray[np.float64] | None:
        """The probability of the favourable class of two."""
        return None if self.probabilities is None else self.probabilities[:, 1]


class Columns(NamedTuple):
    """Answers of a model that tells itself of which class some columns are."""

    scores: NDArray[Any]
    names: dict[int, str]


def in_order(raw: Columns, classes: tuple[str, ...]) -> NDArray[Any]:
    """Return the columns in the order of `classes`.

    Names that are no class at all (0 and 1 for "no" and "yes") leave the columns as they are.

    Raises:
        SettingsError: the model has another order, and does not tell all of it.
    """
    known = {place: _text(_number(name)) for place, name in raw.names.items()}
    wanted = {place: classes.index(name) for place, name in known.items() if name in classes}
    if raw.scores.ndim != 2 or all(place == at for place, at in wanted.items()):
        return raw.scores
    missing = set(range(raw.scores.shape[1])) - wanted.keys()
    free = set(range(len(classes))) - set(wanted.values())
    if raw.scores.shape[1] != len(classes) or len(missing) > 1 or len(free) != len(missing):
        raise SettingsError(
            what="the model's classes stand in another order than the labels', and it does not "
            "tell which column is which",
            expected="a model that answers each class at least once, or classes in sorted order",
        )
    wanted |= dict(zip(missing, free, strict=True))
    return raw.scores[:, [place for place, _ in sorted(wanted.items(), key=lambda e: e[1])]]


def as_array(raw: Any) -> NDArray[Any]:
    """Return the answers as an array of numbers or texts.

    Raises:
        ValueError, TypeError: they are neither.
    """
    found = np.asarray(raw)
    if found.dtype.kind == "O":
        kinds = {type(value) for value in found.ravel().tolist()}
        if kinds <= {str}:
            return found.astype(str)
        if not kinds <= {int, float, bool}:
            raise TypeError("answers that are neither numbers nor texts")
        return found.astype(np.float64)
    return found


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
    wrong = int((np.abs(matrix.sum(axis=1) - 1) > SUM_NEAR).sum())
    if wrong:
        raise SettingsError(
            what=f"{wrong} of {len(matrix)} rows have probabilities that do not add up to 1",
            expected="one probability for each class",
        )
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


def _number(name: str) -> Any:
    """Return the number that a name is; "1.0" and "1" are the same class."""
    try:
        return float(name) if "." in name else name
    except ValueError:
        return name


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(int(value) if isinstance(value, bool) else value).strip()
