"""Disturb rows in ways that should not matter much, and count the decisions that change.

Every perturbation draws from its own seeded stream, named by what it does, so that leaving one out
changes no other.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from faifo.ai.assess.columns import REGRESSION
from faifo.ai.assess.described import MANY, SEVERITIES, run_told
from faifo.ai.assess.exact import as_float, exact_sums
from faifo.ai.assess.scoring import Answers
from faifo.ai.metrics.groups import name_of

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

MAX_ALTERNATIVES: Final = 10
Ask = Callable[["pl.DataFrame"], Answers]


def stream(seed: int, *name: object) -> np.random.Generator:
    """Return the random stream of one perturbation."""
    return np.random.default_rng([seed, zlib.crc32(repr(name).encode())])


def perturbations(frame: pl.DataFrame, seed: int) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield the disturbed tables by name, such as `noise 0.05`."""
    numeric = [name for name, dtype in frame.schema.items() if dtype.is_numeric()]
    two = [name for name in frame.columns if frame[name].alias("").drop_nulls().n_unique() == 2]
    others = [name for name in frame.columns if name not in numeric]
    kinds: list[tuple[str, list[str], Callable[..., pl.Series]]] = [
        ("noise", [name for name in numeric if name not in two], _noise),
        ("swap", others, _swap),
        ("missing", frame.columns, _missing),
        ("flip", two, _flip),
    ]
    for kind, columns, change in kinds:
        for severity in SEVERITIES if columns else ():
            changed = [
                change(frame[name].alias(""), severity, stream(seed, kind, severity, name)).alias(
                    name
                )
                for name in columns
            ]
            yield f"{kind} {severity:g}", frame.with_columns(changed)


def _noise(series: pl.Series, severity: float, rng: np.random.Generator) -> pl.Series:
    import polars as pl

    values = series.to_numpy().astype(np.float64)
    spread = float(np.nanstd(values)) if np.isfinite(values).any() else 0.0
    noisy = values + severity * spread * rng.standard_normal(len(values))
    return pl.Series(series.name, noisy)


def _swap(series: pl.Series, severity: float, rng: np.random.Generator) -> pl.Series:
    import polars as pl

    chosen = rng.random(len(series)) < severity
    donors = series.gather(rng.integers(0, len(series), len(series)))
    return pl.select(
        pl.when(pl.lit(pl.Series(chosen))).then(donors).otherwise(series).alias(series.name)
    ).to_series()


def _missing(series: pl.Series, severity: float, rng: np.random.Generator) -> pl.Series:
    import polars as pl

    chosen = rng.random(len(series)) < severity
    if series.dtype.is_float() or (series.dtype.is_numeric() and series.n_unique() > MANY):
        series = series.cast(pl.Float64)
        filler: Any = series.fill_nan(None).mean()
    else:
        filler = series.drop_nulls().mode().sort()[0] if series.null_count() < len(series) else None
    return pl.select(
        pl.when(pl.lit(pl.Series(chosen)))
        .then(pl.lit(filler, dtype=series.dtype))
        .otherwise(series)
        .alias(series.name)
    ).to_series()


def _flip(series: pl.Series, severity: float, rng: np.random.Generator) -> pl.Series:
    import polars as pl

    first, second = series.drop_nulls().unique().sort().to_list()
    chosen = rng.random(len(series)) < severity
    other = (
        pl.when(series == first)
        .then(pl.lit(second, dtype=series.dtype))
        .when(series == second)
        .then(pl.lit(first, dtype=series.dtype))
    )
    return pl.select(
        pl.when(pl.lit(pl.Series(chosen))).then(other).otherwise(series).alias(series.name)
    ).to_series()


def robustness(
    frame: pl.DataFrame, clean: Answers, labels: NDArray[Any], ask: Ask, run: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return per perturbation how many decisions changed and how many are right.

    `run` holds task, seed and minimum.
    """
    return [
        change(name, clean, ask(disturbed), run, labels)
        for name, disturbed in perturbations(frame, run["seed"])
    ]


def change(
    name: str, clean: Answers, new: Answers, run: Mapping[str, Any], labels: Any = None
) -> dict[str, Any]:
    n = len(clean.decisions)
    if run["task"] == REGRESSION:
        spread = float(np.std(clean.decisions)) or 1.0
        moved = np.abs(new.decisions - clean.decisions) / spread
        one = np.zeros(n, dtype=np.int64)
        return {
            "slice": name,
            "n": n,
            "change_sum": as_float(exact_sums(moved, one, 1)[0]),
            "change_square_sum": as_float(exact_sums(moved**2, one, 1)[0]),
        }
    flipped = int((new.decisions != clean.decisions).sum())
    correct = None if labels is None else int((new.decisions == labels).sum())
    return run_told(name, n, flipped, run["minimum"], correct)


def attribute_flips(
    frame: pl.DataFrame, attribute: str, clean: Answers, ask: Ask, run: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return how many decisions change when only `attribute` is set to another of its values."""
    import polars as pl

    common = (
        frame[attribute]
        .alias("value")
        .drop_nulls()
        .value_counts(sort=False)
        .filter(pl.col("count") >= run["minimum"])
        .sort(["count", "value"], descending=[True, False])["value"]
        .to_list()
    )
    found = []
    changed = np.zeros(frame.height, dtype=bool)
    for value in common[:MAX_ALTERNATIVES]:
        forced = frame.with_columns(pl.lit(value, dtype=frame.schema[attribute]).alias(attribute))
        new = ask(forced)
        changed |= new.decisions != clean.decisions
        found.append(change(f"{attribute} to {value}", clean, new, run))
    # With two values the whole is the sum of the parts, and would give a hidden one away.
    told = len(found) > 2 or all("flipped" in entry for entry in found)
    if run["task"] != REGRESSION and told:
        flipped = int(changed.sum())
        found.insert(0, run_told(name_of([attribute]), frame.height, flipped, run["minimum"]))
    return found
