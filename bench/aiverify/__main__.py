"""`python -m bench.aiverify [--rows N]`, or `make bench-ai`.

The exit code is 0 when both tools ran, 1 when one of them failed, 2 when it cannot run here.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import sys
import tempfile
from pathlib import Path

import msgspec

from bench import machine
from bench.aiverify import environment, ours, page, referee, splitting, theirs
from bench.aiverify.rates import compare
from bench.figures import BenchError, Skip
from bench.processes import ROOT
from faifo import clock

RESULT = ROOT / "build" / "bench-ai.json"
PAGE = ROOT / "docs" / "ai-verify.md"
# AI Verify's robustness test takes up to a second a row.
ROWS = 50


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.aiverify", description="Faifo and AI Verify on the same rows."
    )
    parser.add_argument(
        "--rows", type=int, default=ROWS, help=f"rows of AI Verify's robustness test ({ROWS})"
    )
    chosen = parser.parse_args()
    try:
        python = environment.interpreter()
        with tempfile.TemporaryDirectory(prefix="faifo-bench-ai-") as folder:
            data = splitting.data_set(Path(folder))
            if data.file != splitting.ADULT:
                print(f"{splitting.ADULT} is not there: {data.name} is used, and no page written")
            found = _run(python, data, Path(folder), chosen.rows)
    except Skip as why:
        print(why, file=sys.stderr)
        return 2
    except BenchError as error:
        print(error, file=sys.stderr)
        return 1
    text = page.body(found)
    print(text)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    print(f"written: {RESULT.relative_to(ROOT)}")
    if data.file == splitting.ADULT:
        PAGE.write_text(f"{page.HEAD}\n{text}")
        print(f"written: {PAGE.relative_to(ROOT)}")
    return 0


def _run(python: Path, data: splitting.DataSet, folder: Path, rows: int) -> page.Outcome:
    parts = splitting.split(data, folder)
    print(f"training in AI Verify's environment: {data.name}", flush=True)
    versions = theirs.train(python, folder, rows)
    answers = ours.of_answers(data, parts, folder)
    decided = _decisions(folder)
    compared, fairness = {}, {}
    for column in data.groups:
        print(f"AI Verify, fairness by {column}", flush=True)
        reported, fairness[column] = theirs.fairness(python, folder, column, parts.codes[column])
        named = parts.groups[column]
        compared[column] = compare(
            referee.tables(parts.truth, decided, named),
            reported=reported,
            ours=ours.values(answers, column),
            referee=referee.values(parts.truth, decided, named),
        )
    print(f"AI Verify, robustness, {rows} rows, twice", flush=True)
    robustness = [theirs.plugin(python, folder, theirs.ROBUSTNESS, "some.sav") for _ in range(2)]
    print("Faifo, the whole assessment, twice", flush=True)
    return page.Outcome(
        began=clock.now().strftime("%Y-%m-%d %H:%M UTC"),
        machine=_machine(versions, robustness[0]),
        data=f"{data.name} ({data.file.name}), groups by {' and '.join(data.groups)}",
        rows=len(parts.truth),
        compared=compared,
        fairness=fairness,
        robustness=robustness,
        answers=answers,
        whole=[ours.whole(data, folder, number) for number in range(2)],
    )


def _decisions(folder: Path) -> list[int]:
    import polars as pl

    return pl.read_csv(folder / "answers.csv")["decision"].to_list()


def _machine(versions: dict[str, str], robustness: theirs.Told) -> dict[str, str]:
    mine = {name: importlib.metadata.version(name) for name in ("scikit-learn", "fairlearn")}
    return {
        "machine": f"{machine.processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        "AI Verify": f"plugins {robustness.version}, Python {versions['Python']},"
        f" scikit-learn {versions['scikit-learn']}",
        "Faifo": f"{importlib.metadata.version('faifo')}, Python {platform.python_version()},"
        f" scikit-learn {mine['scikit-learn']}",
        "referee": f"scikit-learn {mine['scikit-learn']}, fairlearn {mine['fairlearn']}",
    }


if __name__ == "__main__":
    sys.exit(main())
