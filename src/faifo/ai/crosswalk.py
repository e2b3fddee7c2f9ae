"""Which requirements of which frameworks a family of evidence is mapped to: data, not a claim."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def crosswalk() -> dict[str, tuple[str, ...]]:
    """Return the references by family of evidence."""
    text = files("faifo.ai").joinpath("crosswalk.toml").read_text("utf-8")
    return {family: tuple(refs) for family, refs in tomllib.loads(text).items()}
