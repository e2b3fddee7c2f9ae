"""Drawn intervals are seeded, near those of formulas, and never refuse honest evidence."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

np = pytest.importorskip("numpy", reason="needs faifo[ai]")
pytest.importorskip("polars", reason="needs faifo[ai]")

from faifo.ai.assess.counted import evidence_of  # noqa: E402
from faifo.ai.assess.tallying import tally_binary  # noqa: E402
from faifo.ai.assess.writing import Writer  # noqa: E402
from faifo.ai.decision.recompute import recompute  # noqa: E402
from faifo.ai.evidence import Artefact  # noqa: E402

SUBJECT = (Artefact(name="a", role="predictions", sha256="0" * 64),)


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(20, 400), st.floats(0, 1), st.sampled_from([1, 10]))
def test_honest_evidence_is_never_a_mismatch(seed, n, share, minimum):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, n)
    truth[:2] = 0, 1
    score = np.clip(rng.random(n) * share + truth * (1 - share) * rng.random(n), 0, 1)
    sex = rng.choice(["f", "m", "x"], n, p=[0.48, 0.48, 0.04])
    town = rng.choice(["a", "b"], n)
    tally = tally_binary(truth, (score >= 0.5).astype(int), score, {"sex": sex, "town": town})
    found = evidence_of(tally, Writer(SUBJECT, minimum, 0), {})
    assert recompute(found)[1] == []


def test_drawn_intervals_are_near_those_of_formulas():
    rng = np.random.default_rng(1)
    truth, sex = rng.integers(0, 2, 5000), rng.choice(["f", "m"], 5000)
    decided = np.where(rng.random(5000) < 0.8, truth, 1 - truth)
    tally = tally_binary(truth, decided, None, {"sex": sex})
    (fair,) = (e for e in evidence_of(tally, Writer(SUBJECT, 10, 0), {}) if e.family == "fairness")
    ours = {(f.name, f.slice): f for f in recompute([fair])[0][0].figures}
    drawn = [f for f in fair.figures if f.interval.startswith("multinomial") and " vs " in f.slice]
    assert len(drawn) > 4
    for figure in drawn:
        if figure.name == "equalized_odds_difference":
            continue  # of a maximum, the formula's interval covers both parts and is wider
        own = ours[figure.name, figure.slice]
        assert figure.low == pytest.approx(own.low, abs=0.01), figure.name
        assert figure.high == pytest.approx(own.high, abs=0.01), figure.name
