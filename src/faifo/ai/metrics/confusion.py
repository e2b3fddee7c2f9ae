"""One confusion table of one group, and the rates of it; every rate is divided by its own group.

Terms: a decision is positive when it is the favourable one; a label is positive when it is the
favourable outcome. A rate whose divisor is empty is absent, never 0.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from faifo.ai.evidence import Figure
from faifo.ai.metrics.counts import Counts
from faifo.ai.metrics.intervals import wilson

RATES: Final = (
    "selection_rate",
    "true_positive_rate",
    "false_positive_rate",
    "precision",
    "false_omission_rate",
    "accuracy",
    "base_rate",
)
# Of a table that tells only how many were selected.
SELECTION_RATES: Final = ("selection_rate",)


class Confusion(NamedTuple):
    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def n(self) -> int:
        return self.tp + self.fp + self.fn + self.tn

    def parts(self, rate: str) -> tuple[int, int]:
        """Return the two counts whose quotient the rate is."""
        tp, fp, fn, tn = self
        return {
            "selection_rate": (tp + fp, self.n),
            "true_positive_rate": (tp, tp + fn),
            "false_positive_rate": (fp, fp + tn),
            "precision": (tp, tp + fp),
            "false_omission_rate": (fn, fn + tn),
            "accuracy": (tp + tn, self.n),
            "base_rate": (tp + fn, self.n),
        }[rate]


def read_confusion(counts: Counts) -> Confusion:
    return Confusion(*(counts.whole(name) for name in Confusion._fields))


def share(name: str, k: int, n: int, *, slice: str = "") -> Figure:  # noqa: A002
    """Return the figure k/n with Wilson's interval, or one without a value where n is 0."""
    if n == 0:
        return Figure(name=name, slice=slice, note="divided by nothing")
    low, high = wilson(k, n)
    return Figure(name=name, slice=slice, value=k / n, low=low, high=high, interval="wilson")
