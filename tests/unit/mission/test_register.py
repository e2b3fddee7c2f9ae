"""The register says what the page says: the same rows as JSON and CSV, in both languages."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from faifo import mission
from faifo.mission import LANGUAGES, register
from faifo.phrases import say

DOCS = Path(__file__).parents[3] / "docs"
PAGES = {"en": "mission.md", "vi": "mission.vi.md"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_rows_are_those_of_the_page(lang: str):
    page = (DOCS / PAGES[lang]).read_text(encoding="utf-8")
    told = [line.split(" | ") for line in page.splitlines() if re.match(r"\| [^-]", line)]
    told = [cells for cells in told if cells[2] != say("mission.page.verb", lang)]
    rows = register.rows(lang)
    assert len(told) == len(rows)
    for (asked, quote, status, served), row in zip(told, rows, strict=True):
        assert asked.removeprefix("| ") == row.asked
        assert quote.replace("*", "").replace("–", "") == row.quote.replace("–", "")
        assert status.startswith(row.status)
        assert served.startswith(row.served_by)
        assert row.not_yet in served
        assert all(at.removeprefix("docs/") in served for at in row.pages.split("; "))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_part_of_a_quote_is_longer_than_fifteen_words(lang: str):
    parts = [part for row in register.rows(lang) for part in row.quote.split("; ")]
    assert max(len(part.split()) for part in parts) <= 15


def test_what_nothing_serves_says_so_in_the_register_too():
    rows = {row.id: row for row in register.rows("en")}
    assert rows["supply-chains"].served_by == "nothing yet"
    assert rows["cables"].served_by == "not a matter of software"


@pytest.mark.parametrize(
    ("id_", "who", "status"),
    [
        ("apec-adopted", "the leaders of APEC", "adopted"),
        ("mutual-trust", "Viet Nam's president", "said"),
        ("joint-drills", "one speaker", "proposed"),
        ("ai-principles", "the leaders of the G20", "agreed"),
    ],
)
def test_who_said_it_and_with_which_verb(id_: str, who: str, status: str):
    (row,) = [row for row in register.rows("en") if row.id == id_]
    assert (row.who, row.status) == (who, status)


@pytest.mark.parametrize("meeting", sorted({one.meeting for one in mission.asked()}))
def test_the_days_are_those_that_the_page_names(meeting: str):
    since, until = mission.days(meeting)
    named = re.findall(r"\d+", say(f"mission.place.{meeting}", "vi"))
    if meeting == "un-convention":
        assert (since, until) == ("2025-10", "")
        assert named[:2] == ["10", "2025"]
        return
    for day in map(date.fromisoformat, (since, until)):
        assert {str(day.day), str(day.month), str(day.year)} <= set(named)
