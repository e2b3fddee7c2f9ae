"""A table of some thousand rows and two classes, counted in plain Python: no package is needed.

The counts are those that `faifo.ai.assess.run` makes of the same rows with numpy and Polars; only
what is drawn (noise, gaps) comes from another stream. Intervals are those of the formulas.
"""

from __future__ import annotations

import math
import random
import statistics
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, NamedTuple

from faifo.ai.assess.writing import Writer
from faifo.ai.evidence import Evidence, canonical, digest
from faifo.ai.metrics import cells
from faifo.ai.metrics.groups import name_of, written
from faifo.ai.metrics.membership_inference import FALSE_ALARMS

BINS: Final = 15
SEVERITIES: Final = (0.01, 0.05, 0.1, 0.2)
# A numeric column with more values than this is filled with its mean, others with the commonest.
MANY: Final = 20
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
    """Return performance, fairness between the groups of `attribute`, and calibration."""
    tables: dict[cells.Key, list[int]] = {}
    for row in rows:
        table = tables.setdefault((row.group,), [0, 0, 0, 0])
        table[2 * (row.score < threshold) + (not row.truth)] += 1  # tp fp fn tn
    full = {name: tuple(table) for name, table in sorted(tables.items())}
    counts = cells.performance(cells.added(full.values()), writer.minimum)
    hidden = () if "tp" in counts else ("the four cells: one is under the minimum",)
    performance = writer.write("performance", dict(counts), n=len(rows), suppressed=hidden)
    return [performance, *_fairness(full, attribute, writer), _calibration(rows, writer)]


def _fairness(
    full: Mapping[cells.Key, cells.Table], attribute: str, writer: Writer
) -> Iterator[Evidence]:
    """Yield the four cells per group, and the selections where they can tell more groups."""
    selected = {name: (tp + fp, fn + tn) for name, (tp, fp, fn, tn) in full.items()}
    told = 0
    for kind, tables in ((("tp", "fp", "fn", "tn"), full), (("selected", "rejected"), selected)):
        best, hidden = cells.merged(tables, writer.minimum)
        if len(best) <= told:
            continue
        told = len(best)
        sizes = {key: sum(table) for key, table in best.items() if key != cells.MERGED}
        largest = max(sizes, key=lambda key: (sizes[key], key)) if len(sizes) > 1 else None
        left_out = [name_of([attribute], key) for key in hidden]
        yield writer.write(
            "group-fairness",
            written(kind, best, 1),
            n=sum(map(sum, best.values())),
            parameters={
                "attributes": [attribute],
                "reference": name_of([attribute], largest) if largest else None,
                "table": "/".join(kind),
                "merged": left_out,
            },
            suppressed=[f"merged, a cell being under the minimum: {', '.join(left_out)}"]
            if hidden
            else [],
        )


def _calibration(rows: Sequence[Judged], writer: Writer) -> Evidence:
    """Return the bins of all rows; bins that must not stand alone are told together."""
    bins: list[list[Judged]] = [[] for _ in range(BINS)]
    for row in rows:
        bins[min(int(row.score * BINS), BINS - 1)].append(row)
    positives = [sum(row.truth for row in found) for found in bins]
    sums = [math.fsum(row.score for row in found) for found in bins]
    table = [(yes, len(found) - yes) for yes, found in zip(positives, bins, strict=True)]
    shown = cells.common_bins([table], writer.minimum)
    pooled = [b for b in range(BINS) if bins[b] and b not in shown]
    gaps = [row.score - row.truth for row in rows]
    squares = [gap * gap for gap in gaps]
    told: dict[str, Any] = {
        "slice": "",
        "n": len(rows),
        "bins": [
            {"bin": b, "n": len(bins[b]), "positives": positives[b], "score_sum": sums[b]}
            for b in sorted(shown)
        ],
        "brier_sum": math.fsum(squares),
        "brier_square_sum": math.fsum(square * square for square in squares),
    }
    if pooled:
        zero = Fraction(0)
        gaps_of = (sum((Fraction(r.score) - r.truth for r in bins[b]), zero) for b in pooled)
        gap = sum(map(abs, gaps_of), zero)
        rest = sum(len(bins[b]) for b in pooled)
        told["pooled"] = {"n": rest, "bins": len(pooled), "gap_sum": float(gap)}
    return writer.write("calibration", {"slices": [told]}, n=len(rows), parameters={"bins": BINS})


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
    classes, small = cells.without_small(sorted(Counter(r[label] for r in rows).items()), minimum)
    counts: dict[str, Any] = {
        "rows": n,
        **cells.bounded("duplicates", n - len(whole), n, minimum),
        "constant_columns": sum(len({row[name] for row in rows}) == 1 for name in names),
        "columns": [
            {"column": a, **cells.bounded("missing", sum(not row[a] for row in rows), n, minimum)}
            for a in names
        ],
        **cells.bounded("conflicts", conflicts, n, minimum),
        "classes": [{"class": name, "rows": count} for name, count in classes],
    }
    hidden = [f"classes under the minimum: {', '.join(small)}"] if small else []
    crowds = Counter(tuple(row[name] for name in quasi) for row in rows)
    alone = sum(count == 1 for count in crowds.values())
    crowd = {"rows": n, "smallest": min(crowds.values())}
    crowd |= cells.bounded("unique", alone, n, minimum)
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
        entry = {"slice": name, "n": len(new)}
        entry |= cells.bounded("flipped", flipped, len(new), writer.minimum)
        correct = sum(said == bool(truth) for said, truth in zip(new, truths, strict=True))
        if not cells.has_small((correct, len(new) - correct), writer.minimum):
            entry["correct"] = correct
        runs.append(entry)
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
            _attack(_sure(ask, learned), _sure(ask, others), writer.minimum),
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


def _sure(ask: Model, rows: Sequence[tuple[Row, int]]) -> list[float]:
    """Return per row the logarithm of the probability that the model gives to what is true."""
    chances = [(ask(row), truth) for row, truth in rows]
    return [math.log(max(p if truth else 1 - p, 1e-12)) for p, truth in chances]


def _attack(members: list[float], others: list[float], minimum: int) -> dict[str, Any]:
    """Return how well members are told from others by their scores, at every threshold."""
    members, others = sorted(members), sorted(others)
    pairs = sum(bisect_left(others, one) + bisect_right(others, one) for one in members)
    flagged = [
        (len(members) - bisect_left(members, bar), len(others) - bisect_left(others, bar))
        for bar in sorted({*members, *others}, reverse=True)
    ]
    caught = [yes for yes, no in flagged if no <= FALSE_ALARMS * len(others)]
    best = max(flagged, key=lambda both: both[0] / len(members) - both[1] / len(others))
    counts = {"members": len(members), "nonmembers": len(others), "twice_u": float(pairs)}
    counts |= cells.bounded("flagged_members", max(caught, default=0), len(members), minimum)
    if not cells.has_small((*best, len(members) - best[0], len(others) - best[1]), minimum):
        counts |= {"best_members": best[0], "best_nonmembers": best[1]}
    return counts
