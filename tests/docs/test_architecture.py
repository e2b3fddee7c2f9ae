"""docs/architecture.md names every room, and what the pages for builders name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "faifo"
ARCHITECTURE = ROOT / "docs" / "architecture.md"


def rooms(folder: Path) -> set[str]:
    return {one.parent.name for one in folder.glob("*/__init__.py")}


@pytest.mark.parametrize("folder", [SRC, SRC / "node"], ids=["faifo", "node"])
def test_every_room_has_its_row(folder: Path):
    firsts = re.findall(r"^\|([^|]+)\|", ARCHITECTURE.read_text(encoding="utf-8"), re.M)
    named = {name.partition("/")[0] for first in firsts for name in re.findall(r"`([^`]+)`", first)}
    assert rooms(folder) - named == set()


@pytest.mark.parametrize("page", ["architecture.md", "howto/extend.md"])
def test_every_file_that_is_named_is_there(page: str):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    there = {f"/{path.relative_to(ROOT)}" for top in ("src", "tests", "scripts")
             for path in (ROOT / top).rglob("*.py")}  # fmt: skip
    # What a reader of the how-to makes, or chooses.
    named = set(re.findall(r"`([\w/]+\.py)`", text)) - {"faifo_authority.py", "api/SUBJECT.py"}
    assert len(named) >= 8
    assert {name for name in named if not any(one.endswith(f"/{name}") for one in there)} == set()
