"""Judge figures by the limit of a clause.

A limit is judged at the interval's edge: it holds only if the whole interval is on the right side,
fails only if the whole interval is on the wrong one, and else more data is asked for. A gap fails
only if it is more than chance, too: the largest of many gaps is over zero by construction. Groups
under the pack's minimum, or out of a gap because a rate of theirs would be divided by nothing,
neither hold nor fail: more is asked for. The intervals are our own, made from the counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, Protocol

from faifo.ai.decision.pack import Clause, Pack
from faifo.ai.decision.recompute import Recomputed
from faifo.ai.decision.records import ACCEPT, NEED_MORE, Finding
from faifo.ai.evidence import Figure
from faifo.ai.metrics.confusion import RATES, SELECTION_RATES
from faifo.ai.metrics.fairness import BEYOND_CHANCE, NAMED, chance, gaps, out_of, rates_of
from faifo.ai.metrics.groups import (
    Group,
    attributes_of,
    name_of,
    place_of,
    read_groups,
    singles,
)

_FAIRNESS: Final = "group-fairness"


class Make(Protocol):
    """Makes a finding of the clause from an outcome, a phrase and its facts."""

    def __call__(self, outcome: str, code: str, **facts: str) -> Finding: ...


class Compared(NamedTuple):
    """A figure of one evidence with what it compares; who is missing from it, and why."""

    figure: Figure | None
    where: str
    by_chance: bool = False
    small: Sequence[Group] = ()
    out: Sequence[Group] = ()


def judged_limits(
    pack: Pack, clause: Clause, made: Sequence[Recomputed], make: Make
) -> Iterator[Finding]:
    """Yield a finding for each figure of the clause and for each group that none is about."""
    slices = _wanted_slices(clause, made)
    if not slices and not clause.optional:
        yield make(NEED_MORE, "no-figure", figure=clause.figure or "", where="-")
    for name in slices:
        found = list(_compared(pack, clause, made, name))
        yield from _missing(pack, clause, found, make)
        judged = [one for one in found if one.figure is not None]
        if not judged and not any(one.small for one in found):
            yield make(NEED_MORE, "no-figure", figure=clause.figure or "", where=name or "-")
        for one in judged:
            yield _judge(clause, one, make)


def _wanted_slices(clause: Clause, made: Sequence[Recomputed]) -> list[str]:
    """Return the slices that are asked for; what stands in a crossing is asked for alone, too."""
    if clause.slices == "whole":
        return [""]
    told = [entry.evidence.parameters for entry in made]
    if clause.slices == "attributes":
        alone = {name_of([name]) for p in told if "attributes" in p for name in attributes_of(p)}
        return sorted(alone | {name for p in told if "attributes" not in p for name in singles(p)})
    if clause.slices == "crossings":
        return sorted({place_of(p) for p in told if len(attributes_of(p)) > 1})
    return [clause.slices]


def _compared(
    pack: Pack, clause: Clause, made: Sequence[Recomputed], name: str
) -> Iterator[Compared]:
    """Yield the figure of each evidence about a slice; of one attribute there may be two tables."""
    if clause.method != _FAIRNESS:
        for entry in made:
            for figure in entry.figures:
                if figure.name == clause.figure and figure.slice == name:
                    yield Compared(figure, name or "-")
        return
    for entry in made:
        evidence = entry.evidence
        if place_of(evidence.parameters) != name:
            continue
        groups = read_groups(evidence.counts, evidence.parameters)
        enough = [group for group in groups if group.n >= pack.minimum_group]
        told = RATES if all(group.table for group in groups) else SELECTION_RATES
        rates = rates_of(clause.figure or "")
        found = [f for f in gaps(enough, told, name) if f.name == clause.figure]
        yield Compared(
            figure=found[0] if found else None,
            where=_named(name, enough),
            by_chance=set(rates) <= set(told) and chance(enough, rates) >= BEYOND_CHANCE,
            small=[group for group in groups if group not in enough],
            out=out_of(enough, rates) if set(rates) <= set(told) else (),
        )


def _missing(
    pack: Pack, clause: Clause, found: Sequence[Compared], make: Make
) -> Iterator[Finding]:
    figure = clause.figure or ""
    for group in {g.name: g for one in found for g in one.small}.values():
        yield make(NEED_MORE, "insufficient", figure=figure, group=group.name, n=str(group.n),
                   limit=str(pack.minimum_group))  # fmt: skip
    for group in {g.name: g for one in found for g in one.out}.values():
        yield make(NEED_MORE, "out", figure=figure, group=group.name)


def _named(place: str, groups: Sequence[Group]) -> str:
    """Return the attribute with the groups that are compared."""
    names = [group.name.removeprefix(f"{place}=").strip("()") for group in groups]
    if len(names) > NAMED:
        names[NAMED:] = ["…"]
    return f"{place} ({', '.join(names)})"


def _judge(clause: Clause, compared: Compared, make: Make) -> Finding:
    figure, where = compared.figure, compared.where
    assert figure is not None  # noqa: S101 - the caller has looked
    low = figure.low if figure.low is not None else figure.value
    high = figure.high if figure.high is not None else figure.value
    floor = clause.at_least is not None
    limit = clause.at_least if clause.at_least is not None else clause.at_most
    if low is None or high is None or limit is None:
        return make(NEED_MORE, "no-figure", figure=figure.name, where=where)
    facts = {
        "figure": figure.name,
        "where": where,
        "value": "-" if figure.value is None else f"{figure.value:.4g}",
        "low": f"{low:.4g}",
        "high": f"{high:.4g}",
        "limit": f"{limit:g}",
    }
    side = "at-least" if floor else "at-most"
    if (low >= limit) if floor else (high <= limit):
        return make(ACCEPT, f"{side}-holds", **facts)
    if (high < limit) if floor else (low > limit):
        if compared.by_chance:
            return make(NEED_MORE, f"{side}-chance", **facts)
        return make(clause.on_fail, f"{side}-fails", **facts)
    return make(NEED_MORE, f"{side}-wide", **facts)
