"""Make every stated figure again from its counts; whatever differs is a mismatch.

Also: the formula must be ours, the seal must hold, an interval must not be much narrower than the
counts allow, and counts of the same rows in different evidence must add up to the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from faifo.ai.evidence import Evidence, Figure, check_seal
from faifo.ai.metrics.counts import Counts
from faifo.ai.metrics.methods import METHODS, figures_from
from faifo.errors import MalformedMessageError, NotProvenError

NEAR: Final = 1e-9
# A stated interval may be narrower than ours, which comes from another formula, but not by half.
NARROW: Final = 0.5
SMALL: Final = 0.005


class Mismatch(NamedTuple):
    """Something in an evidence that does not follow from its counts."""

    evidence: str
    method: str
    what: str
    stated: str = ""
    ours: str = ""


class Recomputed(NamedTuple):
    evidence: Evidence
    figures: tuple[Figure, ...]


def recompute(found: Sequence[Evidence]) -> tuple[list[Recomputed], list[Mismatch]]:
    """Return each evidence with our own figures, and all mismatches."""
    made: list[Recomputed] = []
    mismatches: list[Mismatch] = []
    for evidence in found:
        if evidence.kind != "metric":
            continue
        try:
            check_seal(evidence)
            ours = figures_from(evidence.method, evidence.counts, evidence.parameters)
        except (MalformedMessageError, NotProvenError) as error:
            mismatches.append(Mismatch(evidence.id, evidence.method.id, str(error)))
            continue
        if evidence.method.formula != METHODS[evidence.method.id].formula:
            mismatches.append(Mismatch(evidence.id, evidence.method.id, "formula"))
        mismatches += _compare(evidence, ours)
        made.append(Recomputed(evidence, tuple(ours)))
    return made, mismatches + _totals([entry.evidence for entry in made])


def _compare(evidence: Evidence, ours: list[Figure]) -> list[Mismatch]:
    stated = {(figure.name, figure.slice): figure for figure in evidence.figures}
    own = {(figure.name, figure.slice): figure for figure in ours}
    found = []
    for key in sorted(stated.keys() | own.keys()):
        theirs, mine = stated.get(key), own.get(key)
        problem = _difference(theirs, mine)
        if problem:
            name = f"{key[0]} {key[1]}".strip() + (f" ({problem})" if problem != "value" else "")
            found.append(
                Mismatch(evidence.id, evidence.method.id, name, _shown(theirs), _shown(mine))
            )
    if len(stated) != len(evidence.figures):
        found.append(Mismatch(evidence.id, evidence.method.id, "a figure stands twice"))
    return found


def _difference(stated: Figure | None, own: Figure | None) -> str:
    if stated is None or own is None:
        return "value"
    if (stated.value is None) != (own.value is None):
        return "value"
    if stated.value is not None and own.value is not None:
        scale = max(1.0, abs(own.value))
        if abs(stated.value - own.value) > NEAR * scale:
            return "value"
    return "" if _plausible(stated, own) else "interval"


def _plausible(stated: Figure, own: Figure) -> bool:
    if stated.low is None or stated.high is None or own.low is None or own.high is None:
        return True
    value = own.value
    if stated.low > stated.high:
        return False
    inside = value is None or stated.low - SMALL <= value <= stated.high + SMALL
    wide = (stated.high - stated.low) >= NARROW * (own.high - own.low) - SMALL
    # A bootstrap of a largest gap need not cover the gap that it started from.
    return wide and (inside or stated.interval.startswith("multinomial"))


def _totals(found: Sequence[Evidence]) -> list[Mismatch]:
    """Return contradictions between tables of the same rows."""
    whole = next((_cells(e.counts) for e in found if e.method.id == "performance"), None)
    if whole is None:
        return []
    mismatches = []
    for evidence in found:
        if evidence.method.id != "group-fairness" or evidence.suppressed:
            continue
        groups = [entry.members for entry in Counts(evidence.counts).parts("groups")]
        if not groups or any("tp" not in group for group in groups):
            continue
        added = tuple(sum(int(g[name]) for g in groups) for name in ("tp", "fp", "fn", "tn"))
        if added != whole:
            mismatches.append(
                Mismatch(
                    evidence.id,
                    evidence.method.id,
                    "groups and all rows have other counts",
                    str(added),
                    str(whole),
                )
            )
    return mismatches


def _cells(counts: dict[str, Any]) -> tuple[int, ...] | None:
    read = Counts(counts)
    if "tp" not in read:
        return None
    return tuple(read.whole(name) for name in ("tp", "fp", "fn", "tn"))


def _shown(figure: Figure | None) -> str:
    if figure is None:
        return "-"
    if figure.value is None:
        return f"{figure.low} to {figure.high}"
    return f"{figure.value:.6g}"
