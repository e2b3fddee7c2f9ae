"""How many samples of a benchmark a model answers rightly; errors and gaps are in the divisor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from faifo.ai.evidence import Figure
from faifo.ai.metrics.confusion import share
from faifo.ai.metrics.counts import Counts
from faifo.phrases import Phrase

FORMULA: Final = (
    "samples = right + wrong + errors + missing (selected, and without a score); accuracy = "
    "right/samples; accuracy_of_scored = right/(right+wrong); a sample is right if its score "
    "reaches the threshold of the parameters"
)


def benchmark(counts: Mapping[str, Any], _: Mapping[str, Any]) -> list[Figure]:
    read = Counts(counts)
    right, wrong, errors, missing = (
        read.whole(name) for name in ("right", "wrong", "errors", "missing")
    )
    samples = right + wrong + errors + missing
    read.check(samples == read.whole("samples") > 0, Phrase("errors.told.ai.counts.samples"))
    return [
        share("accuracy", right, samples),
        share("accuracy_of_scored", right, right + wrong),
        share("without_score", errors + missing, samples),
    ]
