"""Intervals of fairness figures by drawing tables again from the counts.

Drawing n rows with replacement and counting them is drawing once from a multinomial distribution
over the cells: for figures made of counts the two are the same, and the second costs nothing per
row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from faifo.ai.assess.writing import REPLICATES
from faifo.ai.evidence import LEVEL, Figure
from faifo.ai.metrics.confusion import RATES
from faifo.ai.metrics.fairness import GAPS
from faifo.ai.metrics.groups import Group

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST: Final = 1e9
Replicates = dict[tuple[str, str], "NDArray[np.float64]"]


def with_intervals(
    figures: Sequence[Figure],
    found: Sequence[Group],
    attribute: str,
    reference: str | None,
    seed: int,
    replicates: int = REPLICATES,
) -> list[Figure]:
    """Return the figures with percentile intervals in place of those from formulas."""
    drawn = draw(found, attribute, reference, seed, replicates)
    if not drawn:
        return list(figures)
    tail = (1 - LEVEL) / 2
    names = [name for name in drawn if not np.isnan(drawn[name]).all()]
    # A ratio to nobody is as large as the formula's largest, not infinite.
    rows = np.minimum(np.stack([drawn[name] for name in names]), LARGEST)
    bounds = np.nanquantile(rows, [tail, 1 - tail], axis=1)
    place = {name: i for i, name in enumerate(names)}
    changed = []
    for figure in figures:
        at = place.get((figure.name, figure.slice))
        if at is None or figure.value is None or not np.isfinite(bounds[:, at]).all():
            changed.append(figure)
            continue
        low, high = float(bounds[0, at]), float(bounds[1, at])
        if _collapsed(figure, high - low):
            changed.append(figure)
            continue
        changed.append(
            msgspec.structs.replace(
                figure, low=low, high=high, interval=f"multinomial-bootstrap-{replicates}"
            )
        )
    return changed


def _collapsed(figure: Figure, width: float) -> bool:
    """Tell whether drawing fails here: at 0 or 1 every drawn table repeats the empty cell."""
    if figure.low is None or figure.high is None:
        return False
    return width < (figure.high - figure.low) / 2


def draw(
    found: Sequence[Group],
    attribute: str,
    reference: str | None,
    seed: int,
    replicates: int = REPLICATES,
) -> Replicates:
    """Return every fairness figure of every replicate, by name and slice; absent ones are NaN."""
    if not found:
        return {}
    full = all(group.table for group in found)
    cells = np.array([_cells(group, full=full) for group in found], dtype=np.float64)
    total = int(cells.sum())
    if total == 0:
        return {}
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(total, cells.ravel() / total, size=replicates)
    tables = draws.reshape(replicates, *cells.shape).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = _rates(tables, full=full)
        return _figures(rates, found, attribute, reference)


def _cells(group: Group, *, full: bool) -> tuple[int, ...]:
    if full and group.table is not None:
        return tuple(group.table)
    selected, n = group.rates["selection_rate"]
    return selected, n - selected


def _rates(tables: NDArray[np.float64], *, full: bool) -> dict[str, NDArray[np.float64]]:
    """Return each rate as replicates × groups."""
    if not full:
        return {"selection_rate": tables[..., 0] / tables.sum(axis=2)}
    tp, fp, fn, tn = (tables[..., i] for i in range(4))
    n = tables.sum(axis=2)
    return {
        "selection_rate": (tp + fp) / n,
        "true_positive_rate": tp / (tp + fn),
        "false_positive_rate": fp / (fp + tn),
        "precision": tp / (tp + fp),
        "false_omission_rate": fn / (fn + tn),
        "accuracy": (tp + tn) / n,
        "base_rate": (tp + fn) / n,
    }


def _figures(
    rates: dict[str, NDArray[np.float64]],
    found: Sequence[Group],
    attribute: str,
    reference: str | None,
) -> Replicates:
    drawn: Replicates = {
        (rate, group.name): rates[rate][:, i]
        for rate in RATES
        if rate in rates
        for i, group in enumerate(found)
    }
    used = {gap: rate for gap, rate in GAPS.items() if rate in rates}
    spread = {gap: _highest(rates[rate]) - _lowest(rates[rate]) for gap, rate in used.items()}
    drawn |= {(gap, attribute): values for gap, values in spread.items()}
    selection = rates["selection_rate"]
    drawn["disparate_impact_ratio", attribute] = _lowest(selection) / _highest(selection)
    if "true_positive_rate" in rates:
        drawn["equalized_odds_difference", attribute] = np.fmax(
            spread["equal_opportunity_difference"], spread["false_positive_difference"]
        )
    base = next((i for i, group in enumerate(found) if group.name == reference), None)
    if base is None:
        return drawn
    for i, group in enumerate(found):
        if i == base:
            continue
        place = f"{group.name} vs {found[base].name}"
        for gap, rate in used.items():
            drawn[gap, place] = rates[rate][:, i] - rates[rate][:, base]
        drawn["disparate_impact_ratio", place] = selection[:, i] / selection[:, base]
        if "true_positive_rate" in rates:
            drawn["equalized_odds_difference", place] = np.fmax(
                np.abs(drawn["equal_opportunity_difference", place]),
                np.abs(drawn["false_positive_difference", place]),
            )
    return drawn


def _highest(values: NDArray[np.float64]) -> NDArray[np.float64]:
    highest: NDArray[np.float64] = np.fmax.reduce(values, axis=1)
    return highest


def _lowest(values: NDArray[np.float64]) -> NDArray[np.float64]:
    lowest: NDArray[np.float64] = np.fmin.reduce(values, axis=1)
    return lowest
