"""Reference models that we train ourselves, from a table to scores, with a seed.

Categories become the place of their value among the sorted values of the training rows (-1 if it
was not there); the logistic regression sees all columns scaled. These are the preparations under
which the fixtures of the tests were measured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from faifo.ai.assess.columns import REGRESSION

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

GRADIENT: Final = "hist-gradient-boosting"
FOREST: Final = "random-forest"
LINEAR: Final = "logistic-regression"
NAMES: Final = (GRADIENT, FOREST, LINEAR)


@dataclass(frozen=True)
class Encoder:
    """Numbers for a table's columns: categories first, in the order of the table."""

    categories: dict[str, list[str]]
    numeric: tuple[str, ...]

    @classmethod
    def fit(cls, frame: pl.DataFrame) -> Encoder:
        import polars as pl

        numeric = tuple(
            name
            for name, dtype in frame.schema.items()
            if dtype.is_numeric() or dtype == pl.Boolean
        )
        categories = {
            name: sorted(frame[name].cast(pl.String).drop_nulls().unique().to_list())
            for name in frame.columns
            if name not in numeric
        }
        return cls(categories, numeric)

    def matrix(self, frame: pl.DataFrame) -> NDArray[np.float64]:
        import polars as pl

        coded = [
            pl.col(name)
            .cast(pl.String)
            .replace_strict(values, list(range(len(values))), default=-1, return_dtype=pl.Float64)
            .alias(name)
            for name, values in self.categories.items()
        ]
        plain = [pl.col(name).cast(pl.Float64).fill_null(float("nan")) for name in self.numeric]
        matrix: NDArray[np.float64] = frame.select([*coded, *plain]).to_numpy()
        return np.ascontiguousarray(matrix)


@dataclass(frozen=True)
class Trained:
    """A model that was trained here."""

    name: str
    encoder: Encoder
    estimator: Any
    parameters: dict[str, Any] = field(default_factory=dict)

    def scores(self, frame: pl.DataFrame) -> NDArray[np.float64]:
        return predicted(self.estimator, self.encoder.matrix(frame))


def predicted(estimator: Any, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return class probabilities (rows × classes), or predicted values (rows)."""
    if hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict_proba(matrix), dtype=np.float64)
    return np.asarray(estimator.predict(matrix), dtype=np.float64)


def train(name: str, frame: pl.DataFrame, labels: NDArray[Any], task: str, seed: int) -> Trained:
    """Train the reference model `name` on all rows given."""
    encoder = Encoder.fit(frame)
    estimator = make(name, task, seed)
    fitted(estimator, encoder.matrix(frame), labels)
    return Trained(name, encoder, estimator)


def fitted(estimator: Any, matrix: NDArray[np.float64], labels: NDArray[Any]) -> Any:
    estimator.fit(matrix, labels)
    if hasattr(estimator, "n_jobs"):
        # Threads would add up the trees' votes in another order on every run.
        estimator.n_jobs = 1
    return estimator


def make(name: str, task: str, seed: int) -> Any:
    from sklearn import ensemble, linear_model
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    number = task == REGRESSION
    if name == GRADIENT:
        kind = (
            ensemble.HistGradientBoostingRegressor
            if number
            else ensemble.HistGradientBoostingClassifier
        )
        return kind(random_state=seed)
    if name == FOREST:
        forest = ensemble.RandomForestRegressor if number else ensemble.RandomForestClassifier
        return forest(n_estimators=100, random_state=seed, n_jobs=2)
    line = linear_model.Ridge() if number else linear_model.LogisticRegression(max_iter=1000)
    return make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler(), line)


Retrain = Callable[["NDArray[np.int64]"], Callable[["NDArray[np.int64]"], "NDArray[np.float64]"]]


def shadows(
    trained: Trained, frame: pl.DataFrame, labels: NDArray[Any], task: str, seed: int
) -> Retrain:
    """Return a function that trains the same kind of model on some rows and scores others."""
    matrix = trained.encoder.matrix(frame)

    def on(rows: NDArray[np.int64]) -> Callable[[NDArray[np.int64]], NDArray[np.float64]]:
        estimator = fitted(make(trained.name, task, seed), matrix[rows], labels[rows])
        return lambda others: predicted(estimator, matrix[others])

    return on
