"""Whether it can be told from the model's answers who was in the training data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from faifo.ai.evidence import Figure
from faifo.ai.metrics.changes import bounded
from faifo.ai.metrics.counts import Counts
from faifo.ai.metrics.intervals import area, difference
from faifo.phrases import Phrase

FALSE_ALARMS: Final = 0.01
NEAR: Final = 1e-9
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
    least, most = _caught(read, members)
    alarms = math.floor(FALSE_ALARMS * others)
    right = 2 * least * (others - alarms) <= twice_u
    if "best_members" in read:
        k1, k2 = read.whole("best_members"), read.whole("best_nonmembers")
        read.check(k1 <= members and k2 <= others, Phrase("errors.told.ai.counts.at-most-all"))
        hit, alarm, auc = k1 / members, k2 / others, twice_u / pairs
        right &= hit * (1 - alarm) - NEAR <= auc <= 1 - alarm * (1 - hit) + NEAR
        # Of two thresholds one flags at least as many of both; none has a larger advantage.
        right &= k1 <= most if k2 <= alarms else k1 >= least
        right &= hit - alarm >= least / members - alarms / others - NEAR
        right &= auc <= 1 - (1 - max(0.0, hit - alarm)) ** 2 / 2 + NEAR
        low, high = difference(k1, members, k2, others)
        figures.append(
            Figure(name="advantage", value=hit - alarm, low=low, high=high, interval="newcombe")
        )
    read.check(right, Phrase("errors.told.ai.counts.threshold"))
    return figures


def _caught(read: Counts, members: int) -> tuple[int, int]:
    """Return the least and the most members that few false alarms can have caught."""
    if "flagged_members" in read:
        return (read.whole("flagged_members"),) * 2
    if "flagged_members_above" in read:
        return min(members, read.whole("flagged_members_above")), members
    return 0, max(0, read.whole("flagged_members_below") - 1)
