"""Assessments of AI: how long whole ones take and how much memory, and fairness by counts.

Each assessment runs in a process of its own with two cores. Fairness is compared with fairlearn's
bootstrap of the same rows, in turn.
"""

from __future__ import annotations

import importlib.util
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from bench import assessed
from bench.figures import Effort, Figure, Part, Skip, ratios
from bench.processes import Process, python, started

PACKAGES = ("fairlearn", "numpy", "polars", "sklearn")
PEAK_GB = 2.0
TIMES_FAIRLEARN = 1000
PASSPORT_GROUPS, CHECKED_SECONDS = 2_000, 1.0
# As many rows as the 30 % of Adult that are assessed.
ROWS, GROUPS, OURS = 9_769, 10, 1_000
# A case takes seconds; this is when something hangs.
PATIENCE_SECONDS = 900
BESIDE = 1.3
FEW, MANY = 32_561, 3_256_100
# Half of what version 0.1.0 took in the same measure (16: 11.1 s of 0.70).
OVER_READING = 8.0
PEAK_LARGE_GB = 0.4


class Case(msgspec.Struct, frozen=True):
    """A case of `bench.assessed`: what it is called, and how many seconds it may take."""

    label: str
    seconds: float
    memory: bool = False


CASES = {
    "adult-gradient": Case("Adult 70/30, gradient boosting", 5),
    "adult-forest": Case("Adult 70/30, random forest", 45),
    "acs-income": Case("ACSIncome, 332,900 rows, without LiRA", 30, memory=True),
}


async def run(effort: Effort, folder: Path) -> Part:
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise Skip(f"not installed: {', '.join(missing)} (`make venv` installs them)")
    if not assessed.DATA.is_dir():
        raise Skip(f"the data sets are not in {assessed.DATA}")
    part = Part(name="ai", title="Assessments of AI")
    for name in effort.assessments:
        case = CASES[name]
        runs = [_apart(name, folder) for _ in range(effort.rounds)]
        part.figures += _case_figures(case, runs)
    part.figures += _beside(effort, folder)
    part.figures += _answers(effort, folder)
    part.figures += _fairness_figures(effort)
    envelope, key_of = _passport()
    part.figures.append(
        Figure(
            name=f"a passport of {PASSPORT_GROUPS:,} groups: proven, and every count compared",
            unit="s",
            values=[_checked(envelope, key_of) for _ in range(effort.rounds)],
            target=CHECKED_SECONDS,
        )
    )
    part.notes = [
        (
            "An assessment is everything that `faifo ai assess` measures, with the training of the"
            " model and the reading of the file, from the start of a process that has two cores to"
            " its end; ACSIncome is scored by gradient boosting, trained on 70 %."
            " Adult: UCI, United States census of 1994; ACSIncome: United States census, through"
            " Folktables."
            f" scikit-learn {version('scikit-learn')}."
        ),
        (
            f"Fairness: {ROWS:,} made-up rows in {GROUPS} groups. Ours is {OURS:,} replicates of"
            " seven rates of each group and all their gaps, from counts, the counting included;"
            f" fairlearn {version('fairlearn')}'s MetricFrame draws"
            f" {effort.fairlearn_replicates} replicates of three rates from the rows."
        ),
    ]
    return part


def _beside(effort: Effort, folder: Path) -> list[Figure]:
    """Measure whether another load makes an assessment cost more than it has to."""
    name, values = "adult-gradient", []
    for _ in range(effort.rounds):
        quiet = _apart(name, folder).cpu
        spin = "while True: pass"
        others = [subprocess.Popen([sys.executable, "-c", spin]) for _ in range(assessed.CORES)]
        try:
            values.append(_apart(name, folder).cpu / quiet)
        finally:
            for other in others:
                other.kill()
                other.wait()
    label = f"{CASES[name].label}: CPU beside {assessed.CORES} busy processes ÷ quiet"
    return [Figure(name=label, unit="×", values=values, target=BESIDE)]


def _answers(effort: Effort, folder: Path) -> list[Figure]:
    """Measure `faifo ai assess` of answers alone: what is fixed, and what a row costs."""
    few, many = folder / "answers.csv", folder / "many.csv"
    assessed.write_answers(few, FEW)
    assessed.write_answers(many, MANY)
    small = [_apart(assessed.ANSWERS, folder, few) for _ in range(effort.rounds)]
    large = [_apart(assessed.ANSWERS, folder, many) for _ in range(effort.rounds)]
    read = [_apart(assessed.READ, folder, many) for _ in range(effort.rounds)]
    over = [a.cpu / b.cpu for a, b in zip(large, read, strict=True)]
    peak = [one.peak_bytes / 1e9 for one in large]
    return [
        Figure(name=f"answers only, {FEW:,} rows: CPU of the command", unit="s",
               values=[one.cpu for one in small], target=0.9),
        Figure(name=f"answers only, {MANY:,} rows: rows a second and core", unit="",
               values=[MANY / one.cpu for one in large]),
        Figure(name=f"answers only, {MANY:,} rows: CPU ÷ reading them by Polars", unit="×",
               values=over, target=OVER_READING),
        Figure(name=f"answers only, {MANY:,} rows: peak memory", unit="GB", values=peak,
               target=PEAK_LARGE_GB),
    ]  # fmt: skip


def _apart(name: str, folder: Path, *file: Path) -> assessed.Cost:
    command = python("bench.assessed", name, *map(str, file))
    with started(Process(command, log=folder / f"{name}.log")) as process:
        return msgspec.json.decode(process.first_line(PATIENCE_SECONDS), type=assessed.Cost)


def _case_figures(case: Case, runs: list[assessed.Cost]) -> list[Figure]:
    memory = PEAK_GB if case.memory else None
    return [
        Figure(
            name=f"{case.label}: whole assessment",
            unit="s",
            values=[one.seconds for one in runs],
            target=case.seconds,
        ),
        Figure(name=f"{case.label}: CPU", unit="s", values=[one.cpu for one in runs]),
        Figure(
            name=f"{case.label}: peak memory",
            unit="GB",
            values=[one.peak_bytes / 1e9 for one in runs],
            target=memory,
        ),
    ]


def _fairness_figures(effort: Effort) -> list[Figure]:
    rows = _rows()
    ours, theirs = [], []
    for _ in range(effort.rounds):
        theirs.append(_fairlearn(rows, effort.fairlearn_replicates))
        # One of ours is over in milliseconds: what else the machine does would decide.
        ours.append(statistics.median(_ours(rows) for _ in range(5)))
    return [
        Figure(
            name="fairness, a replicate: from counts", unit="µs", values=[s * 1e6 for s in ours]
        ),
        Figure(
            name="fairness, a replicate: fairlearn", unit="µs", values=[s * 1e6 for s in theirs]
        ),
        Figure(
            name="fairness, a replicate: fairlearn ÷ from counts",
            unit="×",
            values=ratios(theirs, ours),
            target=TIMES_FAIRLEARN,
            better="more",
        ),
    ]


def _passport() -> tuple[bytes, Any]:
    """Return a signed passport of many groups, and who finds the key of its signature."""
    from cryptography.hazmat.primitives.asymmetric import ec

    from faifo.ai.assess.writing import Writer
    from faifo.ai.evidence import Artefact, EvidenceSet
    from faifo.ai.metrics.confusion import Confusion
    from faifo.ai.metrics.groups import written
    from faifo.ai.passport.build import build, read_description, sign
    from faifo.trust.keys import KeyPurpose, SigningKey, public_key_from_jwk

    now = datetime(2026, 11, 28, tzinfo=UTC)
    tables = {(f"district {i:04}",): (40 + i % 7, 15, 12, 50) for i in range(PASSPORT_GROUPS)}
    whole = [sum(column) for column in zip(*tables.values(), strict=True)]
    counts = dict(zip(Confusion._fields, whole, strict=True))
    writer = Writer((Artefact(name="a", role="predictions", sha256="0" * 64),), 10, 0)
    found = (
        writer.write("performance", counts, n=sum(whole)),
        writer.write(
            "group-fairness",
            written(Confusion._fields, tables, 1),
            n=sum(whole),
            parameters={"attributes": ["district"], "reference": None},
        ),
    )
    key = SigningKey(
        id="did:web:bank.example.org#passport-1",
        purpose=KeyPurpose.PASSPORT,
        created=now,
        private_key=ec.generate_private_key(ec.SECP256R1()),
    )
    about = read_description(
        b'name = "n"\nversion = "1"\npurpose = "p"\n[issuer]\nname = "Bank"\n'
        b"[risk]\nseverity = 1\nprobability = 1\n"
    )
    did = key.id.partition("#")[0]
    made = build(
        about, EvidenceSet(task="binary", evidence=found), id="urn:uuid:1", did=did, now=now
    )
    public = public_key_from_jwk(key.public_jwk(), id=key.id)
    return sign(made, key), lambda _: public


def _checked(envelope: bytes, key_of: Any) -> float:
    """Return the seconds of proving a passport and making everything in it again."""
    from faifo.ai.decision.recompute import prove_figures
    from faifo.ai.passport.verify import verify_passport

    begin = time.perf_counter()
    prove_figures(verify_passport(envelope, key_of).passport.evidence)
    return time.perf_counter() - begin


def _rows() -> dict[str, Any]:
    import numpy as np

    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, ROWS)
    return {
        "group": rng.choice([f"g{number}" for number in range(GROUPS)], ROWS),
        "truth": truth,
        "decided": np.where(rng.random(ROWS) < 0.8, truth, 1 - truth),
    }


def _ours(rows: dict[str, Any]) -> float:
    """Return the seconds of a replicate."""
    from faifo.ai.assess.bootstrap import draw
    from faifo.ai.assess.tallying import tally_binary
    from faifo.ai.metrics.confusion import RATES, Confusion
    from faifo.ai.metrics.groups import Group

    begin = time.perf_counter()
    tally = tally_binary(rows["truth"], rows["decided"], None, {"g": rows["group"]})
    groups = []
    for (name,), cell in tally.margin([0]).items():
        table = Confusion(*cell.table)
        parts = {rate: table.parts(rate) for rate in RATES}
        groups.append(Group(f"g={name}", table.n, parts, table))
    draw(groups, "g", None, 0, OURS)
    return (time.perf_counter() - begin) / OURS


def _fairlearn(rows: dict[str, Any], replicates: int) -> float:
    """Return the seconds of a replicate."""
    from fairlearn import metrics

    rates = {
        "selection_rate": metrics.selection_rate,
        "tpr": metrics.true_positive_rate,
        "fpr": metrics.false_positive_rate,
    }
    begin = time.perf_counter()
    metrics.MetricFrame(
        metrics=rates,
        y_true=rows["truth"],
        y_pred=rows["decided"],
        sensitive_features=rows["group"],
        n_boot=replicates,
        ci_quantiles=[0.025, 0.975],
        random_state=0,
    )
    return (time.perf_counter() - begin) / replicates
