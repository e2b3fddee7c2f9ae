"""How groups fare: rates of each group, gaps and ratios between them.

Every rate is divided by its own group. Gaps of an attribute are largest minus smallest group, the
ratio is smallest by largest; `A vs B` slices are signed, A minus (or by) the reference group B.
Groups under `minimum_group` are told, and left out of the gaps of the attribute when the caller
(a policy pack) asks for that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from faifo.ai.evidence import Figure
from faifo.ai.metrics.confusion import RATES, SELECTION_RATES, share
from faifo.ai.metrics.groups import Group, place_of, read_entries, read_groups
from faifo.ai.metrics.intervals import (
    Interval,
    Z,
    absolute,
    chi_square_tail,
    difference,
    mean,
    ratio,
)
from faifo.ai.metrics.regression import possible
from faifo.phrases import Phrase

GROUPS: Final = (
    "per group g: selection_rate = (tp+fp)/n_g; true_positive_rate = tp/(tp+fn); "
    "false_positive_rate = fp/(fp+tn); precision = tp/(tp+fp); false_omission_rate = fn/(fn+tn); "
    "demographic_parity_difference = max-min selection_rate; disparate_impact_ratio = min/max "
    "selection_rate; equal_opportunity_difference = max-min true_positive_rate; "
    "equalized_odds_difference = max of the gaps of true_positive_rate and false_positive_rate; "
    "predictive_parity_difference = max-min precision; false_omission_difference = max-min "
    "false_omission_rate; for 'a vs b' the same with a-b and a/b"
)
ACCURACY: Final = (
    "per group g: accuracy = correct/(correct+wrong); accuracy_difference = max-min accuracy"
)
RESIDUALS: Final = (
    "per group g: mae = abs_sum/n; rmse = sqrt(square_sum/n); mean_residual = error_sum/n "
    "(prediction minus truth); mae_difference = max-min mae; mae_ratio = max/min mae; "
    "mean_residual_difference = max-min mean_residual"
)
ODDS: Final = ("true_positive_rate", "false_positive_rate")
BEYOND_CHANCE: Final = 0.05
NAMED: Final = 5
# The name of a gap and the rate that it compares.
GAPS: Final = {
    "demographic_parity_difference": "selection_rate",
    "equal_opportunity_difference": "true_positive_rate",
    "false_positive_difference": "false_positive_rate",
    "predictive_parity_difference": "precision",
    "false_omission_difference": "false_omission_rate",
    "accuracy_difference": "accuracy",
}


class Mean(NamedTuple):
    """A mean of a group, with its interval."""

    name: str
    value: float
    bounds: Interval

    @property
    def half(self) -> float:
        return (self.bounds[1] - self.bounds[0]) / 2


def groups(counts: Mapping[str, Any], parameters: Mapping[str, Any]) -> list[Figure]:
    found = read_groups(counts, parameters)
    names = RATES if all(group.table for group in found) else SELECTION_RATES
    return figures_of(found, names, place_of(parameters), parameters.get("reference"))


def accuracy(counts: Mapping[str, Any], parameters: Mapping[str, Any]) -> list[Figure]:
    found = []
    for entry in read_entries(counts, parameters):
        correct, wrong = entry.counts.whole("correct"), entry.counts.whole("wrong")
        n = correct + wrong
        found.append(Group(entry.name, n, {"accuracy": (correct, n)}))
    return figures_of(found, ("accuracy",), place_of(parameters), parameters.get("reference"))


def figures_of(
    found: Sequence[Group], names: Sequence[str], attribute: str, reference: Any
) -> list[Figure]:
    figures = [
        share(name, *group.rates[name], slice=group.name) for group in found for name in names
    ]
    figures += gaps(found, names, attribute)
    base = next((group for group in found if group.name == reference), None)
    if base is not None:
        for group in found:
            if group is not base:
                figures += _against(group, base, names)
    return figures


def gaps(found: Sequence[Group], names: Sequence[str], attribute: str) -> list[Figure]:
    """Return the figures of the attribute as a whole; none for fewer than two groups.

    Each says in its note which groups it compares, who is out of it, and what chance alone does.
    """
    figures = [_gap(gap, found, rate, attribute) for gap, rate in GAPS.items() if rate in names]
    if "selection_rate" in names:
        figures.append(_ratio(found, attribute))
    if "true_positive_rate" in names:
        both = [_gap("", found, rate, "") for rate in ODDS]
        odds = _larger("equalized_odds_difference", attribute, *both)
        figures.append(msgspec.structs.replace(odds, note=_note(found, *ODDS)))
    return [figure for figure in figures if figure.value is not None]


def rates_of(figure: str) -> Sequence[str]:
    """Return the rates that a gap compares."""
    return ODDS if figure == "equalized_odds_difference" else (GAPS.get(figure, "selection_rate"),)


def out_of(found: Sequence[Group], rates: Sequence[str]) -> list[Group]:
    """Return the groups that one of the rates would divide by nothing; no gap is about them."""
    return [group for group in found if any(group.rates[rate][1] == 0 for rate in rates)]


def chance(found: Sequence[Group], rates: Sequence[str]) -> float:
    """Return how often chance alone makes groups differ as much: Pearson's test of homogeneity.

    A largest-minus-smallest gap is over 0 by construction, and its interval too; this is what says
    whether there is one. Of several rates: Bonferroni's bound.
    """
    tails = []
    for rate in rates:
        parts = [group.rates[rate] for group in found if group.rates[rate][1] > 0]
        n = sum(of for _, of in parts)
        share_of_all = sum(k for k, _ in parts) / n if n else 0.0
        if len(parts) < 2 or not 0 < share_of_all < 1:
            continue
        spread = share_of_all * (1 - share_of_all)
        square = math.fsum((k - of * share_of_all) ** 2 / (of * spread) for k, of in parts)
        tails.append(chi_square_tail(square, len(parts) - 1))
    return min(1.0, len(rates) * min(tails, default=1.0))


def _note(found: Sequence[Group], *rates: str) -> str:
    def gap(rate: str) -> float:
        pair = _extremes(found, rate)
        return -1.0 if pair is None else _value(pair[1], rate) - _value(pair[0], rate)

    rate = max(rates, key=gap)
    pair = _extremes(found, rate)
    if pair is None:
        return ""
    return note_of(pair[0].name, pair[1].name, out_of(found, rates), chance(found, rates))


def note_of(smallest: str, largest: str, out: Sequence[Group], p: float) -> str:
    """Return what a gap says of itself; the phrases `ai.said` translate it."""
    names = ", ".join(group.name for group in out[:NAMED]) + (", …" if len(out) > NAMED else "")
    without = f", without {names}" if out else ""
    word = "more than chance" if p < BEYOND_CHANCE else "chance alone may explain it"
    return f"smallest {smallest}, largest {largest}{without}; {word} (p = {p:.2g})"


def _value(group: Group, rate: str) -> float:
    k, n = group.rates[rate]
    return k / n


def _extremes(found: Sequence[Group], rate: str) -> tuple[Group, Group] | None:
    """Return the groups with the smallest and the largest rate, of equal ones by their names."""
    usable = sorted(
        (g for g in found if g.rates[rate][1] > 0), key=lambda g: (_value(g, rate), g.name)
    )
    return (usable[0], usable[-1]) if len(usable) > 1 else None


def _gap(name: str, found: Sequence[Group], rate: str, attribute: str) -> Figure:
    pair = _extremes(found, rate)
    if pair is None:
        return Figure(name=name, slice=attribute, note="fewer than two groups")
    low, high = pair
    figure = _difference(name, attribute, high, low, rate)
    bounds = absolute((figure.low or 0.0, figure.high or 0.0))
    return msgspec.structs.replace(
        figure, low=bounds[0], high=min(1.0, bounds[1]), note=_note(found, rate)
    )


def _ratio(found: Sequence[Group], attribute: str) -> Figure:
    pair = _extremes(found, "selection_rate")
    if pair is None or pair[1].rates["selection_rate"][0] == 0:
        return Figure(name="disparate_impact_ratio", slice=attribute, note="nobody was selected")
    figure = _quotient("disparate_impact_ratio", attribute, *pair)
    high = figure.high if figure.high is not None else 1.0
    # Which of two groups is ahead is itself uncertain: a ratio over 1 is one under 1 turned round.
    return msgspec.structs.replace(figure, high=min(1.0, high), note=_note(found, "selection_rate"))


def _against(group: Group, base: Group, names: Sequence[str]) -> list[Figure]:
    place = f"{group.name} vs {base.name}"
    figures = [
        _difference(gap, place, group, base, rate) for gap, rate in GAPS.items() if rate in names
    ]
    if "selection_rate" in names and base.rates["selection_rate"][0] > 0:
        figures.append(_quotient("disparate_impact_ratio", place, group, base))
    if "true_positive_rate" in names:
        figures.append(
            _larger(
                "equalized_odds_difference",
                place,
                _difference("", "", group, base, "true_positive_rate"),
                _difference("", "", group, base, "false_positive_rate"),
            )
        )
    return [figure for figure in figures if figure.value is not None]


def _difference(name: str, place: str, a: Group, b: Group, rate: str) -> Figure:
    (k1, n1), (k2, n2) = a.rates[rate], b.rates[rate]
    if not n1 or not n2:
        return Figure(name=name, slice=place, note="divided by nothing")
    low, high = difference(k1, n1, k2, n2)
    value = k1 / n1 - k2 / n2
    return Figure(name=name, slice=place, value=value, low=low, high=high, interval="newcombe")


def _quotient(name: str, place: str, a: Group, b: Group) -> Figure:
    (k1, n1), (k2, n2) = a.rates["selection_rate"], b.rates["selection_rate"]
    if not n1 or not n2 or not k2:
        return Figure(name=name, slice=place, note="divided by nothing")
    low, high = ratio(k1, n1, k2, n2)
    value = (k1 / n1) / (k2 / n2)
    return Figure(name=name, slice=place, value=value, low=low, high=high, interval="katz")


def _larger(name: str, place: str, first: Figure, second: Figure) -> Figure:
    """Return the larger of two gaps without sign; its interval covers both."""
    gap = [abs(f.value) for f in (first, second) if f.value is not None]
    if len(gap) < 2:
        return Figure(name=name, slice=place, note="divided by nothing")
    bounds = [absolute((f.low or 0.0, f.high or 0.0)) for f in (first, second)]
    return Figure(
        name=name,
        slice=place,
        value=max(gap),
        low=max(low for low, _ in bounds),
        high=min(1.0, max(high for _, high in bounds)),
        interval="newcombe",
    )


def residuals(counts: Mapping[str, Any], parameters: Mapping[str, Any]) -> list[Figure]:
    figures: list[Figure] = []
    maes: list[Mean] = []
    means: list[Mean] = []
    for _, name, entry in read_entries(counts, parameters):
        n = entry.whole("n")
        entry.check(n > 0, Phrase("errors.told.ai.counts.one-row"))
        total, squares = entry.real("abs_sum"), entry.real("square_sum")
        errors = entry.real("error_sum")
        entry.check(possible(n, total, squares, errors), Phrase("errors.told.ai.counts.residuals"))
        mae, bias = mean(total, squares, n), mean(errors, squares, n)
        maes.append(Mean(name, total / n, mae))
        means.append(Mean(name, errors / n, bias))
        figures += [
            _normal("mae", name, total / n, mae),
            Figure(name="rmse", slice=name, value=(squares / n) ** 0.5),
            _normal("mean_residual", name, means[-1].value, bias),
        ]
    attribute = place_of(parameters)
    if len(maes) > 1:
        figures.append(_spread("mae_difference", attribute, maes))
        figures.append(_spread("mean_residual_difference", attribute, means))
        smallest, largest = (pick(one.value for one in maes) for pick in (min, max))
        if smallest > 0:
            figures.append(Figure(name="mae_ratio", slice=attribute, value=largest / smallest))
    return figures


def _normal(name: str, place: str, value: float, bounds: Interval) -> Figure:
    low, high = bounds
    return Figure(name=name, slice=place, value=value, low=low, high=high, interval="normal")


def _spread(name: str, place: str, found: list[Mean]) -> Figure:
    ordered = sorted(found, key=lambda one: (one.value, one.name))
    low, high = ordered[0], ordered[-1]
    value, half = high.value - low.value, math.hypot(low.half, high.half)
    figure = _normal(name, place, value, (max(0.0, value - half), value + half))
    known = [one for one in found if one.half > 0]
    weights = [1 / one.half**2 for one in known]
    middle = math.fsum(w * one.value for w, one in zip(weights, known, strict=True))
    middle /= math.fsum(weights) or 1.0
    square = math.fsum(
        ((one.value - middle) * Z) ** 2 * w for w, one in zip(weights, known, strict=True)
    )
    p = chi_square_tail(square, len(known) - 1)
    return msgspec.structs.replace(figure, note=note_of(low.name, high.name, (), p))
