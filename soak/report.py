"""What a part came to: printed, and kept in `build/soak.json` beside the other parts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

FILE = Path(__file__).parents[1] / "build" / "soak.json"


class Result(NamedTuple):
    """`operations` and `faults` are counts by name; `losses` are sentences, and should be none."""

    part: str
    seed: int
    seconds: float
    operations: Mapping[str, int]
    faults: Mapping[str, int]
    losses: list[str]
    figures: Mapping[str, Any] = {}


def tell(result: Result) -> None:
    """Print one result and put it into the report."""
    print(f"soak {result.part}: seed {result.seed}, {result.seconds:.0f} s")
    for name in ("operations", "faults"):
        counts: Mapping[str, int] = getattr(result, name)
        parts = ", ".join(f"{key} {value}" for key, value in sorted(counts.items()))
        print(f"  {name} {sum(counts.values())}: {parts}")
    for key, value in result.figures.items():
        if key == "each":
            continue
        print(f"  {key}: {value}")
    print(f"  losses {len(result.losses)}")
    for line in result.losses[:20]:
        print(f"    {line}")
    FILE.parent.mkdir(exist_ok=True)
    kept = read()
    kept[result.part] = {**result._asdict(), "losses": len(result.losses), "lost": result.losses}
    FILE.write_text(json.dumps(kept, indent=2, sort_keys=True, default=str) + "\n")


def read() -> dict[str, Any]:
    """Return the report as it stands, by part."""
    return json.loads(FILE.read_text()) if FILE.exists() else {}


def page() -> str:
    """Return what docs/benchmarks.md says of the parts that are in the report."""
    lines = [
        "## Soak suites",
        "",
        (
            "What `make soak` prints: operations, faults, and losses, of which there must be none."
            " A loss is a difference between the two books, an acknowledged message that is not"
            " kept, a flow that never ends, anything raised in a node, or a bound that is not held:"
            " a good partner within 5 × its undisturbed p99, 64 MiB of memory, ten seconds to stop."
        ),
        "",
        "| part | seed | seconds | operations | faults | losses |",
        "|---|---:|---:|---|---|---:|",
    ]
    kept = read()
    for name, one in sorted(kept.items()):
        counts = (_counts(one["operations"]), _counts(one["faults"]))
        row = (name, one["seed"], round(one["seconds"]), *counts, one["losses"])
        lines.append("| " + " | ".join(map(str, row)) + " |")
    for name, one in sorted(kept.items()):
        figures = {key: value for key, value in one["figures"].items() if key != "each"}
        if figures:
            lines += ["", f"{name}, beside it:", ""]
            lines += [f"- {key}: {_figure(value)}" for key, value in figures.items()]
    return "\n".join(lines) + "\n"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{key} {value}" for key, value in sorted(counts.items()))


def _figure(value: Any) -> str:
    return _counts(value) if isinstance(value, dict) else str(value)
