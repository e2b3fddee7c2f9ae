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
    fenced = ""
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = line if fenced == "" else ""
            found.append(line)
        elif fenced == "```text":
            found.append("output")
        elif fenced:
            found.append(line.partition("#")[0].replace("DEMO_LANG=vi", "").strip())
        elif match := re.match(r"(#+|- \*\*|- \[|\||!\[|<!--)", line):
            found.append(match[0])
    return found


def _links(text: str) -> list[str]:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith("README")]
    return [link.replace(".vi.md", ".md") for link in links]


def _figures(text: str) -> list[str]:
    """Return every number of the table, without the marks that differ between the languages."""
    rows = [line for line in text.splitlines() if line.startswith("| ")]
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
def test_the_first_row_of_figures_is_that_of_the_page_beside_edc(name: str) -> None:
    _, _, first, *_ = [row for row in _read(name).splitlines() if row.startswith("| ")]
    assert "(docs/beside-edc.md)" in first
    whole = next(row for row in _read("docs/beside-edc.md").splitlines() if "whole, catalog" in row)
    told = re.sub(r"[.,]", "", first)
    for figure in ("57–79", "270–308", "3,022"):
        assert figure in whole
        assert figure.replace(",", "") in told


@pytest.mark.parametrize("name", BOTH)
def test_no_missed_target_stands_here_and_the_count_of_them_is_right(name: str) -> None:
    """They stand on the page of the figures, which tells each."""
    text = _read(name)
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert not any(word in row for row in rows for word in ("missed", "chưa đạt"))
    missed = len(re.findall(r"^- \*\*missed\*\*", _read("docs/benchmarks.md"), re.M))
    assert (f"the {missed} that are missed" in text) or (f"{missed} mục tiêu chưa đạt" in text)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (ENGLISH, ("APEC", "G20", "ASEAN", "one attempt", "Nobody there has endorsed it")),
        (VIETNAMESE, ("APEC", "G20", "ASEAN", "một cách làm", "Không ai ở đó bảo chứng cho Faifo")),
    ],
)
def test_the_first_paragraph_says_what_was_asked_for_and_by_whom(
    name: str, words: tuple[str, ...]
) -> None:
    first = _read(name).split("\n\n")[2]
    assert [word for word in words if word not in first] == []
    assert "docs/mission" in first


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
    assert "chứng thực" not in text, "a credential is a chứng nhận"
    assert all(letter in text for letter in "ăâđêôơưáàảãạ")
    # Decomposed letters look alike and are not found by a search.
    assert not re.search("[\u0300-\u036f]", text)
