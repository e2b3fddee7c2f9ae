"""Rates by definition, by everybody's count and by heads: told apart from the counts alone."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from bench.aiverify.rates import IMPACT, PARITY, RATES, Reading, Table, compare, same
from hypothesis import given
from hypothesis import strategies as st

# Two groups of 20 and 80 rows; a positive label is found in 4 of 8, and in 24 of 40.
SMALL, LARGE = Table(tp=4, fp=2, fn=4, tn=10), Table(tp=24, fp=8, fn=16, tn=32)
GROUPS = {"small": SMALL, "large": LARGE}
PAIR = ("small", "large")

# What each formula gives: (within the group, by everybody's count).
EXPECTED = {
    ("True Positive Rate", "small"): (4 / 8, 4 / 48),
    ("True Positive Rate", "large"): (24 / 40, 24 / 48),
    ("False Negative Rate", "small"): (4 / 8, 4 / 48),
    ("False Negative Rate", "large"): (16 / 40, 16 / 48),
    ("False Positive Rate", "small"): (2 / 12, 2 / 52),
    ("False Positive Rate", "large"): (8 / 40, 8 / 52),
    ("True Negative Rate", "small"): (10 / 12, 10 / 52),
    ("True Negative Rate", "large"): (32 / 40, 32 / 52),
    ("Positive Predictive Value Parity", "small"): (4 / 6, 4 / 38),
    ("Positive Predictive Value Parity", "large"): (24 / 32, 24 / 38),
    ("False Discovery Rate", "small"): (2 / 6, 2 / 38),
    ("False Discovery Rate", "large"): (8 / 32, 8 / 38),
    ("False Omission Rate", "small"): (4 / 14, 4 / 62),
    ("False Omission Rate", "large"): (16 / 48, 16 / 62),
    ("Negative Predictive Value Parity", "small"): (10 / 14, 10 / 62),
    ("Negative Predictive Value Parity", "large"): (32 / 48, 32 / 62),
}


def told(place: int, *, impact: float = 0.75, parity: float = 26.0) -> dict[Any, float]:
    rates = {(name, (group,)): both[place] for (name, group), both in EXPECTED.items()}
    return rates | {(IMPACT, PAIR): impact, (PARITY, PAIR): parity}


def rows(reported: Any, groups: Any = GROUPS, ours: Any = None) -> dict[Any, Any]:
    found = compare(groups, reported=reported, ours=ours or {}, referee={})
    return {(one.name, one.group): one for one in found}


def test_every_number_of_every_group_and_pair_is_compared() -> None:
    assert rows(told(1)).keys() == told(1).keys()


@pytest.mark.parametrize(
    ("place", "reading"),
    [
        pytest.param(0, Reading.DEFINED, id="divided within the group"),
        pytest.param(1, Reading.EVERYBODY, id="divided by everybody's count"),
    ],
)
def test_the_formula_behind_each_rate_is_found(place: int, reading: Reading) -> None:
    found = rows(told(place))
    for (name, group), (defined, _) in EXPECTED.items():
        one = found[name, (group,)]
        assert (one.defined, one.reading) == (pytest.approx(defined, abs=1e-15), reading), one


def test_a_number_of_no_formula_is_said_to_be_of_none() -> None:
    reported = told(1) | {("True Positive Rate", ("small",)): 0.123}
    assert rows(reported)["True Positive Rate", ("small",)].reading == Reading.NEITHER


def test_a_difference_of_heads_is_no_difference_of_rates() -> None:
    # 6 of 20 and 32 of 80 are selected: rates of 0.3 and 0.4, and 26 heads.
    heads, rate = rows(told(0))[PARITY, PAIR], rows(told(0, parity=0.1))[PARITY, PAIR]
    assert (heads.defined, heads.reading) == (pytest.approx(0.1), Reading.HEADS)
    assert rate.reading == Reading.DEFINED


def test_the_ratio_of_selection_rates_is_the_definition() -> None:
    found, other = rows(told(0))[IMPACT, PAIR], rows(told(0, impact=0.19))[IMPACT, PAIR]
    assert (found.defined, found.reading) == (pytest.approx(0.75), Reading.DEFINED)
    assert other.reading == Reading.NEITHER


def test_ours_is_taken_by_our_name_or_as_one_minus_it() -> None:
    found = rows(told(0), ours={("true_positive_rate", ("small",)): 0.5})
    assert found["True Positive Rate", ("small",)].ours == 0.5
    assert found["False Negative Rate", ("small",)].ours == 0.5
    assert found["True Positive Rate", ("large",)].ours is None


def test_a_rate_divided_by_nothing_has_no_definition() -> None:
    groups = {"small": Table(tp=0, fp=1, fn=0, tn=1), "large": LARGE}
    reported = told(0) | {("True Positive Rate", ("small",)): 0.0}
    assert rows(reported, groups)["True Positive Rate", ("small",)].defined is None


COUNTS = st.integers(min_value=1, max_value=10_000)
TABLES = st.builds(Table, tp=COUNTS, fp=COUNTS, fn=COUNTS, tn=COUNTS)


@given(st.lists(TABLES, min_size=2, max_size=5))
def test_divided_by_everybody_the_rates_of_a_divisor_still_give_the_rate_of_the_group(
    tables: list[Table],
) -> None:
    groups = {str(number): table for number, table in enumerate(tables)}
    whole = Table(*(sum(cells) for cells in zip(*tables, strict=True)))
    reported = {
        (rate.name, (name,)): table.of(rate.top) / whole.of(*rate.bottom)
        for rate in RATES
        for name, table in groups.items()
    }
    pairs = dict.fromkeys(combinations(groups, 2), 0.0)
    reported |= {
        (name, pair): number for name in (IMPACT, PARITY) for pair, number in pairs.items()
    }
    found = rows(reported, groups)
    for name in groups:
        hit, miss = (
            reported[rate, (name,)] for rate in ("True Positive Rate", "False Negative Rate")
        )
        assert same(hit / (hit + miss), found["True Positive Rate", (name,)].defined)
