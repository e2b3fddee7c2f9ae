from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faifo.demo import logistic


def test_a_two_by_two_table_gives_the_log_odds():
    """With one yes-or-no column the answer is known in closed form."""
    rows = [(0.0,)] * 40 + [(1.0,)] * 50
    outcomes = [1] * 10 + [0] * 30 + [1] * 40 + [0] * 10
    constant, weight = logistic.fit(rows, outcomes)
    assert constant == pytest.approx(math.log(10 / 30), abs=1e-5)
    assert weight == pytest.approx(math.log(40 / 10) - math.log(10 / 30), abs=1e-5)


def test_the_fitted_probabilities_sum_to_the_outcomes():
    rows = [(x / 7.0, (x * x % 11) / 3.0) for x in range(60)]
    outcomes = [(x * 7 + x * x) % 3 == 0 for x in range(60)]
    weights = logistic.fit(rows, [int(outcome) for outcome in outcomes])
    expected = sum(logistic.probability(weights, row) for row in rows)
    assert expected == pytest.approx(sum(outcomes), abs=1e-4)


def test_a_separable_table_stays_finite():
    weights = logistic.fit([(-1.0,), (-0.5,), (0.5,), (1.0,)], [0, 0, 1, 1])
    assert all(map(math.isfinite, weights))
    assert logistic.probability(weights, (1.0,)) > 0.99


@given(st.floats(-1e6, 1e6), st.floats(-1e3, 1e3))
def test_a_probability_is_one_at_any_score(constant: float, weight: float):
    assert 0.0 <= logistic.probability([constant, weight], (1.0,)) <= 1.0


@given(st.lists(st.floats(-50, 50), min_size=3, max_size=3))
def test_solve_finds_the_solution(solution: list[float]):
    matrix = [[0.0, 2.0, 1.0], [4.0, -6.0, 0.0], [-2.0, 7.0, 3.0]]
    right = [sum(a * x for a, x in zip(line, solution, strict=True)) for line in matrix]
    assert logistic.solve(matrix, right) == pytest.approx(solution, abs=1e-8)


def test_a_singular_matrix_has_no_solution():
    with pytest.raises(ZeroDivisionError):
        logistic.solve([[1.0, 2.0], [2.0, 4.0]], [1.0, 2.0])
