"""What a part of the benchmarks hands back: figures, each with its values over the rounds."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Literal

import msgspec


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """How long to measure.

    `flows` maps flows at once to flows in a round; `sizes` are how much is kept where it grows.
    """

    rounds: int
    flows: dict[int, int]
    wrk_seconds: int
    transition_seconds: float
    starts: int
    datasets: int
    sizes: tuple[int, ...]
    accesses: int
    busy_seconds: float
    big_bytes: int
    big_rounds: int
    token_seconds: float
    policy_seconds: float
    cold_flows: int
    assessments: tuple[str, ...]
    fairlearn_replicates: int


def effort(rounds: int | None, *, quick: bool, large: bool = False) -> Effort:
    if quick:
        return Effort(
            rounds=rounds or 2,
            flows={1: 10, 8: 40, 32: 96},
            wrk_seconds=1,
            transition_seconds=0.5,
            starts=3,
            datasets=10_000,
            sizes=(1000, 10_000),
            accesses=100_000,
            busy_seconds=2.0,
            big_bytes=128 * 1024 * 1024,
            big_rounds=1,
            token_seconds=0.1,
            policy_seconds=0.2,
            cold_flows=3,
            assessments=("adult-gradient",),
            fairlearn_replicates=5,
        )
    return Effort(
        rounds=rounds or 5,
        flows={1: 60, 8: 240, 32: 480},
        wrk_seconds=4,
        transition_seconds=2.0,
        starts=7,
        datasets=100_000,
        sizes=(1000, 10_000, 100_000, *([1_000_000] if large else [])),
        accesses=1_000_000,
        busy_seconds=6.0,
        big_bytes=1024 * 1024 * 1024,
        big_rounds=3,
        token_seconds=0.4,
        policy_seconds=1.0,
        cold_flows=15,
        assessments=("adult-gradient", "adult-forest", "acs-income"),
        fairlearn_replicates=20,
    )


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table. `values` holds one number a round; the median counts.

    `target` is a floor when `better` is more and a ceiling when it is less; `stretch` is beyond it.
    """

    name: str
    unit: str
    values: list[float]
    target: float | None = None
    stretch: float | None = None
    better: Literal["more", "less"] = "less"

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        if not _reaches(self.median, self.target, self.better):
            return "MISSED"
        if self.stretch is not None and _reaches(self.median, self.stretch, self.better):
            return "met, stretch too"
        return "met"

    @property
    def wanted(self) -> str:
        if self.target is None:
            return ""
        sign = "≥" if self.better == "more" else "≤"
        return f"{sign} {number(self.target)}"


class Part(msgspec.Struct, kw_only=True):
    """A part of the run: its figures, and in sentences what a reader must know about them."""

    name: str
    title: str
    figures: list[Figure] = []
    notes: list[str] = []
    skipped: str | None = None
    failed: str | None = None
    seconds: float = 0.0


class Skip(Exception):  # noqa: N818 - it is no error
    """A part cannot run here; the text says why."""


class BenchError(Exception):
    """A part went wrong; the text says how."""


def _reaches(value: float, bound: float, better: str) -> bool:
    return value >= bound if better == "more" else value <= bound


def number(value: float) -> str:
    """Return a number with about three digits, as a person writes it."""
    if value == int(value) and abs(value) < 10_000:
        return str(int(value))
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) >= 100:
        return f"{value:.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    if abs(value) >= 0.995:
        return f"{value:.2f}"
    return f"{value:.3f}"


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def ratios(ours: Sequence[float], reference: Sequence[float]) -> list[float]:
    """Divide round by round."""
    return [mine / its for mine, its in zip(ours, reference, strict=True)]
