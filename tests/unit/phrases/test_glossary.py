"""The words of the glossary are the ones that are used."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGES = {"en": "docs/mission.md", "vi": "docs/mission.vi.md", "ko": "src/faifo/phrases/ko.toml"}


def test_every_word_is_used_in_its_language() -> None:
    text = files("faifo.phrases").joinpath("glossary.toml").read_text("utf-8")
    words = tomllib.loads(text)["word"]
    assert len({word["en"] for word in words}) == len(words) >= 20
    for lang, page in PAGES.items():
        used = (ROOT / page).read_text("utf-8").casefold()
        assert [word[lang] for word in words if word[lang].casefold() not in used] == []
