"""How groups fare: rates of each group, gaps and ratios between them.

Every rate is divided by its own group. Gaps of an attribute are largest minus smallest group, the
ratio is smallest by largest; `A vs B` slices are signed, A minus (or by) the reference group B.
Groups under `minimum_group` are told, and left out of the gaps of the attribute when the caller
(a policy pack) asks for that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from faifo.ai.evidence import Figure
from faifo.ai.metrics.confusion import (
    RATES,
    SELECTION_RATES,
    Confusion,
    read_confusion,
    share,
)
from faifo.ai.metrics.counts import Counts
from faifo.ai.metrics.intervals import Interval, absolute, difference, mean, ratio

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
# The name of a gap and the rate that it compares.
GAPS: Final = {
    "demographic_parity_difference": "selection_rate",
    "equal_opportunity_difference": "true_positive_rate",
    "false_positive_difference": "false_positive_rate",
    "predictive_parity_difference": "precision",
    "false_omission_difference": "false_omission_rate",
    "accuracy_difference": "accuracy",
}


class Group(NamedTuple):
    """A group's name and, per rate, the two counts whose quotient the rate is."""

    name: str
    n: int
    rates: Mapping[str, tuple[int, int]]
    table: Confusion | None = None


def groups(counts: Mapping[str, Any], parameters: Mapping[str, Any]) -> list[Figure]:
    found = read_groups(counts)
    names = RATES if all(group.table for group in found) else SELECTION_RATES
    attribute = str(parameters.get("attribute", ""))
    return figures_of(found, names, attribute, parameters.get("reference"))


def accuracy(counts: Mapping[str, Any], parameters: Mapping[str, Any]) -> list[Figure]:
    found = []
    for entry in Counts(counts).parts("groups"):
        correct, wrong = entry.whole("correct"), entry.whole("wrong")
        n = correct + wrong
        found.append(Group(entry.text("group"), n, {"accuracy": (correct, n)}))
    attribute = str(parameters.get("attribute", ""))
    return figures_of(found, ("accuracy",), attribute, parameters.get("reference"))


def read_groups(counts: Mapping[str, Any]) -> list[Group]:
    """Return the groups that counts hold: four cells each, or only selected and rejected."""
    found = []
    for entry in Counts(counts).parts("groups"):
        name = entry.text("group")
        if "tp" in entry:
            table = read_confusion(entry)
            rates = {rate: table.parts(rate) for rate in RATES}
            found.append(Group(name, table.n, rates, table))
        else:
            selected, rejected = entry.whole("selected"), entry.whole("rejected")
            n = selected + rejected
            found.append(Group(name, n, {"selection_rate": (selected, n)}))
    return found


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
    """Return the figures of the attribute as a whole; none for fewer than two groups."""
    figures = [_gap(gap, found, rate, attribute) for gap, rate in GAPS.items() if rate in names]
    if "selection_rate" in names:
        figures.append(_ratio(found, attribute))
    if "true_positive_rate" in names:
        figures.append(
            _larger(
                "equalized_odds_difference",
                attribute,
                _gap("", found, "true_positive_rate", ""),
                _gap("", found, "false_positive_rate", ""),
            )
        )
    return [figure for figure in figures if figure.value is not None]


def _extremes(found: Sequence[Group], rate: str) -> tuple[Group, Group] | None:
    """Return the groups with the smallest and the largest rate."""
    usable = [group for group in found if group.rates[rate][1] > 0]
    if len(usable) < 2:
        return None

    def value(group: Group) -> float:
        return group.rates[rate][0] / group.rates[rate][1]

    return min(usable, key=value), max(usable, key=value)


def _gap(name: str, found: Sequence[Group], rate: str, attribute: str) -> Figure:
    pair = _extremes(found, rate)
    if pair is None:
        return Figure(name=name, slice=attribute, note="fewer than two groups")
    low, high = pair
    figure = _difference(name, attribute, high, low, rate)
    bounds = absolute((figure.low or 0.0, figure.high or 0.0))
    return Figure(
        name=name,
        slice=attribute,
        value=figure.value,
        low=bounds[0],
        high=min(1.0, bounds[1]),
        interval="newcombe",
    )


def _ratio(found: Sequence[Group], attribute: str) -> Figure:
    pair = _extremes(found, "selection_rate")
    if pair is None or pair[1].rates["selection_rate"][0] == 0:
        return Figure(name="disparate_impact_ratio", slice=attribute, note="nobody was selected")
    smallest, largest = pair
    figure = _quotient("disparate_impact_ratio", attribute, smallest, largest)
    high = figure.high if figure.high is not None else 1.0
    # Which of two groups is ahead is itself uncertain: a ratio over 1 is one under 1 turned round.
    return Figure(
        name=figure.name,
        slice=attribute,
        value=figure.value,
        low=figure.low,
        high=min(1.0, high),
        interval="katz",
    )


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
    maes: list[tuple[float, Interval]] = []
    means: list[tuple[float, Interval]] = []
    for entry in Counts(counts).parts("groups"):
        name, n = entry.text("group"), entry.whole("n")
        entry.check(n > 0, "at least one row")
        total, squares = entry.real("abs_sum"), entry.real("square_sum")
        entry.check(
            total >= 0 and squares >= 0 and total * total <= squares * n * (1 + 1e-9),
            "sums of the same residuals",
        )
        mae, bias = mean(total, squares, n), mean(entry.real("error_sum"), squares, n)
        maes.append((total / n, mae))
        means.append((entry.real("error_sum") / n, bias))
        figures += [
            _normal("mae", name, total / n, mae),
            Figure(name="rmse", slice=name, value=(squares / n) ** 0.5),
            _normal("mean_residual", name, means[-1][0], bias),
        ]
    attribute = str(parameters.get("attribute", ""))
    if len(maes) > 1:
        figures.append(_spread("mae_difference", attribute, maes))
        figures.append(_spread("mean_residual_difference", attribute, means))
        smallest = min(value for value, _ in maes)
        if smallest > 0:
            largest = max(value for value, _ in maes)
            figures.append(Figure(name="mae_ratio", slice=attribute, value=largest / smallest))
    return figures


def _normal(name: str, place: str, value: float, bounds: Interval) -> Figure:
    low, high = bounds
    return Figure(name=name, slice=place, value=value, low=low, high=high, interval="normal")


def _spread(name: str, place: str, found: list[tuple[float, Interval]]) -> Figure:
    key: Callable[[tuple[float, Interval]], float] = lambda entry: entry[0]  # noqa: E731
    (low, low_bounds), (high, high_bounds) = min(found, key=key), max(found, key=key)
    half = (
        ((low_bounds[1] - low_bounds[0]) / 2) ** 2 + ((high_bounds[1] - high_bounds[0]) / 2) ** 2
    ) ** 0.5
    value = high - low
    return _normal(name, place, value, (max(0.0, value - half), value + half))
