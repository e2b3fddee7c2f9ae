"""Evidence that follows from a tally: performance, fairness, calibration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations as pairs
from typing import TYPE_CHECKING, Any

from faifo.ai.assess.exact import as_float, as_fraction
from faifo.ai.assess.tally import (
    BINS,
    BinaryCell,
    BinaryTally,
    ClassTally,
    Ranks,
    RegressionTally,
    Tally,
    ranks_of,
)
from faifo.ai.assess.writing import REPLICATES, Writer
from faifo.ai.metrics import cells, weighted
from faifo.ai.metrics.groups import name_of, read_groups, written

if TYPE_CHECKING:
    from faifo.ai.evidence import Evidence, Figure

CONFUSION = ("tp", "fp", "fn", "tn")
SELECTION = ("selected", "rejected")
ACCURACY = ("correct", "wrong")
RESIDUALS = ("n", "abs_sum", "square_sum", "error_sum")
Named = dict[cells.Key, cells.Table]
# To find what may leave of more groups than this takes minutes, and nobody reads them.
MAX_CROSSED = 1000


def evidence_of(
    tally: Tally, writer: Writer, references: Mapping[str, str], ranks: Ranks | None = None
) -> list[Evidence]:
    """Return everything that the tally tells.

    Args:
        tally: of all rows.
        writer: of the evidence.
        references: names an attribute's reference value.
        ranks: of the scores, where the tally does not hold their histogram.
    """
    if isinstance(tally, BinaryTally):
        found = [_performance(tally, writer)]
        if tally.scored:
            if ranks is None and tally.histogram is not None:
                ranks = ranks_of(tally.histogram[1].tolist())
            assert ranks is not None  # noqa: S101 - given, or the histogram was kept
            found.append(ranking(tally, writer, ranks))
        found += _fairness(tally, writer, references)
        if tally.scored:
            found.append(_calibration(tally, writer))
        return found
    if isinstance(tally, ClassTally):
        found = [_multiclass(tally, writer), *_group_accuracy(tally, writer, references)]
        if tally.top is not None:
            found.append(_class_calibration(tally, tally.top, writer))
        return found
    return [_regression(tally, writer), *_residuals(tally, writer, references)]


def selections(tally: BinaryTally, writer: Writer, references: Mapping[str, str]) -> list[Evidence]:
    """Return what decisions alone tell: who was selected, and not whether that was right."""
    found = []
    for places, attributes in _compared(tally.attributes):
        margin = tally.margin(places)
        if len(places) > 1 and len(margin) > MAX_CROSSED:
            found.append(_too_many(attributes, "group-fairness", len(margin), writer))
            continue
        tables: Named = {key: _selection(tuple(cell.table)) for key, cell in margin.items()}
        shown, hidden = _may_leave(tables, attributes, writer.minimum)
        wanted = references.get(attributes[0]) if len(places) == 1 else None
        found.append(_groups(attributes, shown, SELECTION, writer, hidden, wanted))
    return found


def weighted_rates(tally: BinaryTally, writer: Writer, column: str) -> Evidence:
    """Return sums of weights of all rows, and of the groups of attributes that hide none."""
    slices, suppressed = [], []
    every = range(len(tally.attributes))
    for places in [[], *([place] for place in every)]:
        attributes = [tally.attributes[place] for place in places]
        margin = tally.margin(places)
        if any(cells.has_small(tuple(cell.table), writer.minimum) for cell in margin.values()):
            suppressed.append(f"{attributes[0] if places else 'all rows'}: "
                              "a class of a group under the minimum")  # fmt: skip
            continue
        if not all(any(cell.weights) for cell in margin.values()):
            suppressed.append(f"{attributes[0] if places else 'all rows'}: "
                              "the weights of a group are all 0")  # fmt: skip
            continue
        for key, cell in margin.items():
            *sums, squares = map(as_float, cell.weights)
            name = name_of(attributes, key) if places else ""
            told = dict(zip(weighted.CELLS, sums, strict=True))
            slices.append(
                {"slice": name, "n": sum(cell.table), "weight_square_sum": squares, **told}
            )
    n = sum(tally.margin(())[()].table)
    parameters = {"weight": column}
    counts = {"slices": slices}
    return writer.write("weighted-rates", counts, n=n, parameters=parameters, suppressed=suppressed)


def _performance(tally: BinaryTally, writer: Writer) -> Evidence:
    table = tuple(tally.margin(())[()].table)
    counts = cells.performance(table, writer.minimum)
    return writer.write(
        "performance",
        dict(counts),
        n=sum(table),
        suppressed=() if "tp" in counts else ("the four cells: one is under the minimum",),
    )


def ranking(tally: BinaryTally, writer: Writer, ranks: Ranks) -> Evidence:
    positives, negatives = ranks.positives, ranks.negatives
    if cells.has_small((positives, negatives), writer.minimum):
        return writer.write(
            "ranking", {}, n=positives + negatives, suppressed=("a class under the minimum",)
        )
    cell = tally.margin(())[()]
    counts = {
        "positives": positives,
        "negatives": negatives,
        "twice_u": float(ranks.twice_u),
        "precision_sum": ranks.precision_sum,
        "log_loss_sum": as_float(cell.sums[BINS + 2]),
        "log_loss_square_sum": as_float(cell.sums[BINS + 3]),
    }
    return writer.write("ranking", counts, n=positives + negatives)


def _compared(attributes: Sequence[str]) -> Iterator[tuple[list[int], list[str]]]:
    """Yield each single column and each two of them, by their places and their names."""
    every = range(len(attributes))
    for places in [*([place] for place in every), *map(list, pairs(every, 2))]:
        yield places, [attributes[place] for place in places]


def _may_leave(tables: Named, attributes: Sequence[str], minimum: int) -> tuple[Named, list[str]]:
    """Return the groups that may leave, and the names of those that may not."""
    hide = cells.merged if len(attributes) == 1 else cells.crossed
    shown, hidden = hide(tables, minimum)
    return shown, [name_of(attributes, key) for key in hidden]


def _fairness(tally: BinaryTally, writer: Writer, references: Mapping[str, str]) -> list[Evidence]:
    found = []
    for places, attributes in _compared(tally.attributes):
        full: Named = {key: tuple(cell.table) for key, cell in tally.margin(places).items()}
        wanted = references.get(attributes[0]) if len(places) == 1 else None
        found += _of_attributes(attributes, full, writer, wanted)
    return found


def _of_attributes(
    attributes: list[str], full: Named, writer: Writer, wanted: str | None
) -> list[Evidence]:
    """Return the four cells per group, and the selections where they can tell more groups."""
    if len(attributes) > 1 and len(full) > MAX_CROSSED:
        return [_too_many(attributes, "group-fairness", len(full), writer)]
    selections: Named = {key: _selection(table) for key, table in full.items()}
    best, hidden = _may_leave(full, attributes, writer.minimum)
    second, second_hidden = _may_leave(selections, attributes, writer.minimum)
    found = []
    if best:
        found.append(_groups(attributes, best, CONFUSION, writer, hidden, wanted))
    if len(second) > len(best) or not best:
        found.append(_groups(attributes, second, SELECTION, writer, second_hidden, wanted))
    return found


def _too_many(attributes: list[str], method: str, groups: int, writer: Writer) -> Evidence:
    return writer.write(
        method,
        {"groups": []},
        n=0,
        parameters={"attributes": attributes, "reference": None},
        suppressed=(f"left out: {groups} crossed groups, and at most {MAX_CROSSED} are compared",),
    )


def _selection(table: cells.Table) -> cells.Table:
    tp, fp, fn, tn = table
    return tp + fp, fn + tn


def _groups(
    attributes: list[str],
    tables: Named,
    kind: tuple[str, ...],
    writer: Writer,
    hidden: list[str],
    wanted: str | None,
) -> Evidence:
    counts = written(kind, tables, len(attributes))
    base = reference_group(attributes, {key: sum(t) for key, t in tables.items()}, wanted)
    method = "group-accuracy" if kind == ACCURACY else "group-fairness"
    parameters: dict[str, Any] = {
        "attributes": attributes,
        "reference": base,
        "table": "/".join(kind),
        "merged": hidden if cells.MERGED in tables else [],
    }

    def improve(figures: list[Figure]) -> list[Figure]:
        from faifo.ai.assess.bootstrap import with_intervals

        found = read_groups(counts, parameters)
        return with_intervals(figures, found, name_of(attributes), base, writer.seed)

    drawn = writer.draws and method == "group-fairness"
    return writer.write(
        method,
        counts,
        n=sum(sum(table) for table in tables.values()),
        parameters=parameters | ({"replicates": REPLICATES} if drawn else {}),
        suppressed=_notes(hidden, merged=cells.MERGED in tables, left=bool(tables)),
        seeded=drawn,
        improve=improve if drawn else None,
    )


def reference_group(
    attributes: Sequence[str], sizes: Mapping[cells.Key, int], wanted: str | None
) -> str | None:
    """Return the group that others are compared with: the wanted one, else the largest."""
    if len(attributes) > 1:
        return None
    if wanted is not None:
        return name_of(attributes, (wanted,)) if (wanted,) in sizes else None
    known = {key: n for key, n in sizes.items() if key != cells.MERGED}
    if len(known) < 2:
        return None
    return name_of(attributes, max(known, key=lambda key: (known[key], key)))


def _notes(hidden: list[str], *, merged: bool, left: bool) -> tuple[str, ...]:
    if not hidden:
        return ()
    what = "merged" if merged else "left out"
    more = "" if left else "; nothing remains to compare"
    return (f"{what}, a cell being under the minimum: {', '.join(hidden)}{more}",)


def _calibration(tally: BinaryTally, writer: Writer) -> Evidence:
    slices, suppressed = _all_slices(tally, writer.minimum)
    return writer.write(
        "calibration",
        {"slices": slices},
        n=sum(tally.margin(())[()].table),
        parameters={"bins": BINS},
        suppressed=suppressed,
    )


def _class_calibration(tally: ClassTally, top: BinaryTally, writer: Writer) -> Evidence:
    """Return how sure the model was of what it decided, and each class against all others."""
    slices, suppressed = _all_slices(top, writer.minimum)
    counts: dict[str, Any] = {"slices": slices}
    n = sum(top.margin(())[()].table)
    if tally.each:
        told = [
            _slices({f"class={name}": one.margin(())[()]}, writer.minimum)
            for name, one in zip(tally.classes, tally.each, strict=True)
        ]
        hidden = _hidden(tally.classes, tally.margin(())[()], writer.minimum)
        hidden |= {name for name, found in zip(tally.classes, told, strict=True) if not found}
        counts["classes"] = [
            entry
            for name, found in zip(tally.classes, told, strict=True)
            for entry in found
            if name not in hidden
        ]
        counts["n"] = n
        counts["brier_sum"], counts["brier_square_sum"] = map(as_float, tally.brier)
        if hidden:
            suppressed.append(f"a class under the minimum: {', '.join(sorted(hidden))}")
    return writer.write(
        "multiclass-calibration",
        counts,
        n=n,
        parameters={"bins": BINS},
        suppressed=suppressed,
    )


def _all_slices(tally: BinaryTally, minimum: int) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the bins of all rows and of the groups of each attribute, and what is left out."""
    slices: list[dict[str, Any]] = []
    suppressed: list[str] = []
    whole = {"": tally.margin(())[()]}
    for place, attribute in [(None, ""), *enumerate(tally.attributes)]:
        of = whole
        if place is not None:
            of = {name_of([attribute], key): cell for key, cell in tally.margin([place]).items()}
        told = _slices(of, minimum)
        if told:
            slices += told
        else:
            suppressed.append(f"{attribute or 'all rows'}: a class of a group under the minimum")
    return slices, suppressed


def _slices(of: Mapping[str, BinaryCell], minimum: int) -> list[dict[str, Any]]:
    """Return the bins of slices that partition the rows, or nothing if a slice is too small."""
    labels = {name: (c.table[0] + c.table[2], c.table[1] + c.table[3]) for name, c in of.items()}
    if any(cells.has_small(table, minimum) for table in labels.values()):
        return []
    tables = [[(b[0], b[1]) for b in cell.bins] for cell in of.values()]
    visible = set(cells.common_bins(tables, minimum))
    if minimum <= 1:
        visible = {b for b in range(BINS) if any(any(table[b]) for table in tables)}
    return [_slice(name, cell, visible) for name, cell in of.items()]


def _slice(name: str, cell: BinaryCell, visible: set[int]) -> dict[str, Any]:
    bins, pooled_rows, pooled_gap, pooled = [], 0, as_fraction(0), 0
    for b, (positives, negatives) in enumerate(cell.bins):
        rows = positives + negatives
        if not rows:
            continue
        if b in visible:
            total = as_float(cell.sums[b])
            bins.append({"bin": b, "n": rows, "positives": positives, "score_sum": total})
        else:
            pooled_rows += rows
            pooled += 1
            pooled_gap += abs(as_fraction(cell.sums[b]) - positives)
    entry: dict[str, Any] = {
        "slice": name,
        "n": sum(cell.table),
        "bins": bins,
        "brier_sum": as_float(cell.sums[BINS]),
        "brier_square_sum": as_float(cell.sums[BINS + 1]),
    }
    if pooled_rows:
        entry["pooled"] = {"n": pooled_rows, "bins": pooled, "gap_sum": float(pooled_gap)}
    return entry


def _multiclass(tally: ClassTally, writer: Writer) -> Evidence:
    square = tally.margin(())[()]
    n, correct = int(square.sum()), int(square.trace())
    counts: dict[str, Any] = {}
    suppressed: list[str] = []
    if not cells.has_small((correct, n - correct), writer.minimum):
        counts = {"correct": correct, "wrong": n - correct}
        shown, hidden = _classes(tally.classes, square, writer.minimum)
        counts["classes"] = shown
        if hidden:
            suppressed.append(f"a cell under the minimum in the classes: {', '.join(hidden)}")
        else:
            counts["complete"] = 1
    else:
        suppressed.append("right and wrong: one is under the minimum")
    return writer.write("multiclass-performance", counts, n=n, suppressed=suppressed)


def _classes(
    classes: tuple[str, ...], square: Any, minimum: int
) -> tuple[list[dict[str, Any]], list[str]]:
    found: list[dict[str, Any]] = []
    for i, name in enumerate(classes):
        tp = int(square[i, i])
        fp, fn = int(square[:, i].sum()) - tp, int(square[i].sum()) - tp
        found.append({"class": name, "tp": tp, "fp": fp, "fn": fn})
    hidden = _hidden(classes, square, minimum)
    shown = [entry for entry in found if entry["class"] not in hidden]
    return shown, [name for name in classes if name in hidden]


def _hidden(classes: tuple[str, ...], square: Any, minimum: int) -> set[str]:
    right, decided, labelled = square.diagonal(), square.sum(axis=0), square.sum(axis=1)
    tables: dict[str, cells.Table] = {
        name: (int(right[i]), int(decided[i] - right[i]), int(labelled[i] - right[i]))
        for i, name in enumerate(classes)
    }
    return cells.hidden_classes(tables, minimum)


def _group_accuracy(
    tally: ClassTally, writer: Writer, references: Mapping[str, str]
) -> list[Evidence]:
    def table(square: Any) -> cells.Table:
        correct = int(square.trace())
        return correct, int(square.sum()) - correct

    found = []
    for places, attributes in _compared(tally.attributes):
        of: Named = {key: table(square) for key, square in tally.margin(places).items()}
        if len(places) > 1 and len(of) > MAX_CROSSED:
            found.append(_too_many(attributes, "group-accuracy", len(of), writer))
            continue
        shown, hidden = _may_leave(of, attributes, writer.minimum)
        wanted = references.get(attributes[0])
        found.append(_groups(attributes, shown, ACCURACY, writer, hidden, wanted))
    return found


def _regression(tally: RegressionTally, writer: Writer) -> Evidence:
    cell = tally.margin(())[()]
    spread = as_fraction(cell.sums[5]) - as_fraction(cell.sums[4]) ** 2 / cell.n
    counts = {"n": cell.n, **_sums(cell.sums), "truth_spread": float(spread)}
    counts["fourth_sum"] = as_float(cell.sums[3])
    return writer.write("regression-performance", counts, n=cell.n)


def _sums(sums: list[int]) -> dict[str, float]:
    return {
        "abs_sum": as_float(sums[0]),
        "square_sum": as_float(sums[1]),
        "error_sum": as_float(sums[2]),
    }


def _residuals(
    tally: RegressionTally, writer: Writer, references: Mapping[str, str]
) -> list[Evidence]:
    found = []
    for places, attributes in _compared(tally.attributes):
        margin = tally.margin(places)
        if len(places) > 1 and len(margin) > MAX_CROSSED:
            found.append(_too_many(attributes, "group-residuals", len(margin), writer))
            continue
        sizes: Named = {key: (cell.n,) for key, cell in margin.items()}
        flat, hidden = _may_leave(sizes, attributes, writer.minimum)
        # Sums of one merged crowd are not needed to compare the others.
        shown = {key: cell for key, cell in margin.items() if key in flat}
        tables = {key: (cell.n, *_sums(cell.sums).values()) for key, cell in shown.items()}
        parameters = {
            "attributes": attributes,
            "reference": references.get(attributes[0]) if len(places) == 1 else None,
        }
        found.append(
            writer.write(
                "group-residuals",
                written(RESIDUALS, tables, len(places)),
                n=sum(cell.n for cell in shown.values()),
                parameters=parameters,
                suppressed=_notes(hidden, merged=False, left=bool(tables)),
            )
        )
    return found
