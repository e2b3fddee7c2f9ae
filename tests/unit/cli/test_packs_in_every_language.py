"""A pack has its texts in English and Vietnamese; who reads another language gets the English."""

from __future__ import annotations

from typing import Any

import pytest

from faifo.phrases import LANGUAGES


@pytest.mark.parametrize("lang", LANGUAGES)
def test_packs_are_listed_and_explained_in_every_language(faifo: Any, lang: str) -> None:
    for words in (("ai", "packs"), ("policy", "list"), ("policy", "explain", "ai/asean")):
        ran = faifo(*words, "--lang", lang)
        assert (ran.code, ran.err) == (0, ""), words
        assert "ASEAN" in ran.out
