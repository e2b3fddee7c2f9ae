"""`faifo mission`: the register for a person, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from faifo import mission
from faifo.mission import LANGUAGES


@pytest.mark.parametrize("lang", LANGUAGES)
def test_json_and_csv_hold_the_same_rows(faifo: Any, lang: str):
    rows = json.loads(faifo("mission", "--json", "--lang", lang).out)
    told = list(csv.DictReader(io.StringIO(faifo("mission", "--csv", "--lang", lang).out)))
    assert told == rows
    assert [row["id"] for row in rows] == [one.id for one in mission.asked()]
    assert list(rows[0]) == [
        "id", "asked", "quote", "source", "from", "until", "who", "status", "served_by",
        "not_yet", "pages",
    ]  # fmt: skip
    # A spreadsheet must not take a cell for a formula.
    assert not [cell for row in told for cell in row.values() if cell[:1] in set("=+-@\t")]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_person_sees_every_sentence_with_its_status(faifo: Any, lang: str):
    ran = faifo("mission", "--lang", lang)
    assert (ran.code, ran.err) == (0, "")
    for one in mission.asked():
        assert f"{one.text(lang)}: {one.status(lang)}" in ran.out
        assert f"→ {one.answered(lang)}" in ran.out


def test_csv_and_json_together_are_refused(faifo: Any):
    ran = faifo("mission", "--csv", "--json")
    assert ran.code == 2
    assert "only one of them" in ran.err
