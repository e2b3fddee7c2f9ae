"""Whether it can be told from the model's answers who was in the training data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from faifo.ai.evidence import Figure
from faifo.ai.metrics.changes import bounded
from faifo.ai.metrics.counts import Counts
from faifo.ai.metrics.intervals import area, difference
from faifo.phrases import Phrase

FORMULA: Final = (
    "auc = twice_u/(2·members·nonmembers) over the attack's scores (loss attack: minus the "
    "cross-entropy of the row; offline LiRA: how improbable the row's logit confidence is among "
    "shadow models that did not see it); tpr_at_1pct_fpr = flagged_members/members at the last "
    "threshold that flags at most 1 % of the others; advantage = true minus false positive rate "
    "at the threshold where it is largest"
)


def membership(counts: Mapping[str, Any], _: Mapping[str, Any]) -> list[Figure]:
    read = Counts(counts)
    if not counts:
        return []
    members, others = read.whole("members"), read.whole("nonmembers")
    twice_u, pairs = read.real("twice_u"), 2 * members * others
    read.check(pairs > 0 and 0 <= twice_u <= pairs, Phrase("errors.told.ai.counts.twice-members"))
    low, high = area(twice_u / pairs, members, others)
    figures = [
        Figure(name="auc", value=twice_u / pairs, low=low, high=high, interval="hanley-mcneil"),
        bounded(read, "tpr_at_1pct_fpr", "flagged_members", members, ""),
    ]
    if "best_members" in read:
        k1, k2 = read.whole("best_members"), read.whole("best_nonmembers")
        read.check(k1 <= members and k2 <= others, Phrase("errors.told.ai.counts.at-most-all"))
        hit, alarm, auc = k1 / members, k2 / others, twice_u / pairs
        near = 1e-9
        read.check(
            hit * (1 - alarm) - near <= auc <= 1 - alarm * (1 - hit) + near,
            Phrase("errors.told.ai.counts.threshold"),
        )
        low, high = difference(k1, members, k2, others)
        figures.append(
            Figure(name="advantage", value=hit - alarm, low=low, high=high, interval="newcombe")
        )
    return figures
