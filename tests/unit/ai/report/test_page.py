"""Reports cannot be made to run anything, and are the same for the same evidence."""

from __future__ import annotations

import csv
import io
from typing import Any

import msgspec
import pytest

pytest.importorskip("matplotlib", reason="needs faifo[ai]")

from faifo.ai.evidence import Figure
from faifo.ai.report.figures_csv import figures_csv, harmless
from faifo.ai.report.page import evidence_page

EVIL = "sex=<script>alert(1)</script>$x^2$\"'"


@pytest.fixture(scope="module")
def evil(evidence_set: Any) -> Any:
    """The same evidence with a group whose name is an attack."""
    changed = []
    for evidence in evidence_set.evidence:
        figures = tuple(
            msgspec.structs.replace(figure, slice=figure.slice.replace("sex=f", EVIL))
            for figure in evidence.figures
        )
        changed.append(
            msgspec.structs.replace(evidence, figures=figures, suppressed=("<b>bold</b>",))
        )
    return msgspec.structs.replace(evidence_set, evidence=tuple(changed))


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_names_from_data_are_text_and_nothing_else(evil: Any, lang: str):
    page = evidence_page(evil, lang, name="<img src=x onerror=alert(1)>")
    assert "<script" not in page
    assert "<img" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;" in page
    assert 'http-equiv="Content-Security-Policy" content="default-src \'none\'' in page


def test_nothing_is_fetched_and_the_bytes_are_the_same(evidence_set: Any):
    page = evidence_page(evidence_set, "en", name="x")
    assert page == evidence_page(evidence_set, "en", name="x")
    assert "<svg" in page
    for fetching in ("src=", "@import", "url(http", "<link", "<iframe"):
        assert fetching not in page, fetching
    assert "Selection rate by group" in page
    assert "Tỷ lệ được chọn theo nhóm" in evidence_page(evidence_set, "vi", name="x")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("sex=f", "sex=f"),
        ("", ""),
    ],
)
def test_no_cell_starts_a_formula(text: str, expected: str):
    assert harmless(text) == expected


def test_every_figure_stands_in_the_csv(evidence_set: Any):
    first = evidence_set.evidence[0]
    bad = msgspec.structs.replace(first, figures=(Figure(name="x", slice="=cmd|'/c calc'!A1"),))
    found = msgspec.structs.replace(evidence_set, evidence=(bad, *evidence_set.evidence[1:]))
    lines = list(csv.DictReader(io.StringIO(figures_csv(found))))
    assert len(lines) == sum(len(e.figures) for e in found.evidence)
    assert lines[0]["slice"] == "'=cmd|'/c calc'!A1"
