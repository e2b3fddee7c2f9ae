"""Make every stated figure again from its counts; whatever differs is a mismatch.

Also: the formula must be ours, the seal must hold, an interval must not be much narrower than the
counts allow, and all evidence together must be able to be true of the same rows. What cannot be
made again here, a process, a method of somebody else, or counts that are not at hand, is only
claimed: it proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from faifo.ai.decision.booking import contradictions
from faifo.ai.decision.ledger import NEAR, Contradiction
from faifo.ai.evidence import ELSEWHERE, Evidence, Figure, check_seal
from faifo.ai.metrics.groups import untold
from faifo.ai.metrics.methods import figures_from, formula_of, known
from faifo.errors import MalformedMessageError, NotProvenError
from faifo.phrases import Phrase

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


class Examined(NamedTuple):
    """Evidence with our own figures, what contradicts itself, and what is only claimed."""

    made: list[Recomputed]
    mismatches: list[Mismatch]
    claimed: list[Evidence]


def recompute(found: Sequence[Evidence]) -> Examined:
    """Return what can be made again of the evidence of one passport, and what cannot."""
    made: list[Recomputed] = []
    mismatches: list[Mismatch] = []
    claimed: list[Evidence] = []
    for evidence in found:
        elsewhere = ELSEWHERE in evidence.counts
        if evidence.kind != "metric" or known(evidence.method) is None or elsewhere:
            claimed.append(evidence)
            continue
        try:
            check_seal(evidence)
            ours = figures_from(evidence.method, evidence.counts, evidence.parameters)
        except (MalformedMessageError, NotProvenError) as error:
            mismatches.append(Mismatch(evidence.id, evidence.method.id, str(error)))
            continue
        if evidence.method.formula != formula_of(evidence.method):
            mismatches.append(Mismatch(evidence.id, evidence.method.id, "formula"))
        mismatches += _compare(evidence, ours)
        made.append(Recomputed(evidence, tuple(ours)))
    if not mismatches:
        mismatches += map(_contradiction, contradictions([entry.evidence for entry in made]))
    return Examined(made, mismatches, claimed)


def prove_figures(found: Sequence[Evidence]) -> Examined:
    """Return what can be made again, if nothing contradicts itself.

    Raises:
        NotProvenError: with the first contradiction and how many there are.
    """
    examined = recompute(found)
    if examined.mismatches:
        first = examined.mismatches[0]
        numbers = {"stated": first.stated or "-", "ours": first.ours or "-"}
        told = Phrase("errors.told.ai.evidence.stated", **numbers)
        raise NotProvenError(
            step="recompute",
            reason=Phrase(
                "errors.told.ai.evidence.contradicts",
                times=len(examined.mismatches),
                method=first.method,
                what=first.what,
                told=told if first.stated or first.ours else "",
            ),
        )
    return examined


def _compare(evidence: Evidence, ours: list[Figure]) -> list[Mismatch]:
    stated = {(figure.name, figure.slice): figure for figure in evidence.figures}
    own = {(figure.name, figure.slice): figure for figure in ours}
    found = []
    for key in sorted(stated.keys() | (own.keys() - untold(ours))):
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
    if stated.note and own.note and _without_chance(stated.note) != _without_chance(own.note):
        return "note"
    return "" if _plausible(stated, own) else "interval"


def _without_chance(note: str) -> str:
    """Return a note without the probability, whose last digit may differ on another machine."""
    return note.partition(" (p = ")[0]


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


def _contradiction(found: Contradiction) -> Mismatch:
    evidence = found.evidence
    return Mismatch(evidence.id, evidence.method.id, found.what, found.stated, found.others)


def _shown(figure: Figure | None) -> str:
    if figure is None:
        return "-"
    if figure.value is None:
        return f"{figure.low} to {figure.high}"
    return f"{figure.value:.6g}"
