"""`python -m bench --base NAME`: the tree and an earlier version, part by part, in turn.

Each version measures itself with its own bench and in its own interpreter, one round at a time;
what has the same name on both sides is compared. A ratio is formed within each round.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

import msgspec

from bench import policies
from bench.base import Base
from bench.figures import BenchError, Effort, Part, number
from bench.processes import ROOT

HEAD = ("figure", "unit", "tree", "base", "tree ÷ base", "min – max", "target", "")
Round = dict[tuple[str, str], float]


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One figure on both sides, one value a round."""

    part: str
    name: str
    unit: str
    tree: list[float]
    base: list[float]
    target: str = ""

    @property
    def ratios(self) -> list[float]:
        pairs = zip(self.tree, self.base, strict=True)
        return [ours / its if its else float("nan") for ours, its in pairs]

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    @property
    def verdict(self) -> str:
        """Whether the target is reached: `>= 5` or `<= 0.5`."""
        if not self.target:
            return ""
        sign, bound = self.target.split()
        reached = self.ratio >= float(bound) if sign == ">=" else self.ratio <= float(bound)
        return "met" if reached else "MISSED"


def parts_of(base: Base, only: list[str] | None) -> list[str]:
    """Return which parts are compared.

    Raises:
        BenchError: a part was asked for that the base cannot measure.
    """
    comparable = [*base.parts, "policy"]
    missing = [name for name in only or () if name not in comparable]
    if missing:
        raise BenchError(
            f"{base.name} does not measure {', '.join(missing)}; it has {', '.join(comparable)}"
        )
    return only or comparable


def measure(part: str, base: Base, effort: Effort, *, quick: bool) -> list[Compared] | str:
    """Return the figures of both, or why one of them left the part out."""
    ours: list[Round] = []
    its: list[Round] = []
    for number_of in range(effort.rounds):
        # Whoever comes second finds a warmer machine: they take turns at that, too.
        sides = [(None, ours), (base, its)]
        for side, rounds in sides if number_of % 2 == 0 else sides[::-1]:
            found = _one_round(part, side, effort, quick=quick)
            if isinstance(found, str):
                return f"{side.name if side else 'the tree'}: {found}"
            rounds.append(found)
    return [
        Compared(
            part=part,
            name=name,
            unit=unit,
            tree=[one[name, unit] for one in ours],
            base=[one[name, unit] for one in its],
            target=base.targets.get(name, ""),
        )
        for name, unit in ours[0]
        if all((name, unit) in one for one in (*ours, *its))
    ]


def _one_round(part: str, base: Base | None, effort: Effort, *, quick: bool) -> Round | str:
    if part == "policy":
        driver = ROOT / base.policy if base else policies.DRIVER
        python = base.python if base else Path(sys.executable)
        told = policies.driven(python, driver, effort.policy_seconds)
        return {(policies.NAME.format(what=what), policies.UNIT): v for what, v in told.items()}
    root = base.tree if base else ROOT
    command = [str(base.python if base else sys.executable), "-m", "bench", "--rounds", "1"]
    command += ["--only", part, *(["--quick"] if quick else [])]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode not in {0, 1}:
        raise BenchError(f"`{' '.join(command)}` in {root}: {done.stderr[-1000:]}")
    content = msgspec.json.decode((root / "build" / "bench-partial.json").read_bytes())
    (measured,) = msgspec.convert(content["parts"], list[Part])
    if measured.skipped:
        return measured.skipped
    if measured.failed:
        raise BenchError(f"`{' '.join(command)}` in {root} failed: {measured.failed}")
    return {(figure.name, figure.unit): figure.median for figure in measured.figures}


def table(compared: list[Compared]) -> str:
    """Return the figures as text for a terminal."""
    rows = [HEAD, *map(_row, compared)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join(
        "  "
        + "  ".join(
            cell.ljust(width) if column in {0, 1, 6, 7} else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _row(one: Compared) -> tuple[str, ...]:
    ratios = one.ratios
    spread = f"{number(min(ratios))} – {number(max(ratios))}" if len(ratios) > 1 else ""
    medians = (number(statistics.median(side)) for side in (one.tree, one.base))
    return (one.name, one.unit, *medians, number(one.ratio), spread, one.target, one.verdict)
