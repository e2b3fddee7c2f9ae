"""Rates of groups from counts: as they are defined, and which formula gives what was reported.

Pure: counts and reported numbers in, comparisons out. A rate of a group is defined within that
group; where the group's own divisor is empty there is none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from itertools import combinations
from typing import Final, NamedTuple

import msgspec


class Table(NamedTuple):
    """Counts of one group, or of everybody."""

    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def n(self) -> int:
        return sum(self)

    @property
    def selected(self) -> int:
        return self.tp + self.fp

    def of(self, *cells: str) -> int:
        return sum(getattr(self, cell) for cell in cells)


class Rate(msgspec.Struct, frozen=True):
    """A rate by AI Verify's name: `top` / `bottom`, each a sum of cells.

    `ours` is Faifo's name of it, or with `complement` of one minus it.
    """

    name: str
    top: str
    bottom: tuple[str, str]
    ours: str
    complement: bool = False

    @property
    def formula(self) -> str:
        return f"{self.top}/({'+'.join(self.bottom)})"


RATES: Final = (
    Rate("True Positive Rate", "tp", ("tp", "fn"), "true_positive_rate"),
    Rate("False Negative Rate", "fn", ("tp", "fn"), "true_positive_rate", complement=True),
    Rate("False Positive Rate", "fp", ("fp", "tn"), "false_positive_rate"),
    Rate("True Negative Rate", "tn", ("fp", "tn"), "false_positive_rate", complement=True),
    Rate("Positive Predictive Value Parity", "tp", ("tp", "fp"), "precision"),
    Rate("False Discovery Rate", "fp", ("tp", "fp"), "precision", complement=True),
    Rate("False Omission Rate", "fn", ("fn", "tn"), "false_omission_rate"),
    Rate(
        "Negative Predictive Value Parity", "tn", ("fn", "tn"), "false_omission_rate",
        complement=True,
    ),
)  # fmt: skip
IMPACT: Final = "Disparate Impact"
PARITY: Final = "Equal Selection Parity"


class Reading(StrEnum):
    """Which formula gives the reported number."""

    DEFINED = "as defined"
    EVERYBODY = "divided by the count of everybody"
    HEADS = "difference of head counts"
    NEITHER = "by no formula known here"


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One number side by side; `group` is a group's name, or two for a comparison of both."""

    name: str
    group: tuple[str, ...]
    formula: str
    counts: str
    defined: float | None
    reported: float
    ours: float | None
    referee: float | None
    reading: Reading


Values = Mapping[tuple[str, tuple[str, ...]], float]


def compare(
    tables: Mapping[str, Table], *, reported: Values, ours: Values, referee: Values
) -> list[Compared]:
    """Compare every rate of every group, and the two comparisons of each pair of groups.

    Args:
        tables: the counts of each group; everybody is their sum.
        reported: by AI Verify's name and the group (or pair, in the order of `tables`).
        ours: Faifo's, by Faifo's names; what is not there was withheld.
        referee: by AI Verify's name.
    """
    whole = Table(*(sum(cells) for cells in zip(*tables.values(), strict=True)))
    rows = [
        _rate(rate, group, table, whole, reported=reported, ours=ours, referee=referee)
        for rate in RATES
        for group, table in tables.items()
    ]
    for pair in combinations(tables, 2):
        rows += _pair(pair, tables, reported=reported, ours=ours, referee=referee)
    return rows


def _rate(
    rate: Rate,
    group: str,
    table: Table,
    whole: Table,
    *,
    reported: Values,
    ours: Values,
    referee: Values,
) -> Compared:
    top, bottom = table.of(rate.top), table.of(*rate.bottom)
    everybody = whole.of(*rate.bottom)
    defined, number = _quotient(top, bottom), reported[rate.name, (group,)]
    mine = ours.get((rate.ours, (group,)))
    if mine is not None and rate.complement:
        mine = 1 - mine
    reading = Reading.NEITHER
    if same(number, defined):
        reading = Reading.DEFINED
    elif same(number, _quotient(top, everybody)):
        reading = Reading.EVERYBODY
    return Compared(
        name=rate.name,
        group=(group,),
        formula=rate.formula,
        counts=f"{top}/{bottom}; everybody: {top}/{everybody}",
        defined=defined,
        reported=number,
        ours=mine,
        referee=referee.get((rate.name, (group,))),
        reading=reading,
    )


def _pair(
    pair: tuple[str, str],
    tables: Mapping[str, Table],
    *,
    reported: Values,
    ours: Values,
    referee: Values,
) -> list[Compared]:
    one, other = (tables[name] for name in pair)
    rates = [_quotient(table.selected, table.n) for table in (one, other)]
    ratio = difference = None
    if rates[0] is not None and rates[1] is not None:
        ratio = rates[0] / rates[1] if rates[1] else None
        difference = abs(rates[0] - rates[1])
    counts = f"{one.selected}/{one.n} and {other.selected}/{other.n}"
    impact, parity = reported[IMPACT, pair], reported[PARITY, pair]
    heads = abs(one.selected - other.selected)
    return [
        Compared(
            name=IMPACT,
            group=pair,
            formula="ratio of selection rates",
            counts=counts,
            defined=ratio,
            reported=impact,
            ours=ours.get((IMPACT, pair)),
            referee=referee.get((IMPACT, pair)),
            reading=Reading.DEFINED if same(impact, ratio) else Reading.NEITHER,
        ),
        Compared(
            name=PARITY,
            group=pair,
            formula="difference of selection rates",
            counts=counts,
            defined=difference,
            reported=parity,
            ours=ours.get((PARITY, pair)),
            referee=referee.get((PARITY, pair)),
            reading=_reading_of_difference(parity, difference, heads),
        ),
    ]


def _reading_of_difference(number: float, defined: float | None, heads: int) -> Reading:
    if same(number, defined):
        return Reading.DEFINED
    return Reading.HEADS if same(number, float(heads)) else Reading.NEITHER


def same(number: float, formula: float | None) -> bool:
    """Tell whether two numbers differ by no more than the rounding of floats."""
    return formula is not None and math.isclose(number, formula, rel_tol=1e-9, abs_tol=1e-12)


def _quotient(top: int, bottom: int) -> float | None:
    return top / bottom if bottom else None
