"""What may leave: no count under the minimum, directly or by subtracting what else is published.

An empty cell counts as small too: that nobody of a group was refused tells something about each of
them. With a minimum of 1 nothing is small. Margins (one attribute) are published first; a crossing
of two attributes then hides every small group and as many others as it takes that no hidden small
group follows from the margins by arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Final

Table = tuple[int, ...]
Key = tuple[str, ...]
# Of groups that leave only together.
MERGED: Final[Key] = ()


def small(count: int, minimum: int) -> bool:
    return minimum > 1 and count < minimum


def has_small(table: Iterable[int], minimum: int) -> bool:
    return any(small(count, minimum) for count in table)


def bounded(name: str, count: int, n: int, minimum: int) -> dict[str, int]:
    """Return the count, or only a bound where it or what remains of `n` is small."""
    if small(count, minimum):
        return {f"{name}_below": minimum}
    if small(n - count, minimum) and n != count:
        return {f"{name}_above": max(0, n - minimum)}
    return {name: count}


def merged(tables: Mapping[Key, Table], minimum: int) -> tuple[dict[Key, Table], list[Key]]:
    """Return tables without small cells: small groups are added up, and whom else it takes.

    The second value names the groups that were merged. Fewer than two groups left means that
    nothing about these groups may leave; then the first value is empty.
    """
    visible = dict(tables)
    hidden = [name for name, table in tables.items() if has_small(table, minimum)]
    for name in hidden:
        del visible[name]
    while hidden:
        total = added(tables[name] for name in hidden)
        if not has_small(total, minimum):
            visible[MERGED] = total
            break
        if len(visible) < 2:
            return {}, sorted(tables)
        next_one = min(visible, key=lambda name: (sum(visible[name]), name))
        hidden.append(next_one)
        del visible[next_one]
    return (visible if len(visible) > 1 else {}), sorted(hidden)


def added(tables: Iterable[Table]) -> Table:
    return tuple(sum(column) for column in zip(*tables, strict=True))


def crossed(tables: Mapping[Key, Table], minimum: int) -> tuple[dict[Key, Table], list[Key]]:
    """Return the groups of a crossing that may leave, and those that may not."""
    hidden = {name for name, table in tables.items() if has_small(table, minimum)}
    while True:
        exposed = _exposed(tables, hidden, minimum)
        if exposed is None:
            break
        more = _cover(tables, hidden, exposed)
        if not more:
            break
        hidden |= more
    visible = {name: table for name, table in tables.items() if name not in hidden}
    return (visible if len(visible) > 1 else {}), sorted(hidden)


def _cover(tables: Mapping[Key, Table], hidden: set[Key], exposed: Key) -> set[Key]:
    """Return the fewest rows of groups to hide so that `exposed` stands in a hidden rectangle."""
    rectangles = [
        {(exposed[0], other[1]), (other[0], exposed[1]), other} - hidden
        for other in tables
        if other[0] != exposed[0] and other[1] != exposed[1]
    ]
    usable = [corners for corners in rectangles if corners and corners <= tables.keys()]
    if not usable:
        usable = [{name} for name in tables if name not in hidden]
    return min(
        usable,
        key=lambda corners: (sum(sum(tables[name]) for name in corners), sorted(corners)),
        default=set(),
    )


def _exposed(tables: Mapping[Key, Table], hidden: set[Key], minimum: int) -> Key | None:
    """Return a hidden group that the margins give away, or a small margin's remainder."""
    names = sorted(hidden)
    margins = [
        [name for name in names if name[place] == value]
        for place in range(len(names[0]) if names else 0)
        for value in sorted({name[place] for name in names})
    ]
    for members in margins:
        if has_small(added(tables[name] for name in members), minimum) and _has_visible(
            members, tables, hidden
        ):
            return members[0]
    rows = [[Fraction(name in members) for name in names] for members in margins]
    for index in _determined(rows):
        if has_small(tables[names[index]], minimum):
            return names[index]
    return None


def _has_visible(
    members: Sequence[Key],
    tables: Mapping[Key, Table],
    hidden: set[Key],
) -> bool:
    """Tell whether a group that shares all that the members share is still visible."""
    shared = [
        (place, members[0][place])
        for place in range(len(members[0]))
        if len({name[place] for name in members}) == 1
    ]
    return any(
        name not in hidden and any(name[place] == value for place, value in shared)
        for name in tables
    )


def _determined(rows: list[list[Fraction]]) -> list[int]:
    """Return the unknowns that a system of equations fixes, by Gauss-Jordan elimination."""
    rows = [row[:] for row in rows]
    pivot = 0
    for column in range(len(rows[0]) if rows else 0):
        found = next((i for i in range(pivot, len(rows)) if rows[i][column]), None)
        if found is None:
            continue
        rows[pivot], rows[found] = rows[found], rows[pivot]
        head = rows[pivot][column]
        rows[pivot] = [value / head for value in rows[pivot]]
        for i, row in enumerate(rows):
            if i != pivot and row[column]:
                factor = row[column]
                rows[i] = [a - factor * b for a, b in zip(row, rows[pivot], strict=True)]
        pivot += 1
    single = [[i for i, value in enumerate(row) if value] for row in rows[:pivot]]
    return [places[0] for places in single if len(places) == 1]


def performance(table: Table, minimum: int) -> dict[str, int]:
    """Return what may leave of tp, fp, fn, tn: all four, right and wrong, or nothing."""
    tp, fp, fn, tn = table
    if not has_small(table, minimum):
        return {"tp": tp, "fp": fp, "fn": fn, "tn": tn}
    if not has_small((tp + tn, fp + fn), minimum):
        return {"correct": tp + tn, "wrong": fp + fn}
    return {}


def common_bins(tables: Sequence[Sequence[tuple[int, int]]], minimum: int) -> list[int]:
    """Return the bins that may stand alone in every one of several slices of the same rows.

    `tables` holds, per slice and bin, the positive and the negative rows.
    """
    count = len(tables[0])
    visible = [
        b
        for b in range(count)
        if not any(has_small(slices[b], minimum) for slices in tables) and any(tables[0][b])
    ]
    while visible:
        rest = [
            added(slices[b] for b in range(count) if b not in visible)
            if len(visible) < count
            else ()
            for slices in tables
        ]
        if not any(any(left) and has_small(left, minimum) for left in rest):
            break
        visible.remove(min(visible, key=lambda b: (sum(tables[0][b]), b)))
    return visible


def hidden_classes(tables: Mapping[str, Table], minimum: int) -> set[str]:
    """Return the classes that may not be told: small ones, and whom else it takes.

    `tables` holds tp, fp and fn of each. What is told of the others is taken from all rows, in this
    table or in one of the classes' rows alone (`without_small`), so their hidden classes are hidden
    here too, and no sum over the hidden ones is small.
    """
    rows = {name: table[0] + table[2] for name, table in tables.items()}
    hidden = set(without_small(sorted(rows.items()), minimum)[1])
    hidden |= {name for name, table in tables.items() if has_small(table, minimum)}
    while hidden and (
        len(hidden) == 1 or has_small(added(tables[name] for name in hidden), minimum)
    ):
        rest = tables.keys() - hidden
        if not rest:
            break
        hidden.add(min(rest, key=lambda name: (rows[name], name)))
    return hidden


def without_small(
    entries: Sequence[tuple[str, int]], minimum: int
) -> tuple[list[tuple[str, int]], list[str]]:
    """Return counts of a partition without small ones; the small and one more are left out."""
    hidden = [name for name, count in entries if small(count, minimum)]
    shown = [(name, count) for name, count in entries if name not in hidden]
    if hidden and shown and small(sum(c for n, c in entries if n in hidden), minimum):
        least = min(shown, key=lambda entry: (entry[1], entry[0]))
        shown.remove(least)
        hidden.append(least[0])
    return shown, hidden
