"""The plots, drawn by matplotlib as SVG that fetches nothing and needs no font.

They stand on white of their own, so that they can be read on a dark page, and nothing in them is
told by colour alone: shapes, fillings and words tell it too.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

import matplotlib as mpl
import msgspec
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Sheet
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from bench.figures import Figure, Part, number

INK, FAINT, GRID = "#1f2933", "#52606d", "#d9e2ec"
BLUE, PALE, LIGHT = "#1f5fa8", "#7fa9d9", "#e6eef8"
ORANGE, GREY = "#b8480c", "#829ab1"
STYLE = {
    "svg.hashsalt": "faifo",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 9,
    "hatch.linewidth": 0.7,
    "text.color": INK,
    "axes.edgecolor": GREY,
    "axes.labelcolor": FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": FAINT,
    "ytick.color": INK,
    "legend.frameon": False,
}
# Matplotlib would name itself, the time and two vocabularies.
NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
AT_ONCE = re.compile(r"(sequential|(\d+) at once): whole flow, p50")


class Plot(msgspec.Struct, frozen=True):
    svg: bytes
    alt: str


def targets(parts: Sequence[Part]) -> Plot | None:
    """Every target: how many times it is reached, with the range over the rounds."""
    aimed = [(part, one) for part in parts for one in part.figures if one.target]
    if not aimed:
        return None
    met = sum(one.verdict != "MISSED" for _, one in aimed)
    title = f"Targets: {met} of {len(aimed)} met"
    with mpl.rc_context(STYLE):
        sheet, axes = _sheet(title, height=1.2 + 0.29 * len(aimed))
        for row, (_, one) in enumerate(aimed):
            _aim(axes, row, one)
        axes.axvline(1, color=INK, linewidth=1.4, zorder=1)
        axes.set_xscale("log")
        low, high = axes.get_xlim()
        axes.set_xlim(min(low, 0.45), max(high, 2.2))
        _ticks(axes.xaxis, (0.1, 0.2, 0.5, 1, 2, 5, 10), "{} ×")
        axes.set_ylim(len(aimed) - 0.4, -0.6)
        axes.set_yticks(range(len(aimed)), [f"{part.name}: {one.name}" for part, one in aimed])
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("← worse    how far the target is reached (1 × = target)    better →")
        values = axes.secondary_yaxis("right")
        values.set_yticks(
            range(len(aimed)),
            [
                f"{number(one.median)} {one.unit}, {one.wanted}: {one.verdict.split(',')[0]}"
                for _, one in aimed
            ],
        )
        values.spines["right"].set_visible(False)
        values.tick_params(axis="y", length=0)
        _legend(
            sheet,
            [
                _mark("o", BLUE, BLUE, "met"),
                _mark("X", "white", ORANGE, "missed"),
                Line2D([], [], color=GREY, linewidth=2, label="min – max of the rounds"),
                Line2D([], [], color=INK, linewidth=1.4, label="target"),
            ],
        )
        alt = f"{title}. Dots right of the line at 1 met their target, crosses left of it missed."
        return Plot(_svg(sheet, title, alt), alt)


def _aim(axes: Axes, row: int, one: Figure) -> None:
    missed = one.verdict == "MISSED"
    reached = [_reached(one, value) for value in (min(one.values), max(one.values))]
    axes.plot(reached, [row, row], color=GREY, linewidth=2, zorder=2, solid_capstyle="butt")
    axes.plot(
        [_reached(one, one.median)],
        [row],
        marker="X" if missed else "o",
        markersize=8 if missed else 7,
        markerfacecolor="white" if missed else BLUE,
        markeredgecolor=ORANGE if missed else BLUE,
        markeredgewidth=1.4,
        zorder=3,
    )


def _reached(one: Figure, value: float) -> float:
    """Return how far `value` reaches the target: 1 is the target, more is better."""
    target = one.target or 1.0
    return value / target if one.better == "more" else target / value


def flow(parts: Sequence[Part]) -> Plot | None:
    """Milliseconds of a whole flow at 1, 8, 32 at once: p50 with its range, and p99."""
    figures = _figures(parts, "flow")
    labels = [(found[1], found[2] or "1") for name in figures if (found := AT_ONCE.match(name))]
    if not labels:
        return None
    title = "A whole flow: two nodes against the bare loop"
    told = []
    with mpl.rc_context(STYLE):
        sheet, axes = _sheet(title, height=4.2)
        for place, (label, _) in enumerate(labels):
            for name, colour, shift in (("whole flow", BLUE, -0.14), ("bare loop", ORANGE, 0.14)):
                filled = name == "whole flow"
                p50 = figures[f"{label}: {name}, p50"]
                _ranged(axes, place + shift, p50, colour, "o" if filled else "s", filled=filled)
                told.append(f"{label}, {name}: {number(p50.median)} ms")
                # Runs before the bare loop's p99 was kept have none.
                p99 = figures.get(f"{label}: {name}, p99 (all rounds)")
                if p99 is not None:
                    _ranged(axes, place + shift, p99, colour, "^", filled=filled)
        axes.set_yscale("log")
        _ticks(axes.yaxis, (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000), "{} ms")
        axes.set_xlim(-0.5, len(labels) - 0.5)
        axes.set_xticks(range(len(labels)), [f"{count} at once" for _, count in labels])
        axes.set_ylabel("milliseconds, logarithmic; less is better")
        marks = [
            _mark("o", BLUE, BLUE, "nodes, p50"),
            _mark("^", BLUE, BLUE, "nodes, p99"),
            _mark("s", "white", ORANGE, "bare loop, p50"),
        ]
        if any(name.endswith("bare loop, p99 (all rounds)") for name in figures):
            marks.append(_mark("^", "white", ORANGE, "bare loop, p99"))
        bar = Line2D([], [], color=GREY, marker="_", label="min – max of the rounds' p50")
        _legend(sheet, [*marks, bar])
        alt = f"{title}, medians of the rounds' p50: {'; '.join(told)}."
        return Plot(_svg(sheet, title, alt), alt)


def _ranged(axes: Axes, x: float, one: Figure, colour: str, marker: str, *, filled: bool) -> None:
    low, high = one.median - min(one.values), max(one.values) - one.median
    axes.errorbar(
        [x],
        [one.median],
        yerr=[[low], [high]] if len(one.values) > 1 else None,
        marker=marker,
        markersize=7,
        markerfacecolor=colour if filled else "white",
        markeredgewidth=1.4,
        color=colour,
        elinewidth=1.2,
        capsize=4,
    )
    side = -1 if filled else 1
    axes.annotate(
        number(one.median),
        (x, one.median),
        xytext=(side * 9, 0),
        textcoords="offset points",
        ha="right" if filled else "left",
        va="center",
    )


def proxy(parts: Sequence[Part]) -> Plot | None:
    """What share of nginx the data plane reaches per core, without and with the journal."""
    figures = _figures(parts, "proxy")
    sizes = list(dict.fromkeys(name.partition(":")[0] for name in figures))
    if not sizes:
        return None
    title = "Data plane: share of nginx proxy_pass per core"
    told = []
    with mpl.rc_context(STYLE):
        sheet, axes = _sheet(title, height=4.0)
        for place, size in enumerate(sizes):
            for name, journal, shift in (("no journal", False, -0.2), ("full node", True, 0.2)):
                one = figures[f"{size}: {name}, share of nginx per core"]
                _share(axes, place + shift, one, journal=journal)
                told.append(f"{size}, {name}: {number(one.median)} ({one.verdict or 'no target'})")
                if one.target:
                    at = [place - 0.42, place + 0.42]
                    axes.plot(at, [one.target] * 2, color=INK, linewidth=1.4, linestyle="--")
        axes.set_xlim(-0.6, len(sizes) - 0.4)
        axes.set_xticks(range(len(sizes)), [f"answers of {size}" for size in sizes])
        shares = [one for name, one in figures.items() if name.endswith("per core")]
        axes.set_ylim(0, 1.2 * max(max(*one.values, one.target or 0) for one in shares))
        axes.set_ylabel("share of nginx (1 = as fast); more is better")
        axes.yaxis.grid(visible=True, color=GRID, linewidth=0.8)
        _legend(
            sheet,
            [
                Patch(facecolor=PALE, edgecolor=BLUE, label="without the journal"),
                Patch(facecolor=LIGHT, edgecolor=BLUE, hatch="///", label="with it (full node)"),
                Line2D([], [], color=INK, linewidth=1.4, linestyle="--", label="target"),
                Line2D([], [], color=INK, marker="_", label="min – max of the rounds"),
            ],
        )
        alt = f"{title}. {'; '.join(told)}."
        return Plot(_svg(sheet, title, alt), alt)


def _share(axes: Axes, x: float, one: Figure, *, journal: bool) -> None:
    low, high = one.median - min(one.values), max(one.values) - one.median
    axes.bar(
        [x],
        [one.median],
        width=0.34,
        color=LIGHT if journal else PALE,
        edgecolor=BLUE,
        hatch="///" if journal else None,
    )
    axes.errorbar([x], [one.median], yerr=[[low], [high]], color=INK, elinewidth=1.2, capsize=4)
    axes.annotate(
        f"{number(one.median)}\n{one.verdict.split(',')[0]}",
        (x, max(*one.values, one.target or 0)),
        xytext=(0, 4),
        textcoords="offset points",
        ha="center",
        va="bottom",
        linespacing=1.1,
    )


def _figures(parts: Iterable[Part], name: str) -> dict[str, Figure]:
    return {one.name: one for part in parts if part.name == name for one in part.figures}


def _sheet(title: str, *, height: float) -> tuple[Sheet, Axes]:
    sheet = Sheet(figsize=(8.6, height), layout="constrained", facecolor="white")
    sheet.get_layout_engine().set(w_pad=0.12, h_pad=0.1)
    sheet.suptitle(title, fontsize=12, fontweight="bold")
    axes = sheet.add_subplot()
    axes.set_axisbelow(True)
    return sheet, axes


def _ticks(axis: object, places: Sequence[float], words: str) -> None:
    axis.set_major_locator(FixedLocator(places))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: words.format(f"{value:g}")))
    axis.grid(visible=True, color=GRID, linewidth=0.8)


def _mark(marker: str, face: str, edge: str, label: str) -> Line2D:
    return Line2D(
        [],
        [],
        linestyle="",
        marker=marker,
        markersize=7,
        markerfacecolor=face,
        markeredgecolor=edge,
        markeredgewidth=1.4,
        label=label,
    )


def _legend(sheet: Sheet, handles: Sequence[object]) -> None:
    sheet.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=8.5)


def _svg(sheet: Sheet, title: str, alt: str) -> bytes:
    """Return the sheet as SVG with a title, without the prologue that names a DTD elsewhere."""
    page = io.StringIO()
    sheet.savefig(page, format="svg", metadata=NO_METADATA)
    whole = page.getvalue()
    svg = re.sub(r"[ \t]+$", "", whole[whole.index("<svg ") :], flags=re.M)
    head, bracket, rest = svg.partition(">")
    named = (
        f'{head} role="img" aria-label={quoteattr(alt)}{bracket}\n <title>{escape(title)}</title>'
    )
    return (named + rest).encode()
