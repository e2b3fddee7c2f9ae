"""What the pages are made of: the console's one script, one style, nothing from elsewhere."""

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
ALLOWED = '<script type="module" src="{{ root }}/console.js"></script>'
SAID = re.compile(r"say\('([a-z.-]+)'")


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_has_no_script_of_its_own_and_lets_nothing_through(name: str):
    text = (FOLDER / name).read_text("utf-8")
    text = text.replace(ALLOWED, "") if name == "console/bare.html.j2" else text
    assert FORBIDDEN.findall(text) == []
    _templates().get_template(name)
    section = "console" if name.startswith("console/") else "person.page"
    said = {key for key in SAID.findall(text) if not key.endswith((".", "-"))}
    assert {key for key in said if f"{section}.{key}" not in catalogue("en")} == set()


def test_the_script_is_small_and_makes_no_code_of_text():
    text = (files("faifo.node.http.pages") / "console.js").read_text("utf-8")
    assert len(text.encode()) <= 6_000
    assert re.findall(r"eval|Function|innerHTML|document\.write|https?:|import\b", text) == []


def test_the_style_sheet_is_small_and_takes_nothing_from_elsewhere():
    text = (files("faifo.node.http.pages") / "style.css").read_text("utf-8")
    assert len(text.encode()) <= 12_000
    assert re.findall(r"url\(|@import|https?:", text) == []
