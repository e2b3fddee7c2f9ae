"""What the pages are made of: no script, no style of their own, nothing from elsewhere."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from faifo.node.http.pages.rendering import _templates
from faifo.phrases.catalogue import catalogue

FOLDER = Path(str(files("faifo.node.http.pages") / "templates"))
TEMPLATES = sorted(str(one.relative_to(FOLDER)) for one in FOLDER.rglob("*.j2"))
FORBIDDEN = re.compile(
    r"<script|<style|style=|javascript:|\son\w+=|hx-on|\bjs:|\|\s*safe|autoescape false"
    r"|<img|<iframe|https?://",
    re.I,
)
SAID = re.compile(r"say\('([a-z.-]+)'")


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_has_no_script_and_lets_nothing_through(name: str):
    text = (FOLDER / name).read_text("utf-8")
    assert FORBIDDEN.findall(text) == []
    _templates().get_template(name)
    section = "console" if name.startswith("console/") else "person.page"
    said = {key for key in SAID.findall(text) if not key.endswith((".", "-"))}
    assert {key for key in said if f"{section}.{key}" not in catalogue("en")} == set()


def test_the_style_sheet_is_small_and_takes_nothing_from_elsewhere():
    text = (files("faifo.node.http.pages") / "style.css").read_text("utf-8")
    assert len(text.encode()) <= 12_000
    assert re.findall(r"url\(|@import|https?:", text) == []
