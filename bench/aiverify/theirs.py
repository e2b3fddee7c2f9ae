"""AI Verify's plugins, each run by its own command in a folder of its own."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import msgspec

from bench.aiverify.environment import environment
from bench.aiverify.splitting import LABEL
from bench.figures import BenchError

FAIRNESS = "aiverify_fairness_metrics_toolbox_for_classification"
ROBUSTNESS = "aiverify_robustness_toolbox"
FAVOURABLE = 1
MODEL = Path(__file__).with_name("their_model.py")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a plugin wrote, and how long its process took."""

    version: str
    output: dict[str, Any]
    seconds: float


def train(python: Path, folder: Path, rows: int) -> dict[str, str]:
    """Train the model that both judge, in AI Verify's environment; return its versions."""
    told = _run([str(python), str(MODEL), str(folder), str(rows)], folder)
    found: dict[str, str] = msgspec.json.decode(told.strip().splitlines()[-1])
    return found


def plugin(python: Path, folder: Path, name: str, data: str, *more: str) -> Told:
    """Run a plugin on the model and on `data`, one of the pickles in `folder`.

    Raises:
        BenchError: it wrote no result.
    """
    place = folder / f"run-{len(list(folder.glob('run-*')))}"
    place.mkdir()
    table = str(folder / data)
    command = [str(python), "-m", name, "--data_path", table, "--ground_truth_path", table]
    command += ["--model_path", str(folder / "model.sav"), "--ground_truth", LABEL]
    command += ["--model_type", "CLASSIFICATION", "--no-run_pipeline", *more]
    begin = time.perf_counter()
    said = _run(command, place)
    seconds = time.perf_counter() - begin
    written = place / "output" / "results.json"
    if not written.exists():
        raise BenchError(f"{name} wrote no result: {said[-1000:]}")
    found = msgspec.json.decode(written.read_bytes())
    return Told(version=found["version"], output=found["output"], seconds=seconds)


def fairness(
    python: Path, folder: Path, column: str, names: dict[float, str]
) -> tuple[dict[tuple[str, tuple[str, ...]], float], Told]:
    """Return what it reports of the groups in `column`, by its name of the rate and the group."""
    told = plugin(python, folder, FAIRNESS, "test.sav", "--sensitive_features_list", column)
    place = told.output["output_classes"].index(FAVOURABLE)
    reported = {
        (rate, tuple(names[code] for code in entry["group"])): float(entry["metric"])
        for rate, entries in told.output["results"][place].items()
        for entry in entries
    }
    return reported, told


def rows_in(told: Told) -> int:
    """Return how many rows of the table, or disturbed ones, stand in a robustness result."""
    results = told.output["results"]
    return sum(len(results.get(name, ())) for name in ("org_samples", "perturbed_samples"))


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env=environment()
    )
    if done.returncode:
        raise BenchError(f"{' '.join(command[1:4])}: {(done.stderr or done.stdout)[-1000:]}")
    return done.stdout + done.stderr
