"""The words of the glossary are the ones that are used."""

from __future__ import annotations

import tomllib
import unicodedata
from importlib.resources import files
from pathlib import Path

ROOT = Path(__file__).parents[3]
# What the Vietnamese texts said beside the word of the glossary, and in the older spelling.
BESIDE = ("thương lượng", "tập dữ liệu", "lần truyền", "thoả", "khoá ", "uỷ ", "hoà ")
PAGES = {"en": "docs/mission.md", "vi": "docs/mission.vi.md", "ko": "src/faifo/phrases/ko.toml"}


def test_every_word_is_used_in_its_language() -> None:
    text = files("faifo.phrases").joinpath("glossary.toml").read_text("utf-8")
    words = tomllib.loads(text)["word"]
    assert len({word["en"] for word in words}) == len(words) >= 20
    for lang, page in PAGES.items():
        used = (ROOT / page).read_text("utf-8").casefold()
        assert [word[lang] for word in words if word[lang].casefold() not in used] == []


def test_a_word_has_no_other_beside_it_in_vietnamese() -> None:
    folders = (ROOT / "docs", ROOT / "src/faifo/course/lessons/vi", ROOT / "src/faifo/phrases")
    pages = [one for folder in folders for one in folder.rglob("*") if _is_vietnamese(one)]
    assert len(pages) > 8
    found = [(one.name, word) for one in pages for word in BESIDE if word in _text(one)]
    assert found == []


def _is_vietnamese(path: Path) -> bool:
    return path.name.endswith(("vi.md", "vi.toml")) or path.parent.name == "vi"


def _text(path: Path) -> str:
    return unicodedata.normalize("NFC", path.read_text("utf-8")).casefold()
