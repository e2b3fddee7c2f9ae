"""Reports cannot be made to run anything, and are the same for the same evidence."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import msgspec
import pytest

from faifo.ai.decision.explain import figure_name
from faifo.ai.evidence import Figure
from faifo.ai.report.figures_csv import figures_csv, harmless
from faifo.ai.report.page import evidence_page
from faifo.ai.report.wording import named, worded

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


def test_numbers_have_the_marks_of_the_language(evidence_set: Any):
    """Row counts, figures, intervals, axes and p: a Vietnamese reads 1.234 as a thousand."""
    page = evidence_page(evidence_set, "vi", name="x")
    shown = re.sub(r"<p class=\"hash\".*?</p>|<summary.*?</p>|points=\"[^\"]*\"", "", page)
    texts = re.findall(r">([^<]*)<", shown[shown.index("</style>") :])
    numbers = [text for text in texts if re.search(r"\d,\d", text)]
    assert any(text.startswith("[") for text in numbers)
    assert any("(p = 0,0" in text or "(p = 0," in text for text in numbers)
    assert [text for text in texts if re.search(r"(?<![\d.:])0\.\d", text)] == []


def test_every_phrase_of_a_report_is_vietnamese(people_found: Any):
    """Names of columns and classes stay; every sentence and name of ours is told in Vietnamese."""
    said = [text for e in people_found.evidence for text in e.suppressed]
    said += [f.note for e in people_found.evidence for f in e.figures if f.note]
    said += people_found.not_measured.values()
    said += people_found.evidence[0].parameters["assumptions"]
    assert len(said) > 5
    for text in said:
        assert worded(text, "en") == text
        assert worded(text, "vi") != text, text
    for evidence in people_found.evidence:
        assert named("method", evidence.method.id, "vi") != evidence.method.id
        for figure in evidence.figures:
            assert figure_name(figure.name, "vi") != figure.name.replace("_", " ")
    page = evidence_page(people_found, "vi", name="x")
    assert '<html lang="vi">' in page
    assert "nhiễu 0,05" in page
    assert "lớp=" in page
    assert page.count('role="img" aria-label="') == page.count("<svg") > 1
    assert not re.search(r"needs the|left out|under the minimum|divided by", page)


@pytest.fixture(scope="module")
def people_found(tmp_path_factory: pytest.TempPathFactory) -> Any:
    import numpy as np
    import polars as pl

    from faifo.ai.assess.request import Request
    from faifo.ai.assess.run import assess

    rng = np.random.default_rng(1)
    n = 900
    x = rng.normal(size=n)
    sex = rng.choice(["f", "m", "rare"], n, p=[0.5, 0.49, 0.01])
    town = rng.choice(["a", "b"], n)
    path = tmp_path_factory.mktemp("people") / "people.csv"
    pl.DataFrame(
        {"x": x, "sex": sex, "town": town, "y": (x + rng.normal(size=n) > 0).astype(int)}
    ).write_csv(path)
    asked = Request(
        data=path, label="y", groups=("sex", "town"), drop=("sex",),
        train="logistic-regression", lira=False,
    )  # fmt: skip
    return assess(asked).found


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
