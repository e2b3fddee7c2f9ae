"""A small honest model of loan approval: for showing how a model is shared, not for decisions.

It is fitted on three fifths of the table and judged on the other two fifths, which it has not
seen. Nothing about sex, origin, age or family is among its features. Its digest stands for its
weights: whoever gets an answer can tell which model gave it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from faifo.demo import logistic
from faifo.errors import MalformedMessageError, SettingsError
from faifo.phrases import Phrase

WARNING: Final = (
    "Demonstration only: fitted on old applications of one city. Not for decisions about people."
)
FEATURES: Final[dict[str, str]] = {
    "hrat": "housing expenses, % of income",
    "obrat": "all obligations, % of income",
    "loanprc": "loan / purchase price",
    "unem": "unemployment in the applicant's industry, %",
    "pubrec": "1 if bankruptcy was filed",
    "chist": "0 if accounts are 60 days or more overdue, else 1",
    "unver": "1 if some information could not be verified",
}
OUTCOME: Final = "approve"
FIFTHS_HELD_OUT: Final = 2

Application = Mapping[str, str]


class LoanModel(msgspec.Struct, frozen=True, kw_only=True):
    """Weights (the constant first) over features of mean 0 and spread 1, and how good they are.

    `baseline` is the held-out accuracy of always saying "approved"; `auc` is the chance that an
    approved application gets a higher score than a refused one.
    """

    means: tuple[float, ...]
    spreads: tuple[float, ...]
    weights: tuple[float, ...]
    fitted_on: int
    held_out: int
    accuracy: float
    baseline: float
    auc: float

    @property
    def digest(self) -> str:
        """SHA-256 over what decides an answer: features, means, spreads, weights."""
        content = [list(FEATURES), self.means, self.spreads, self.weights]
        return hashlib.sha256(msgspec.json.encode(content)).hexdigest()

    def approval(self, applicant: Mapping[str, float]) -> float:
        """Return the probability of approval.

        Raises:
            MalformedMessageError: a feature is missing, or there is one that the model has not.
        """
        if applicant.keys() != FEATURES.keys():
            raise MalformedMessageError(
                what=Phrase(
                    "errors.told.demo.applicant", names=", ".join(sorted(applicant)) or "-"
                ),
                expected=Phrase("errors.told.demo.exactly", names=", ".join(FEATURES)),
            )
        row = [float(applicant[name]) for name in FEATURES]
        return logistic.probability(self.weights, _scaled(row, self.means, self.spreads))

    def card(self) -> dict[str, Any]:
        """Return what a user of the model should know."""
        return {
            "name": "Loan approval, logistic regression",
            "warning": WARNING,
            "features": FEATURES,
            "data": "loanapp: 1,989 applications, Boston; Hunter and Walker (1996)",
            "fitted_on": self.fitted_on,
            "held_out": self.held_out,
            "held_out_accuracy": round(self.accuracy, 4),
            "held_out_baseline": round(self.baseline, 4),
            "held_out_auc": round(self.auc, 4),
            "digest": f"sha256:{self.digest}",
        }


def fit(table: Sequence[Application]) -> LoanModel:
    """Return the model fitted on `table`; rows with a missing value are left out.

    Raises:
        SettingsError: the table lacks a column or has too few rows.
    """
    learned, judged = map(_numbers, parts(table))
    if len(learned) < 100:
        total = len(learned) + len(judged)
        raise SettingsError(
            what=Phrase("errors.told.demo.rows", rows=total),
            expected=Phrase("errors.told.demo.hundreds"),
        )
    fitted = _fitted(learned)
    scores = [(fitted.score(row), outcome) for row, outcome in judged]
    return LoanModel(
        means=fitted.means,
        spreads=fitted.spreads,
        weights=tuple(fitted.weights),
        fitted_on=len(learned),
        held_out=len(judged),
        accuracy=sum((score >= 0.5) == bool(outcome) for score, outcome in scores) / len(scores),
        baseline=sum(outcome for _, outcome in scores) / len(scores),
        auc=_auc(scores),
    )


def parts(table: Sequence[Application]) -> tuple[list[Application], list[Application]]:
    """Return the rows that the model is fitted on, and those that it is judged on.

    Every row's place decides, so that anybody gets the same two parts.
    """
    rows = usable(table)
    learned = [row for place, row in enumerate(rows) if place % 5 >= FIFTHS_HELD_OUT]
    return learned, [row for place, row in enumerate(rows) if place % 5 < FIFTHS_HELD_OUT]


def usable(table: Sequence[Application]) -> list[Application]:
    """Return the rows of `table` in which nothing is missing that the model needs."""
    try:
        return [line for line in table if all(line[name] for name in (*FEATURES, OUTCOME))]
    except KeyError as error:
        raise _unusable(error) from None


def unseen_scores(table: Sequence[Application]) -> list[tuple[Application, float]]:
    """Return every usable row with the score of a model that was fitted without its fifth.

    Five models of one kind speak here, not the one that is served: the figures are of the way in
    which it was made, over five fifths of the table instead of two.
    """
    rows = usable(table)
    scored: list[tuple[Application, float]] = []
    for fifth in range(5):
        fitted = _fitted(_numbers([row for at, row in enumerate(rows) if at % 5 != fifth]))
        own = [row for at, row in enumerate(rows) if at % 5 == fifth]
        pairs = zip(own, _numbers(own), strict=True)
        scored += [(row, fitted.score(numbers)) for row, (numbers, _) in pairs]
    return scored


class _Fitted(NamedTuple):
    means: tuple[float, ...]
    spreads: tuple[float, ...]
    weights: list[float]

    def score(self, row: Sequence[float]) -> float:
        return logistic.probability(self.weights, _scaled(row, self.means, self.spreads))


def _fitted(rows: Sequence[tuple[list[float], int]]) -> _Fitted:
    means, spreads = _scale([row for row, _ in rows])
    weights = logistic.fit(
        [_scaled(row, means, spreads) for row, _ in rows], [outcome for _, outcome in rows]
    )
    return _Fitted(means, spreads, weights)


def _numbers(rows: Sequence[Application]) -> list[tuple[list[float], int]]:
    try:
        return [([float(row[name]) for name in FEATURES], int(row[OUTCOME])) for row in rows]
    except ValueError as error:
        raise _unusable(error) from None


def _unusable(error: Exception) -> SettingsError:
    return SettingsError(
        what=Phrase("errors.told.demo.table", error=error),
        expected=Phrase("errors.told.demo.numbers", names=", ".join((*FEATURES, OUTCOME))),
    )


def _scale(rows: Sequence[Sequence[float]]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    columns = list(zip(*rows, strict=True))
    means = tuple(sum(column) / len(column) for column in columns)
    spreads = tuple(
        (sum((value - mean) ** 2 for value in column) / len(column)) ** 0.5 or 1.0
        for column, mean in zip(columns, means, strict=True)
    )
    return means, spreads


def _scaled(row: Sequence[float], means: Sequence[float], spreads: Sequence[float]) -> list[float]:
    return [
        (value - mean) / spread for value, mean, spread in zip(row, means, spreads, strict=True)
    ]


def _auc(scores: Sequence[tuple[float, int]]) -> float:
    """Return the area under the curve; ties count half."""
    yes = [score for score, outcome in scores if outcome]
    no = [score for score, outcome in scores if not outcome]
    if not yes or not no:
        return 0.5
    won = sum((a > b) + 0.5 * (a == b) for a in yes for b in no)
    return won / (len(yes) * len(no))
