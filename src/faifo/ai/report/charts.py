"""Pictures as inline SVG, the same bytes for the same evidence, nothing fetched from anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from math import ceil, log10
from typing import Any, Final

from faifo.ai.evidence import Evidence
from faifo.ai.report.wording import worded
from faifo.phrases import say
from faifo.phrases.figures import measured

_WIDTH: Final = 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 150, 16, 28, 44
_COLORS: Final = ("#1f5a96", "#b3412e", "#4f7f3f", "#7d5a9b")
_GREY: Final = "#999999"
Point = tuple[float, float]


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
    highest = max(figure.high or figure.value or 0.0 for figure in rates)
    plot = _Plot(
        lang, say("ai.report.chart-selection", lang), 24.0 * len(rates), highest, len(rates)
    )
    for row, figure in enumerate(rates):
        value, at = figure.value or 0.0, len(rates) - row - 0.5
        low = value if figure.low is None else figure.low
        high = value if figure.high is None else figure.high
        plot.line([(low, at), (high, at)], _COLORS[0])
        plot.dots([(value, at)], _COLORS[0])
        plot.text(_LEFT - 8, plot.y(at) + 4, _short(worded(figure.slice, lang)), "end")
    return plot.done(say("ai.report.share", lang))


def _calibration(evidence: Evidence, lang: str) -> str:
    slices: Sequence[dict[str, Any]] = evidence.counts.get("slices", [])
    whole = next((part for part in slices if part.get("slice") == ""), None)
    if not whole or not whole.get("bins"):
        return ""
    points = [(p["score_sum"] / p["n"], p["positives"] / p["n"]) for p in whole["bins"]]
    plot = _Plot(lang, say("ai.report.chart-calibration", lang), 200, 1, 1)
    plot.scale(say("ai.report.share", lang))
    plot.line([(0, 0), (1, 1)], _GREY)
    plot.line(points, _COLORS[0])
    plot.dots(points, _COLORS[0])
    return plot.done(say("ai.report.score", lang))


def _robustness(evidence: Evidence, lang: str) -> str:
    kinds: dict[str, list[Point]] = {}
    for figure in evidence.figures:
        kind, _, severity = figure.slice.rpartition(" ")
        if figure.name == "flip_rate" and figure.value is not None:
            kinds.setdefault(kind, []).append((float(severity), figure.value))
    if not kinds:
        return ""
    every = [point for points in kinds.values() for point in points]
    plot = _Plot(
        lang, say("ai.report.chart-robustness", lang), 180, *map(max, zip(*every, strict=True))
    )
    plot.scale(say("ai.report.share", lang))
    for row, (color, (kind, points)) in enumerate(zip(_COLORS, kinds.items(), strict=False)):
        plot.line(points, color)
        plot.dots(points, color)
        name = worded(f"{kind} 0", lang).removesuffix(" 0")
        plot.text(_LEFT + 12, _TOP + 14 + 15 * row, name, color=color)
    return plot.done(say("ai.report.severity", lang))


class _Plot:
    """Points between 0 and a largest value on both axes, as parts of an SVG."""

    def __init__(self, lang: str, title: str, height: float, most_x: float, most_y: float) -> None:
        self._lang, self._title, self._height = lang, title, height
        self._step, self._most_x = _steps(most_x)
        self._most_y = float(most_y) or 1.0
        self._parts: list[str] = []
        self.text(0, 15, title, size=14)

    def x(self, value: float) -> float:
        return _LEFT + value / self._most_x * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        return _TOP + (1 - value / self._most_y) * self._height

    def line(self, points: Iterable[Point], color: str) -> None:
        path = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        self._parts.append(
            f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="1.5"/>'
        )

    def dots(self, points: Iterable[Point], color: str) -> None:
        self._parts += [
            f'<circle cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="3.5" fill="{color}"/>'
            for x, y in points
        ]

    def text(
        self, x: float, y: float, text: str, anchor: str = "start", color: str = "#333333",
        size: int = 12,
    ) -> None:  # fmt: skip
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}"'
            f' font-size="{size}">{escape(text)}</text>'
        )

    def scale(self, name: str) -> None:
        """Name the upright axis, and mark it."""
        step, _ = _steps(self._most_y)
        for place in range(int(self._most_y / step + 1e-9) + 1):
            self.text(
                _LEFT - 8, self.y(place * step) + 4, measured(place * step, self._lang), "end"
            )
        self.text(0, _TOP + self._height / 2, name)

    def done(self, name: str) -> str:
        """Return the picture, with the level axis named."""
        foot = _TOP + self._height
        axes = f"M{_LEFT} {_TOP}V{foot:.0f}H{_WIDTH - _RIGHT}"
        self._parts.append(f'<path d="{axes}" fill="none" stroke="{_GREY}"/>')
        for place in range(int(self._most_x / self._step + 1e-9) + 1):
            value = place * self._step
            self.text(self.x(value), foot + 16, measured(value, self._lang), "middle")
        self.text((_LEFT + _WIDTH) / 2, foot + 34, name, "middle")
        # A picture says what it is to who cannot see it; the table under it holds the same figures.
        return (
            f'<svg role="img" aria-label="{escape(self._title)}"'
            f' viewBox="0 0 {_WIDTH} {foot + _BOTTOM:.0f}" width="{_WIDTH}"'
            f' font-family="sans-serif">{"".join(self._parts)}</svg>'
        )


def _steps(most: float) -> tuple[float, float]:
    """Return the distance of marks on an axis that reaches `most`, and where it ends."""
    rough = (most or 1.0) / 4
    size = 10.0 ** ceil(log10(rough) - 1)
    step = next(size * part for part in (1, 2, 5, 10) if size * part >= rough * 0.999)
    return step, step * ceil((most or 1.0) / step - 1e-9)


def _short(name: str) -> str:
    return name if len(name) <= 22 else name[:21] + "…"
