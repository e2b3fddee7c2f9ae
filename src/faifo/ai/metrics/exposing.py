"""Whether a class that is too small to be told follows from all tables of a passport together."""

from __future__ import annotations

from collections.abc import Sequence

from faifo.ai.evidence import Evidence
from faifo.ai.metrics.counts import Counts
from faifo.phrases import Phrase


def exposed(found: Sequence[Evidence]) -> Phrase | None:
    """Return what gives a small class away, or nothing.

    The rows of every class that any table tells are taken from all rows; what is left, of one class
    or of several, is small if it is under the minimum.

    Raises:
        MalformedMessageError: counts of another form.
    """
    told: dict[str, int] = {}
    rows = least = 0
    for evidence in found:
        if "trained" in evidence.parameters:
            return None  # the rows that were judged are a part of those that were described
        read = Counts(evidence.counts)
        if evidence.method.id == "multiclass-performance":
            told |= {e.text("class"): e.whole("tp") + e.whole("fn") for e in read.parts("classes")}
        elif evidence.method.id == "data-quality":
            told |= {e.text("class"): e.whole("rows") for e in read.parts("classes")}
            rows, least = read.whole("rows"), evidence.minimum
        elif evidence.method.id == "ranking" and "positives" in read:
            told[str(evidence.parameters.get("favourable", "1"))] = read.whole("positives")
    left = rows - sum(told.values())
    if not 0 < left < least:
        return None
    return Phrase("errors.told.ai.evidence.small-class", least=least)
