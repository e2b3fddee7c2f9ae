"""The docs build without a warning, and what is built asks nothing of the network."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOADED = {
    ("script", "src"),
    ("link", "href"),
    ("img", "src"),
    ("iframe", "src"),
    ("source", "src"),
    ("object", "data"),
    ("form", "action"),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "site"
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


class Loads(HTMLParser):
    """Collects what a browser fetches by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if value and (tag, name) in LOADED]


def _external(text: str) -> list[str]:
    parser = Loads()
    parser.feed(text)
    return [address for address in parser.found if re.match(r"(?:[a-z]+:)?//", address)]


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) >= 20
    assert {str(page): _external(page.read_text(encoding="utf-8")) for page in pages} == {
        str(page): [] for page in pages
    }


def test_no_style_loads_anything_from_elsewhere(site: Path) -> None:
    for style in [*site.rglob("*.css"), *site.rglob("*.svg")]:
        text = style.read_text(encoding="utf-8")
        assert not re.search(r"(?:url\(|@import|href=)\s*[\"']?(?:https?:)?//", text), style


def test_what_is_loaded_from_elsewhere_would_be_found() -> None:
    assert _external('<script src="https://cdn.example/x.js"></script><a href="https://b/">') == [
        "https://cdn.example/x.js"
    ]
    assert _external('<link href="//cdn.example/x.css">') == ["//cdn.example/x.css"]


def test_machines_are_drawn(site: Path) -> None:
    page = (site / "reference" / "state-machines.html").read_text(encoding="utf-8")
    assert page.count("<img") == 2
    assert "mermaid" not in page


def test_every_page_of_the_docs_is_built(site: Path) -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        built = site / page.relative_to(ROOT / "docs").with_suffix(".html")
        built = built.with_name("index.html") if page.name == "README.md" else built
        assert built.exists(), page
