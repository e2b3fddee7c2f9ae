"""Pictures as inline SVG, the same bytes for the same evidence, nothing fetched from anywhere."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from html import escape
from typing import Any, Final

from faifo.ai.evidence import Evidence
from faifo.ai.report.wording import worded
from faifo.phrases import say

_RC: Final[Any] = {
    "svg.hashsalt": "faifo",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    # Names of groups come from data; a dollar sign in one is a dollar sign.
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_BLUE: Final = "#1f5a96"
_RED: Final = "#b3412e"


def charts(evidence: Evidence, lang: str) -> list[str]:
    """Return the pictures of one evidence; most have none."""
    draw: dict[str, Callable[[Evidence, str], str]] = {
        "group-fairness": _selection,
        "calibration": _calibration,
        "multiclass-calibration": _calibration,
        "robustness": _robustness,
    }
    make = draw.get(evidence.method.id)
    picture = make(evidence, lang) if make else ""
    return [picture] if picture else []


def _selection(evidence: Evidence, lang: str) -> str:
    rates = [f for f in evidence.figures if f.name == "selection_rate" and f.value is not None]
    if not rates:
        return ""

    def draw(axes: Any) -> None:
        for row, figure in enumerate(reversed(rates)):
            value = figure.value or 0.0
            low = value if figure.low is None else figure.low
            high = value if figure.high is None else figure.high
            bounds = [[max(0.0, value - low)], [max(0.0, high - value)]]
            axes.errorbar(value, row, xerr=bounds, fmt="o", color=_BLUE, capsize=4)
        axes.set_yticks(range(len(rates)), [_short(worded(f.slice, lang)) for f in reversed(rates)])
        axes.set_ylim(-0.6, len(rates) - 0.4)
        axes.set_xlim(left=0)
        axes.set_xlabel(say("ai.report.share", lang))

    return _svg(draw, say("ai.report.chart-selection", lang), 1.2 + 0.32 * len(rates))


def _calibration(evidence: Evidence, lang: str) -> str:
    slices: Sequence[dict[str, Any]] = evidence.counts.get("slices", [])
    whole = next((part for part in slices if part.get("slice") == ""), None)
    if not whole or not whole.get("bins"):
        return ""

    def draw(axes: Any) -> None:
        score = [part["score_sum"] / part["n"] for part in whole["bins"]]
        came_true = [part["positives"] / part["n"] for part in whole["bins"]]
        axes.plot([0, 1], [0, 1], color="#999999", linewidth=1, linestyle="--")
        axes.plot(score, came_true, marker="o", color=_BLUE)
        axes.set_xlabel(say("ai.report.score", lang))
        axes.set_ylabel(say("ai.report.share", lang))

    return _svg(draw, say("ai.report.chart-calibration", lang), 3.4)


def _robustness(evidence: Evidence, lang: str) -> str:
    kinds: dict[str, list[tuple[float, float]]] = {}
    for figure in evidence.figures:
        kind, _, severity = figure.slice.rpartition(" ")
        if figure.name == "flip_rate" and figure.value is not None:
            kinds.setdefault(kind, []).append((float(severity), figure.value))
    if not kinds:
        return ""

    def draw(axes: Any) -> None:
        for color, (kind, points) in zip(
            (_BLUE, _RED, "#4f7f3f", "#7d5a9b"), kinds.items(), strict=False
        ):
            axes.plot(
                *zip(*points, strict=True),
                marker="o",
                label=worded(f"{kind} 0", lang).removesuffix(" 0"),
                color=color,
            )
        axes.legend(frameon=False)
        axes.set_xlabel(say("ai.report.severity", lang))
        axes.set_ylabel(say("ai.report.share", lang))

    return _svg(draw, say("ai.report.chart-robustness", lang), 3.0)


def _svg(draw: Callable[[Any], None], title: str, height: float) -> str:
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context(_RC):
        figure = Figure(figsize=(6.4, height), layout="constrained")
        axes = figure.subplots()
        draw(axes)
        axes.set_title(title, loc="left", fontsize=11)
        FigureCanvasSVG(figure)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    # A picture says what it is to who cannot see it; the table under it holds the same figures.
    head = f'<svg role="img" aria-label="{escape(title)}" '
    return head + text[text.index("<svg ") + len("<svg ") :]


def _short(name: str) -> str:
    return name if len(name) <= 40 else name[:39] + "…"
