"""No small count leaves, neither directly nor by subtracting what else is published."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

np = pytest.importorskip("numpy", reason="needs faifo[ai]")

from faifo.ai.metrics import cells  # noqa: E402

TABLE = st.tuples(st.integers(0, 60), st.integers(0, 60))


@given(st.dictionaries(st.sampled_from("abcdef"), TABLE, min_size=1), st.integers(1, 20))
def test_merged_groups_hold_all_rows_and_nothing_small(tables, minimum):
    shown, hidden = cells.merged(tables, minimum)
    if not shown:
        return
    assert len(shown) > 1
    assert not any(cells.has_small(table, minimum) for table in shown.values())
    # Nothing is lost, so nothing follows from what is missing.
    assert cells.added(shown.values()) == cells.added(tables.values())
    assert set(hidden) == set(tables) - set(shown)


@given(
    st.dictionaries(st.tuples(st.sampled_from("fmx"), st.sampled_from("abcd")), TABLE, min_size=2),
    st.integers(2, 20),
)
def test_no_hidden_small_group_follows_from_the_margins(tables, minimum):
    shown, hidden = cells.crossed(tables, minimum)
    assert not any(cells.has_small(table, minimum) for table in shown.values())
    if not shown:
        return
    margins = [
        [name[place] == value for name in hidden]
        for place in (0, 1)
        for value in sorted({name[place] for name in tables})
    ]
    matrix = np.array(margins, dtype=float)
    for index, name in enumerate(hidden):
        if not cells.has_small(tables[name], minimum):
            continue
        unit = np.zeros(len(hidden))
        unit[index] = 1
        rank = np.linalg.matrix_rank(matrix)
        assert np.linalg.matrix_rank(np.vstack([matrix, unit])) > rank, name


@pytest.mark.parametrize(
    ("count", "n", "expected"),
    [
        (50, 100, {"flipped": 50}),
        (10, 100, {"flipped": 10}),
        (9, 100, {"flipped_below": 10}),
        (0, 100, {"flipped_below": 10}),
        (91, 100, {"flipped_above": 90}),
        (100, 100, {"flipped": 100}),
    ],
)
def test_a_small_count_leaves_as_a_bound(count, n, expected):
    assert cells.bounded("flipped", count, n, 10) == expected


def test_with_a_minimum_of_one_nothing_is_hidden():
    tables = {("f", "a"): (0, 1), ("m", "a"): (5, 0)}
    assert cells.crossed(tables, 1) == (tables, [])


@given(
    st.lists(st.lists(TABLE, min_size=6, max_size=6), min_size=1, max_size=3),
    st.integers(2, 20),
)
def test_bins_that_are_pooled_are_not_small_together(slices, minimum):
    visible = cells.common_bins(slices, minimum)
    for bins in slices:
        pooled = [table for b, table in enumerate(bins) if b not in visible]
        assert not any(cells.has_small(bins[b], minimum) for b in visible)
        if visible and any(any(table) for table in pooled):
            assert not cells.has_small(cells.added(pooled), minimum)


@given(
    st.lists(st.tuples(*[st.integers(0, 60)] * 3), min_size=2, max_size=7),
    st.integers(2, 15),
)
def test_no_small_class_follows_from_what_is_told_of_the_others(found, minimum):
    tables = {f"c{i}": table for i, table in enumerate(found)}
    rows = {name: table[0] + table[2] for name, table in tables.items()}
    hidden = cells.hidden_classes(tables, minimum)
    shown, _ = cells.without_small(sorted(rows.items()), minimum)
    told = {name for name, _ in shown} | (tables.keys() - hidden)
    left = sum(rows.values()) - sum(rows[name] for name in told)
    assert told == tables.keys() or left >= minimum or len(told) == 0
    if hidden and hidden != tables.keys():
        sums = [sum(tables[name][at] for name in hidden) for at in range(3)]
        assert min(sums) >= minimum
        assert len(hidden) > 1
