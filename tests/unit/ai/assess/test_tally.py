"""Parts that were counted apart give the same digits as the whole."""

from __future__ import annotations

import math
from functools import reduce
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("polars", reason="needs faifo[ai]")

from faifo.ai.assess.counted import evidence_of
from faifo.ai.assess.exact import as_float, exact_sums
from faifo.ai.assess.request import Request
from faifo.ai.assess.run import assess, assess_in_parts
from faifo.ai.assess.tables import Table
from faifo.ai.assess.tally import merged
from faifo.ai.assess.tallying import tally_binary, tally_regression
from faifo.ai.assess.writing import Writer
from faifo.ai.evidence import canonical

WRITER = Writer((), 10, 7)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=64), max_size=60))
def test_sums_are_exact(values):
    try:
        expected = math.fsum(values)
    except OverflowError:
        return
    array = np.array(values, dtype=np.float64)
    assert as_float(exact_sums(array, np.zeros(len(values), dtype=np.int64), 1)[0]) == expected


def rows(n: int):
    rng = np.random.default_rng(n)
    truth = rng.integers(0, 2, n)
    score = rng.random(n)
    sex = rng.choice(["f", "m"], n)
    return truth, (score >= 0.5).astype(np.int64), score, sex


@pytest.mark.parametrize("cuts", [[1], [500], [10, 20, 999], [333, 334, 335]])
def test_two_classes_counted_in_parts_give_the_same_bytes(cuts):
    truth, decided, score, sex = rows(1000)
    whole = tally_binary(truth, decided, score, {"sex": sex})
    parts = [
        tally_binary(truth[i], decided[i], score[i], {"sex": sex[i]})
        for i in np.split(np.arange(1000), cuts)
    ]
    for tally in (reduce(merged, parts), reduce(merged, parts[::-1])):
        assert canonical(evidence_of(tally, WRITER, {})) == canonical(
            evidence_of(whole, WRITER, {})
        )


def test_regression_counted_in_parts_gives_the_same_bytes():
    rng = np.random.default_rng(0)
    truth, guess = rng.normal(size=1000) * 1e9, rng.normal(size=1000) * 1e-9
    sex = rng.choice(["f", "m"], 1000)
    whole = tally_regression(truth, guess, {"sex": sex})
    parts = [
        tally_regression(truth[i], guess[i], {"sex": sex[i]})
        for i in np.split(np.arange(1000), [123, 777])
    ]
    assert canonical(evidence_of(reduce(merged, parts), WRITER, {})) == canonical(
        evidence_of(whole, WRITER, {})
    )


def test_a_parquet_file_counted_in_parts_gives_the_same_evidence(tmp_path: Path):
    import polars as pl

    truth, decided, score, sex = rows(5000)
    path = tmp_path / "answers.parquet"
    pl.DataFrame({"y": truth, "d": decided, "p": score, "sex": sex}).write_parquet(path)
    asked = Request(data=path, label="y", score="p", groups=("sex",))
    whole = assess(asked).found
    small = Table(path, asked.columns, rows=700)
    parts = assess_in_parts(asked, lambda *_: None, small).found
    assert len(parts.evidence) == len(whole.evidence) > 4
    assert canonical(parts.evidence) == canonical(whole.evidence)
