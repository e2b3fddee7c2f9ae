"""Both README files say the same things, and nothing in them leads nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGLISH, VIETNAMESE = "README.md", "README.vi.md"
BOTH = (ENGLISH, VIETNAMESE)


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _shape(text: str) -> list[str]:
    """Return what stands in both languages alike: heads, items, rows, code, links."""
    found = []
    fenced = False
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
            found.append("code")
        elif fenced:
            found.append(line.partition("#")[0].replace("DEMO_LANG=vi", "").strip())
        elif match := re.match(r"(#+|- \*\*|- \[|\||!\[|<!--)", line):
            found.append(match[0])
    return found


def _links(text: str) -> list[str]:
    return [link for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith("README")]


def _figures(text: str) -> list[str]:
    """Return every number of the table, without the marks that differ between the languages."""
    rows = [line for line in text.splitlines() if line.startswith("| ") and "make " in line]
    return [re.sub(r"[.,]", "", number) for row in rows for number in re.findall(r"\d[\d.,]*", row)]


def test_both_have_the_same_shape() -> None:
    assert _shape(_read(ENGLISH)) == _shape(_read(VIETNAMESE))
    assert _shape(_read(ENGLISH)).count("##") >= 5


def test_both_have_the_same_links() -> None:
    assert _links(_read(ENGLISH)) == _links(_read(VIETNAMESE))


def test_both_have_the_same_figures() -> None:
    assert _figures(_read(ENGLISH)) == _figures(_read(VIETNAMESE))
    assert len(_figures(_read(ENGLISH))) >= 10


@pytest.mark.parametrize("name", BOTH)
def test_every_link_leads_to_a_file(name: str) -> None:
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", _read(name)):
        assert (ROOT / link).exists(), link


@pytest.mark.parametrize("name", BOTH)
def test_every_make_target_is_there(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", _read("Makefile"), re.M))
    named = set(re.findall(r"make ([a-z]+)\b", _read(name)))
    assert {"demo", "test", "bench"} <= named <= targets


def test_the_vietnamese_one_has_its_marks() -> None:
    text = _read(VIETNAMESE)
    assert all(letter in text for letter in "ăâđêôơưáàảãạ")
    # Decomposed letters look alike and are not found by a search.
    assert not re.search("[\u0300-\u036f]", text)
