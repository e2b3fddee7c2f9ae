"""A table of some thousand rows and two classes, counted in plain Python: no package is needed.

What it makes are the tallies and counts that numpy and Polars make of the same rows; evidence is
made of both by the same code. Only what is drawn (noise, gaps) comes from another stream, and
intervals are those of the formulas.
"""

from __future__ import annotations

import math
import random
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from faifo.ai.assess.counted import evidence_of
from faifo.ai.assess.described import (
    MANY,
    SEVERITIES,
    attack_told,
    columns_told,
    crowds_told,
    repetitions_told,
    run_told,
)
from faifo.ai.assess.exact import units_of
from faifo.ai.assess.tally import BINS, EPS, BinaryCell, BinaryTally, ranks_of
from faifo.ai.assess.writing import Writer
from faifo.ai.evidence import Evidence, canonical, digest

Row = Mapping[str, float]
Model = Callable[[Row], float]


class Judged(NamedTuple):
    """A row whose outcome is known: 1 or 0, the model's score for 1, the group of people."""

    truth: int
    score: float
    group: str


def of_answers(
    rows: Sequence[Judged], attribute: str, threshold: float, writer: Writer
) -> list[Evidence]:
    """Return performance, ranking, fairness between the groups of `attribute`, and calibration."""
    tally, of_score = tallied(rows, attribute, threshold)
    return evidence_of(tally, writer, {}, ranks_of(of_score))


def tallied(
    rows: Sequence[Judged], attribute: str, threshold: float
) -> tuple[BinaryTally, list[list[int]]]:
    """Return the tally of the rows, and the positive and negative ones per score, ascending."""
    tally = BinaryTally((attribute,), scored=True)
    of_score: dict[float, list[int]] = {}
    for row in sorted(rows, key=lambda row: (row.score, row.group)):
        cell, wrong = tally.cells.setdefault((row.group,), BinaryCell()), not row.truth
        cell.table[2 * (row.score < threshold) + wrong] += 1  # tp fp fn tn
        at = min(int(row.score * BINS), BINS - 1)
        cell.bins[at][wrong] += 1
        square = (row.score - row.truth) * (row.score - row.truth)
        sure = min(max(row.score, EPS), 1 - EPS)
        loss = -math.log(sure if row.truth else 1 - sure)
        cell.sums[at] += units_of(row.score)
        for place, value in enumerate((square, square * square, loss, loss * loss), BINS):
            cell.sums[place] += units_of(value)
        of_score.setdefault(row.score, [0, 0])[wrong] += 1
    return tally, list(of_score.values())


def of_table(
    rows: Sequence[Mapping[str, str]], label: str, quasi: Sequence[str], writer: Writer
) -> list[Evidence]:
    """Return gaps, repetitions and contradictions of a table, and its smallest crowd."""
    n, minimum, names = len(rows), writer.minimum, list(rows[0])
    whole = Counter(tuple(row[name] for name in names) for row in rows)
    inputs = [name for name in names if name != label]
    labels: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        labels.setdefault(tuple(row[name] for name in inputs), []).append(row[label])
    conflicts = sum(len(said) for said in labels.values() if len(set(said)) > 1)
    constant = sum(len({row[name] for row in rows}) == 1 for name in names)
    missing = {name: sum(not row[name] for row in rows) for name in names}
    classes = Counter(row[label] for row in rows)
    counts, hidden = columns_told(n, missing, classes, minimum)
    counts |= repetitions_told(n, n - len(whole), constant, conflicts, minimum)
    sizes = list(Counter(tuple(row[name] for name in quasi) for row in rows).values())
    crowd = crowds_told(n, min(sizes), sizes.count(1), minimum)
    parameters = {"quasi_identifiers": list(quasi)}
    return [
        writer.write("data-quality", counts, n=n, suppressed=hidden),
        writer.write("k-anonymity", crowd, n=n, parameters=parameters),
    ]


def of_model(
    ask: Model,
    learned: Sequence[tuple[Row, int]],
    others: Sequence[tuple[Row, int]],
    threshold: float,
    writer: Writer,
) -> list[Evidence]:
    """Return what asking the model tells: disturbed rows, an attack on who was learned from.

    `learned` and `others` are rows with their outcome; the model was fitted on the first.
    """
    inputs, truths = [row for row, _ in others], [truth for _, truth in others]
    clean = [ask(row) for row in inputs]
    decided = [score >= threshold for score in clean]
    runs = []
    for name, disturbed in _disturbed(inputs, writer.seed):
        new = [ask(row) >= threshold for row in disturbed]
        flipped = sum(a != b for a, b in zip(decided, new, strict=True))
        correct = sum(said == bool(truth) for said, truth in zip(new, truths, strict=True))
        runs.append(run_told(name, len(new), flipped, writer.minimum, correct))
    first, second = (digest(canonical(scores)) for scores in (clean, [ask(row) for row in inputs]))
    return [
        writer.write(
            "robustness",
            {"runs": runs},
            n=len(inputs),
            parameters={"severities": list(SEVERITIES), "rows": len(inputs)},
            seeded=True,
        ),
        writer.write(
            "membership-loss",
            attack_told(_of_sureness(ask, learned, others), writer.minimum),
            n=len(learned) + len(others),
        ),
        writer.write(
            "reproducibility",
            {"runs": 2, "equal": 1 + (first == second)},
            n=len(inputs),
            parameters={"predictions_sha256": first, "retrained": False},
        ),
    ]


def _disturbed(rows: Sequence[Row], seed: int) -> Iterator[tuple[str, list[dict[str, float]]]]:
    """Yield tables with noise, gaps and flips, each drawn from its own seeded stream."""
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    two = [name for name, values in columns.items() if len(set(values)) == 2]
    kinds: tuple[tuple[str, list[str], Callable[..., list[float]]], ...] = (
        ("noise", [name for name in columns if name not in two], _noise),
        ("missing", list(columns), _missing),
        ("flip", two, _flip),
    )
    for kind, names, change in kinds:
        for severity in SEVERITIES if names else ():
            changed = dict(columns)
            for name in names:
                rng = random.Random(f"{seed} {kind} {severity:g} {name}")  # noqa: S311 - no secret
                changed[name] = change(columns[name], severity, rng)
            lines = zip(*changed.values(), strict=True)
            yield f"{kind} {severity:g}", [dict(zip(changed, line, strict=True)) for line in lines]


def _noise(values: list[float], severity: float, rng: random.Random) -> list[float]:
    spread = statistics.pstdev(values)
    return [value + severity * spread * rng.gauss(0, 1) for value in values]


def _missing(values: list[float], severity: float, rng: random.Random) -> list[float]:
    many = len(set(values)) > MANY
    filler = statistics.fmean(values) if many else min(statistics.multimode(values))
    return [filler if rng.random() < severity else value for value in values]


def _flip(values: list[float], severity: float, rng: random.Random) -> list[float]:
    total = sum(set(values))
    return [total - value if rng.random() < severity else value for value in values]


def _of_sureness(
    ask: Model, learned: Sequence[tuple[Row, int]], others: Sequence[tuple[Row, int]]
) -> list[list[int]]:
    """Return the rows of both per logarithm of the probability that is given to what is true."""
    found: dict[float, list[int]] = {}
    for side, rows in enumerate((learned, others)):
        for row, truth in rows:
            p = ask(row)
            sure = math.log(max(p if truth else 1 - p, 1e-12))
            found.setdefault(sure, [0, 0])[side] += 1
    return [found[sure] for sure in sorted(found)]
