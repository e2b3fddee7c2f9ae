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
    kept = json.loads(FILE.read_text()) if FILE.exists() else {}
    kept[result.part] = {**result._asdict(), "losses": len(result.losses), "lost": result.losses}
    FILE.write_text(json.dumps(kept, indent=2, sort_keys=True, default=str) + "\n")
