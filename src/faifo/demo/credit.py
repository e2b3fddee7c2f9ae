"""Evidence about the demo's two credit desks, and their passports; needs numpy and Polars.

Both desks ask the same model; one approves from a probability of 0.5 on, the other from 0.85. What
is told of groups comes from every application of the table, each scored by a model that was fitted
without it; how far disturbed inputs change decisions, and whether training rows can be told apart,
comes from the served model itself. Only counts leave.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from faifo.ai.evidence import EvidenceSet
from faifo.ai.passport.build import build, read_description, sign
from faifo.ai.passport.dsse import Signer
from faifo.demo import loan_model, tables
from faifo.demo.loan_model import FEATURES, OUTCOME, Application, LoanModel
from faifo.demo.model_service import CUT_OFFS

PACKAGES = ("numpy", "polars")
GROUP = "origin"
MODEL = "faifo.demo.credit:score"
# What the second assessment leaves to the first.
COUNTED = ("performance", "fairness", "calibration", "data-quality")


class Measured(NamedTuple):
    """The evidence about each desk, and how many rows it was made from, in all and by group."""

    desks: dict[str, EvidenceSet]
    rows: int
    groups: dict[str, int]


def missing() -> list[str]:
    """Return the packages that measuring needs and that are not here."""
    return [name for name in PACKAGES if find_spec(name) is None]


def measure(folder: Path) -> Measured:
    """Measure both desks; what is needed on the way is written into `folder`."""
    from faifo.ai.assess.request import Request
    from faifo.ai.assess.run import assess

    table = tables.loan_applications()
    scored = loan_model.unseen_scores(table)
    answers = folder / "answers.csv"
    _write(answers, ("score",), [(row, (f"{score:.6f}",)) for row, score in scored])
    learned, judged = loan_model.parts(table)
    parts = {"fitted-on.csv": learned, "judged-on.csv": judged}
    for name, rows in parts.items():
        _write(folder / name, tuple(FEATURES), [(r, [r[n] for n in FEATURES]) for r in rows])
    shared: dict[str, Any] = {"label": OUTCOME, "groups": (GROUP,), "favourable": "1"}
    found = {}
    for desk, cut_off in CUT_OFFS.items():
        counted = assess(Request(data=answers, score="score", threshold=cut_off, **shared)).found
        tried = assess(
            Request(
                data=folder / "judged-on.csv",
                model=MODEL,
                train_data=folder / "fitted-on.csv",
                drop=(GROUP,),
                threshold=cut_off,
                without=COUNTED,
                lira=False,
                **shared,
            )
        ).found
        evidence = tuple({one.id: one for one in (*counted.evidence, *tried.evidence)}.values())
        left = {**tried.not_measured}
        found[desk] = EvidenceSet(task=counted.task, evidence=evidence, not_measured=left)
    groups = Counter(_group(row) for row, _ in scored)
    return Measured(found, len(scored), dict(sorted(groups.items())))


def impact(cut_off: float) -> float:
    """Return the smallest selection rate of a group over the largest, counted from the table."""
    approved: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for row, score in loan_model.unseen_scores(tables.loan_applications()):
        asked[_group(row)] += 1
        approved[_group(row)] += float(f"{score:.6f}") >= cut_off
    rates = [approved[group] / asked[group] for group in asked]
    return min(rates) / max(rates)


def passport(desk: str, found: EvidenceSet, key: Signer, *, id: str, now: datetime) -> bytes:  # noqa: A002
    """Return the signed passport of a desk."""
    body = files("faifo.demo").joinpath("data/credit-desk.toml").read_bytes()
    about = read_description(body)
    about = msgspec.structs.replace(about, name=f"{about.name}, approval from {CUT_OFFS[desk]:g}")
    return sign(build(about, found, id=id, did=key.id.partition("#")[0], now=now), key)


def score(table: Any) -> list[float]:
    """Return what the served model answers for every row of a Polars table."""
    model = _model()
    return [model.approval({n: float(row[n]) for n in FEATURES}) for row in table.to_dicts()]


@cache
def _model() -> LoanModel:
    return loan_model.fit(tables.loan_applications())


def _group(row: Application) -> str:
    """Return the group as the table has it: black, hispan, or else white."""
    if row["black"] == "1":
        return "Black"
    return "Hispanic" if row["hispan"] == "1" else "White"


def _write(
    path: Path, names: Sequence[str], rows: Sequence[tuple[Application, Sequence[str]]]
) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*names, GROUP, OUTCOME])
        writer.writerows([*values, _group(row), row[OUTCOME]] for row, values in rows)
