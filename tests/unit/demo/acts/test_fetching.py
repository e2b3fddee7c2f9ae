from __future__ import annotations

from pathlib import Path

from faifo.demo import tables
from faifo.demo.acts.fetching import MEMBERS, count_members


def test_members_are_counted_by_their_years(tmp_path: Path):
    table = tmp_path / "table.csv"
    table.write_text("name,apec_since,asean_since\na,1989,\nb,1998,1995\nc,,1967\nd,,\n", "utf-8")
    assert count_members(table) == {"apec_since": 2, "asean_since": 2}


def test_the_table_has_the_members_that_the_story_expects():
    assert count_members(tables.ECONOMIES) == MEMBERS
