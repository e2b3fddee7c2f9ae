"""Reference models that we train ourselves, from a table to scores, with a seed.

Categories become the place of their value among the sorted values of the training rows (-1 if it
was not there); the logistic regression sees all columns scaled. These are the preparations under
which the fixtures of the tests were measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from faifo.errors import SettingsError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

GRADIENT: Final = "hist-gradient-boosting"
FOREST: Final = "random-forest"
LINEAR: Final = "logistic-regression"
REGRESSION: Final = "regression"
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
            name: sorted(frame[name].alias("").cast(pl.String).drop_nulls().unique().to_list())
            for name in frame.columns
            if name not in numeric
        }
        return cls(categories, numeric)

    def matrix(self, frame: pl.DataFrame) -> NDArray[np.float64]:
        import polars as pl

        coded = [
            frame[name]
            .alias("")
            .cast(pl.String)
            .replace_strict(values, list(range(len(values))), default=-1, return_dtype=pl.Float64)
            .alias(name)
            for name, values in self.categories.items()
        ]
        plain = [
            frame[name].alias("").cast(pl.Float64).fill_null(float("nan")).alias(name)
            for name in self.numeric
        ]
        matrix: NDArray[np.float64] = pl.DataFrame([*coded, *plain]).to_numpy()
        return np.ascontiguousarray(matrix)


@dataclass(frozen=True)
class Trained:
    """A model that was trained here."""

    encoder: Encoder
    estimator: Any

    def scores(self, frame: pl.DataFrame) -> NDArray[np.float64]:
        return predicted(self.estimator, self.encoder.matrix(frame))


def predicted(estimator: Any, rows: Any) -> NDArray[np.float64]:
    """Return class probabilities (rows × classes), or predicted values (rows)."""
    if hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict_proba(rows), dtype=np.float64)
    return np.asarray(estimator.predict(rows), dtype=np.float64)


def parted(
    rows: int, told: Mapping[str, Any], target: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows to learn from and the others, each class on both sides.

    Raises:
        SettingsError: a class has too few rows.
    """
    from sklearn.model_selection import train_test_split

    try:
        first, second = train_test_split(
            np.arange(rows),
            test_size=told["test_share"],
            random_state=told["seed"],
            stratify=None if told["task"] == REGRESSION else target,
        )
    except ValueError:
        raise SettingsError(
            what=Phrase("errors.told.ai.train.parted"),
            expected=Phrase("errors.told.ai.train.more"),
        ) from None
    return first, second


def train(name: str, frame: pl.DataFrame, labels: NDArray[Any], told: Mapping[str, Any]) -> Trained:
    """Train the reference model `name` on all rows given."""
    encoder = Encoder.fit(frame)
    estimator = reference(name, told)
    estimator.fit(encoder.matrix(frame), labels)
    return Trained(encoder, estimator)


def again(estimator: Any, rows: Any, labels: NDArray[Any]) -> Any:
    """Return the same kind of estimator, trained on other rows."""
    from sklearn.base import clone

    return clone(estimator).fit(rows, labels)


def reference(name: str, told: Mapping[str, Any]) -> Any:
    """Return the reference model `name`, not trained, for a task and a seed."""
    from sklearn import ensemble, linear_model
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    number, seed = told["task"] == REGRESSION, told["seed"]
    if name == GRADIENT:
        kind = (
            ensemble.HistGradientBoostingRegressor
            if number
            else ensemble.HistGradientBoostingClassifier
        )
        return kind(random_state=seed)
    if name == FOREST:
        forest = ensemble.RandomForestRegressor if number else ensemble.RandomForestClassifier
        return forest(n_estimators=100, random_state=seed, n_jobs=1)
    line = linear_model.Ridge() if number else linear_model.LogisticRegression(max_iter=1000)
    return make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler(), line)
