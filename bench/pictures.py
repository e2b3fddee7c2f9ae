"""The pictures of docs/benchmarks.md: which there are, and what they are called and say.

The same figures give the same bytes. Without matplotlib there are no pictures.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.figures import Part

PATTERN = "bench-*.svg"
MISSING = "no plots: matplotlib is missing; `make venv` installs it (dependency group `bench`)"


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture. `part` names the part below whose title it stands; "" is the top of the page."""

    file: str
    part: str
    alt: str
    svg: bytes


def possible() -> bool:
    return importlib.util.find_spec("matplotlib") is not None


def draw(parts: Sequence[Part]) -> list[Picture]:
    """Draw what the parts have figures for; a part that was skipped or failed has none."""
    if not possible():
        return []
    from bench import plots

    return [
        Picture(file=f"bench-{name}.svg", part=part, alt=plot.alt, svg=plot.svg)
        for name, part, plot in (
            ("targets", "", plots.targets(parts)),
            ("flow", "flow", plots.flow(parts)),
            ("proxy", "proxy", plots.proxy(parts)),
        )
        if plot is not None
    ]


def write(pictures: Sequence[Picture], folder: Path) -> None:
    """Write the pictures, and remove those of an earlier run that the page no longer shows."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob(PATTERN):
        old.unlink()
    for picture in pictures:
        (folder / picture.file).write_bytes(picture.svg)
