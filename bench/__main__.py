"""`python -m bench [--rounds N] [--quick] [--only PART …] [--base NAME]`, or `--page-only [JSON]`.

The exit code tells whether every part ran; a target that is missed is told, and is no failure.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from bench import (
    against,
    ai,
    base,
    catalogs,
    conditions,
    console,
    credentials,
    fairness,
    fetching,
    files,
    flow,
    growth,
    kept,
    ledger,
    machine,
    participants,
    pictures,
    policies,
    proxying,
    quotas,
    report,
    reports,
    skills,
    starting,
    stored,
    stores,
    streaming,
    tokens,
    transitions,
    visible,
    warnings,
)
from bench.figures import BenchError, Effort, Part, Skip, effort
from bench.processes import ROOT
from faifo import clock

FULL_RUN = ROOT / "build" / "bench.json"
# What --quick or --only measured: the page is never made from it, nor does it cover a full run.
OTHER_RUN = ROOT / "build" / "bench-partial.json"
PAGE = ROOT / "docs" / "benchmarks.md"
PARTS = {
    "flow": flow.run,
    "credentials": credentials.run,
    "fetch": fetching.run,
    "kept": kept.run,
    "conditions": conditions.run,
    "growth": growth.run,
    "proxy": proxying.run,
    "files": files.run,
    "transitions": transitions.run,
    "store": stores.run,
    "stored": stored.run,
    "start": starting.run,
    "participants": participants.run,
    "catalog": catalogs.run,
    "visible": visible.run,
    "fairness": fairness.run,
    "stream": streaming.run,
    "tokens": tokens.run,
    "policy": policies.run,
    "quota": quotas.run,
    "warning": warnings.run,
    "ledger": ledger.run,
    "ai": ai.run,
    "skills": skills.run,
    "report": reports.run,
    "console": console.run,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Faifo.")
    parser.add_argument("--rounds", type=int, help="rounds of each measurement (default 5)")
    parser.add_argument("--quick", action="store_true", help="short rounds; no page is written")
    parser.add_argument("--large", action="store_true", help="let growth go on to 10^6 (an hour)")
    parser.add_argument("--only", action="append", choices=list(PARTS), help="only this part")
    parser.add_argument(
        "--page-only",
        nargs="?",
        type=Path,
        const=FULL_RUN,
        metavar="JSON",
        help="measure nothing; write the page and its plots from a full run's JSON",
    )
    parser.add_argument("--base", metavar="NAME", help="against a version of bench/baseline.toml")
    chosen = parser.parse_args()
    if chosen.page_only:
        return _page_only(chosen.page_only)
    if sys.platform != "linux":
        print("The benchmarks read /proc: they run on Linux only.", file=sys.stderr)
        return 2
    # A node that may not keep its bytecode would compile itself at each start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    work = effort(chosen.rounds, quick=chosen.quick, large=chosen.large)
    if chosen.base:
        return _against(chosen.base, chosen.only, work, quick=chosen.quick)
    with tempfile.TemporaryDirectory(prefix="faifo-bench-") as folder:
        about = {
            "began": clock.now().strftime("%Y-%m-%d %H:%M UTC"),
            "command": " ".join(["python -m bench", *sys.argv[1:]]),
            "rounds": work.rounds,
            "full": not (chosen.quick or chosen.only),
            "machine": machine.describe(Path(folder)),
        }
        begin = time.perf_counter()
        parts = [_measured(name, work, Path(folder) / name) for name in chosen.only or PARTS]
        about["seconds"] = time.perf_counter() - begin
    run = FULL_RUN if about["full"] else OTHER_RUN
    run.parent.mkdir(exist_ok=True)
    run.write_bytes(report.as_json(about, parts))
    print(f"\nwritten: {run.relative_to(ROOT)}")
    if about["full"]:
        _write_page(about, parts)
    return 1 if any(part.failed for part in parts) else 0


def _against(name: str, only: list[str] | None, work: Effort, *, quick: bool) -> int:
    """Measure the tree and an earlier version in turn, and print the ratios."""
    try:
        known = base.find(name)
        parts = against.parts_of(known, only)
        base.make(known)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    found: list[against.Compared] = []
    failed = False
    for part in parts:
        try:
            compared = against.measure(part, known, work, quick=quick)
        except BenchError as error:
            print(f"\n{part}\n  FAILED: {error}", flush=True)
            failed = True
            continue
        told = f"  left out: {compared}" if isinstance(compared, str) else against.table(compared)
        print(f"\n{part}: the tree against {name}\n{told}", flush=True)
        found += compared if isinstance(compared, list) else []
    run = ROOT / "build" / f"bench-against-{name}.json"
    run.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    print(f"\nwritten: {run.relative_to(ROOT)}")
    return 1 if failed else 0


def _page_only(run: Path) -> int:
    try:
        about, parts = report.from_json(run.read_bytes())
    except (OSError, BenchError) as error:
        print(f"{run}: {error}", file=sys.stderr)
        return 2
    _write_page(about, parts)
    return 0


def _write_page(about: dict[str, Any], parts: Sequence[Part]) -> None:
    if not pictures.possible():
        print(pictures.MISSING, file=sys.stderr)
    drawn = pictures.draw(parts)
    pictures.write(drawn, PAGE.parent / "pictures")
    PAGE.write_text(report.as_markdown(about, parts, drawn))
    print(f"written: {PAGE.relative_to(ROOT)} and {len(drawn)} plots in docs/pictures")


def _measured(name: str, work: Effort, folder: Path) -> Part:
    """Run one part in a loop of its own and print it; a failure spares the others."""
    folder.mkdir()
    begin = time.perf_counter()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            part = runner.run(PARTS[name](work, folder))
    except Skip as why:
        part = Part(name=name, title=name, skipped=str(why))
    except Exception as error:  # noqa: BLE001 - told, and in the exit code
        traceback.print_exc()
        part = Part(name=name, title=name, failed=str(error) or type(error).__name__)
    part.seconds = time.perf_counter() - begin
    print(report.table(part), flush=True)
    return part


if __name__ == "__main__":
    sys.exit(main())
