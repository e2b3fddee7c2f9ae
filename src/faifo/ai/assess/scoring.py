"""From what a model answers to decisions and scores of one kind, or a clear refusal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from faifo.ai.assess.columns import BINARY, REGRESSION, finite, plain_name, shares
from faifo.ai.assess.labels import Labels
from faifo.ai.assess.saying import said
from faifo.errors import SettingsError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Models answer in numbers of 32 bits too.
SUM_NEAR: Final = 1e-3
NAME_THEM: Final = Phrase("errors.told.ai.score.name-them")


@dataclass(frozen=True)
class Answers:
    """What a model said of rows.

    decisions: for two classes 1 where favourable, for several the place of the class, for
    regression the value. probabilities: rows × classes, of two the favourable one last, or nothing.
    """

    decisions: NDArray[Any]
    probabilities: NDArray[np.float64] | None = None
    # Of several classes, how sure the model was of the one that it decided; nothing: as above.
    confidence: NDArray[np.float64] | None = None
    # What was taken for granted, and how many decisions are not those of the scores.
    notes: frozenset[str] = frozenset()
    against: int = 0

    @property
    def scores(self) -> NDArray[np.float64] | None:
        """The probability of the favourable class of two."""
        return None if self.probabilities is None else self.probabilities[:, 1]


class Raw(NamedTuple):
    """Answers as a model gives them, and of which class it says some columns are."""

    values: NDArray[Any]
    names: dict[int, str]


def of_scores(values: NDArray[Any], threshold: float, notes: frozenset[str]) -> Answers:
    """Return the answers that probabilities of the favourable class make.

    Scores of 32 bits are compared with the threshold as 32 bits hold it: 0.7 is 0.7 there too.
    """
    limit = threshold
    if values.dtype == np.float32 and float(np.float32(threshold)) != threshold:
        limit = float(np.float32(threshold))
        notes |= {said("precision", threshold=repr(threshold))}
    score, more = shares(values.astype(np.float64), "score")
    decisions = (score >= limit).astype(np.int64)
    return Answers(decisions, np.column_stack([1 - score, score]), notes=notes | more)


def answers(
    raw: Raw, rows: int, labels: Labels, names: tuple[str, ...] | None, threshold: float
) -> Answers:
    """Return a model's answers in the order of the labels.

    Args:
        raw: rows × classes, or a probability (two classes), a class or a value per row.
        rows: how many rows were asked.
        labels: what the label means.
        names: the model's classes in its own order; nothing: a single answer is the probability of
            the favourable label, and several stand in the order of the labels.
        threshold: a score from here on is a favourable decision.

    Raises:
        SettingsError: the shape or the values are of another kind.
    """
    found = raw.values
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim not in (1, 2) or len(found) != rows:
        raise SettingsError(
            what=Phrase("errors.told.ai.score.shape", shape=str(found.shape), rows=rows),
            expected=Phrase("errors.told.ai.score.row"),
        )
    if labels.task == REGRESSION:
        if found.ndim == 2 or found.dtype.kind == "U":
            raise SettingsError(
                what=Phrase("errors.told.ai.score.classes"),
                expected=Phrase("errors.told.ai.score.values"),
            )
        return Answers(finite(found.astype(np.float64), "prediction"))
    if found.ndim == 2:
        return _of_matrix(found, labels, names, threshold)
    if labels.task == BINARY and found.dtype.kind == "f":
        return _of_single(found, labels, names, threshold)
    return Answers(_places(found, labels, names))


def _of_single(
    found: NDArray[Any], labels: Labels, names: tuple[str, ...] | None, threshold: float
) -> Answers:
    if names is None:
        return of_scores(found, threshold, frozenset([said("single", name=labels.wanted)]))
    if len(names) != 2 or set(names) != set(labels.classes):
        raise _unmatched(names)
    note = frozenset([said("single", name=names[1])])
    return of_scores(found if names[1] == labels.wanted else 1 - found, threshold, note)


def _of_matrix(
    found: NDArray[Any], labels: Labels, names: tuple[str, ...] | None, threshold: float
) -> Answers:
    order = labels.classes if names is None else names
    if not set(labels.classes) <= set(order):
        raise _unmatched(order)
    if found.shape[1] != len(order):
        raise SettingsError(
            what=Phrase("errors.told.ai.score.knows", classes=found.shape[1]),
            expected=Phrase("errors.told.ai.score.as-label", classes=len(order)),
            advice=NAME_THEM,
        )
    matrix, notes = shares(found.astype(np.float64), "score")
    wrong = int((np.abs(matrix.sum(axis=1) - 1) > SUM_NEAR).sum())
    if wrong:
        raise SettingsError(
            what=Phrase("errors.told.ai.score.sum", wrong=wrong, rows=len(matrix)),
            expected=Phrase("errors.told.ai.score.each"),
        )
    notes |= {said("columns", classes=", ".join(order))}
    if labels.task == BINARY:
        return of_scores(found[:, order.index(labels.wanted)], threshold, notes)
    matrix = matrix[:, [order.index(name) for name in labels.classes]]
    return Answers(np.argmax(matrix, axis=1).astype(np.int64), matrix, notes=notes)


def _unmatched(names: tuple[str, ...]) -> SettingsError:
    return SettingsError(
        what=Phrase("errors.told.ai.score.zero-one")
        if names == ("0", "1")
        else Phrase("errors.told.ai.score.others", classes=len(names)),
        expected=Phrase("errors.told.ai.score.known"),
        advice=NAME_THEM,
    )


def _places(
    found: NDArray[Any], labels: Labels, names: tuple[str, ...] | None
) -> NDArray[np.int64]:
    different, place = np.unique(found, return_inverse=True)
    values = [plain_name(str(value)) for value in different.tolist()]
    known = set(labels.classes)
    if names and not set(values) <= known and all(v.isdigit() for v in values):
        values = [names[int(v)] if int(v) < len(names) else v for v in values]
    if not set(values) <= known:
        raise SettingsError(
            what=Phrase("errors.told.ai.score.unknown", classes=len(set(values) - known)),
            expected=Phrase("errors.told.ai.score.one-of", known=len(known)),
            advice=NAME_THEM,
        )
    if labels.task == BINARY:
        places = [int(value == labels.wanted) for value in values]
    else:
        places = [labels.classes.index(value) for value in values]
    return np.array(places, dtype=np.int64)[place]


def names_in(raw: Raw, labels: Labels) -> tuple[str, ...] | None:
    """Return the model's classes in its order as far as its own answers tell them.

    Raises:
        SettingsError: it tells only some, and the others could stand in any order.
    """
    if raw.values.ndim != 2 or not raw.names:
        return None
    known = {place: plain_name(name) for place, name in raw.names.items()}
    width = raw.values.shape[1]
    missing = [place for place in range(width) if place not in known]
    free = [name for name in labels.classes if name not in known.values()]
    if len(missing) > 1 or (missing and len(free) != 1):
        raise SettingsError(
            what=Phrase("errors.told.ai.score.untold"),
            expected=Phrase("errors.told.ai.score.once"),
            advice=NAME_THEM,
        )
    known |= dict(zip(missing, free, strict=False))
    return tuple(known[place] for place in range(width))
