"""`faifo ai assess`, run as a user runs it, on the same rows."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from bench.aiverify.rates import IMPACT, PARITY
from bench.aiverify.splitting import SEED, TEST_SHARE, DataSet, Split
from bench.figures import BenchError


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What was written, and what it took."""

    evidence: list[dict[str, Any]]
    sha256: str
    seconds: float
    family_seconds: dict[str, float]

    def figure(self, name: str, where: str = "") -> dict[str, Any]:
        """Return the figure `name` of the slice `where`."""
        for entry in self.evidence:
            for figure in entry["figures"]:
                if (figure["name"], figure["slice"]) == (name, where):
                    return dict(figure)
        raise BenchError(f"the evidence has no {name} of {where or 'all rows'}")

    def figures(self, family: str) -> list[dict[str, Any]]:
        found = [one for one in self.evidence if one["family"] == family]
        return [figure for entry in found for figure in entry["figures"]]


def of_answers(data: DataSet, rows: Split, folder: Path) -> Evidence:
    """Assess the answers that AI Verify's model gave to the test rows."""
    import polars as pl

    table = pl.read_csv(folder / "answers.csv").with_columns(
        pl.Series("truth", rows.truth),
        *(pl.Series(name, values) for name, values in rows.groups.items()),
    )
    file = folder / "judged.csv"
    table.write_csv(file)
    order = ["--label", "truth", "--prediction", "decision", "--score", "score"]
    return _assess(file, [*order, *_groups(data)], folder / "evidence-of-answers")


def whole(data: DataSet, folder: Path, number: int) -> Evidence:
    """Train the same forest on the same split, and measure everything."""
    order = ["--label", data.label, "--favourable", data.favourable, "--train", "random-forest"]
    order += ["--seed", str(SEED), "--test-share", str(TEST_SHARE)]
    for name in data.drop:
        order += ["--drop", name]
    return _assess(data.file, [*order, *_groups(data)], folder / f"evidence-{number}")


def values(found: Evidence, column: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return the figures of the groups in `column`: rates by group, comparisons by pair."""
    result = {}
    for figure in found.figures("fairness"):
        sides = figure["slice"].split(" vs ")
        if figure["value"] is None or not all(_is_group(side, column) for side in sides):
            continue
        names = tuple(side.partition("=")[2] for side in sides)
        if len(names) == 1:
            result[figure["name"], names] = figure["value"]
        elif figure["name"] == "disparate_impact_ratio":
            result[IMPACT, names] = figure["value"]
            result[IMPACT, names[::-1]] = 1 / figure["value"]
        elif figure["name"] == "demographic_parity_difference":
            result[PARITY, names] = result[PARITY, names[::-1]] = abs(figure["value"])
    return result


def _is_group(text: str, column: str) -> bool:
    return text.startswith(f"{column}=") and " & " not in text


def _groups(data: DataSet) -> list[str]:
    return [word for name in data.groups for word in ("--group", name)]


def _assess(file: Path, order: list[str], out: Path) -> Evidence:
    command = [sys.executable, "-m", "faifo", "ai", "assess", str(file), *order, "--out", str(out)]
    begin = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begin
    if done.returncode:
        raise BenchError(f"faifo ai assess: {done.stderr[-1000:]}")
    content = (out / "evidence.json").read_bytes()
    evidence = msgspec.json.decode(content)["evidence"]
    families = {entry["id"]: entry["family"] for entry in evidence}
    spent: dict[str, float] = {}
    for entry in msgspec.json.decode((out / "run.json").read_bytes()):
        family = families.get(entry["evidence"], entry["evidence"])
        spent[family] = spent.get(family, 0.0) + entry["wall_seconds"]
    return Evidence(
        evidence=evidence,
        sha256=hashlib.sha256(content).hexdigest(),
        seconds=seconds,
        family_seconds=spent,
    )
