"""What may be told of a table and of a model that was tried; whoever counted, and by what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from faifo.ai.assess.tally import ranks_of
from faifo.ai.metrics import cells
from faifo.ai.metrics.membership_inference import FALSE_ALARMS

SEVERITIES: Final = (0.01, 0.05, 0.1, 0.2)
# A column of whole numbers with more values than this is filled with its mean.
MANY: Final = 20


def columns_told(
    rows: int, missing: Mapping[str, int], classes: Mapping[str, int], minimum: int
) -> tuple[dict[str, Any], list[str]]:
    """Return the gaps of columns and the rows of classes, and what was left out."""
    columns = [
        {"column": name, **cells.bounded("missing", count, rows, minimum)}
        for name, count in missing.items()
    ]
    counts: dict[str, Any] = {"rows": rows, "columns": columns}
    suppressed: list[str] = []
    if classes:
        shown, hidden = cells.without_small(sorted(classes.items()), minimum)
        counts["classes"] = [{"class": name, "rows": count} for name, count in shown]
        if hidden:
            suppressed.append(f"classes under the minimum: {', '.join(hidden)}")
    return counts, suppressed


def repetitions_told(
    rows: int, duplicates: int, constant: int, conflicts: int | None, minimum: int
) -> dict[str, Any]:
    """Return repeated rows, columns of one value, and rows whose inputs have several labels."""
    counts = cells.bounded("duplicates", duplicates, rows, minimum)
    counts["constant_columns"] = constant
    if conflicts is not None:
        counts |= cells.bounded("conflicts", conflicts, rows, minimum)
    return counts


def crowds_told(rows: int, smallest: int, alone: int, minimum: int) -> dict[str, Any]:
    """Return the size of the smallest crowd, and how many rows are alone in theirs."""
    unique = cells.bounded("unique", alone, rows, minimum)
    return {"rows": rows, "smallest": smallest, **unique}


def run_told(
    name: str, rows: int, flipped: int, minimum: int, correct: int | None = None
) -> dict[str, Any]:
    """Return how many decisions changed in one run, and how many were right."""
    entry = {"slice": name, "n": rows, **cells.bounded("flipped", flipped, rows, minimum)}
    if correct is not None and not cells.has_small((correct, rows - correct), minimum):
        entry["correct"] = correct
    return entry


def attack_told(of_score: Sequence[Sequence[int]], minimum: int) -> dict[str, Any]:
    """Return the counts of an attack, of the members and the others per score, ascending."""
    ranks, flagged, yes, no = ranks_of(of_score), [], 0, 0
    members, others = ranks.positives, ranks.negatives
    for more, wrong in reversed(of_score):
        yes, no = yes + more, no + wrong
        flagged.append((yes, no))
    caught = max((yes for yes, no in flagged if no <= FALSE_ALARMS * others), default=0)
    best = max(flagged, key=lambda both: both[0] / members - both[1] / others)
    counts: dict[str, Any] = {
        "members": members,
        "nonmembers": others,
        "twice_u": float(ranks.twice_u),
        **cells.bounded("flagged_members", caught, members, minimum),
    }
    if not cells.has_small((*best, members - best[0], others - best[1]), minimum):
        counts |= {"best_members": best[0], "best_nonmembers": best[1]}
    return counts
