"""The tutorials of the console name what stands on its pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from faifo.phrases.catalogue import catalogue

TUTORIALS = Path(__file__).parents[2] / "docs" / "tutorial"


@pytest.mark.parametrize(
    ("name", "lang"), [("console.md", "en"), ("console.vi.md", "vi"), ("console.ko.md", "ko")]
)
def test_what_is_to_be_pressed_is_there(name: str, lang: str):
    text = (TUTORIALS / name).read_text("utf-8")
    labels = set(re.findall(r"\*\*(.+?)\*\*", text))
    said = [text for key, text in catalogue(lang).items() if key.startswith("console.")]
    assert len(labels) > 15
    for label in labels:
        assert any(str(one).startswith(label) or label in str(one) for one in said), label
