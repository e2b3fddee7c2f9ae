"""Tables of levels: whole, without circles; what ships is one with a source and a licence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from faifo.errors import MalformedMessageError
from faifo.kinds.kind import kind_of
from faifo.kinds.skill_levels import SKILL_LEVELS
from faifo.skills.achievement import Alignment
from faifo.skills.levels import Table, agree, bundled, equivalents, read_table

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def table(**change: Any) -> dict[str, Any]:
    return {
        "economy": "VN", "framework": "K", "codes": ["1", "2"], "here": "V", "version": "3",
        "issuer": "Bộ", "issued": "2026-01-01T00:00:00Z", "source": "S", "licence": "CC BY 4.0",
        "levels": [
            {"code": "1", "level": "Bậc 1", "reason": "r"},
            {"code": "2", "reason": "không có bậc tương đương"},
        ],
        **change,
    }  # fmt: skip


def rows(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"code": code, "same_as": other, "reason": "r"} for code, other in pairs]


WRONG = {
    "a gap": ({"codes": ["1", "2", "3"]}, "says nothing of 3"),
    "a circle": ({"codes": ["1"], "levels": rows(("1", "2"), ("2", "1"))}, "in a circle"),
    "its own name": ({"codes": ["1"], "levels": rows(("1", "1"))}, "in a circle"),
    "a name of nothing": ({"codes": ["1"], "levels": rows(("1", "9"))}, "not in the table"),
    "onto itself": ({"here": "k"}, "mapped onto itself"),
    "twice": ({"levels": [{"code": "1", "level": "a", "reason": "r"}] * 2}, "stands twice"),
    "over before it began": ({"until": "2025-01-01T00:00:00Z"}, "ends before"),
    "no reason": ({"levels": [{"code": "1", "level": "a"}]}, "reason"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_table_with_a_fault_is_refused(name: str) -> None:
    change, why = WRONG[name]
    SKILL_LEVELS.read(table())
    with pytest.raises(MalformedMessageError, match=why):
        SKILL_LEVELS.read(table(**change))


def test_another_name_of_a_level_is_that_level() -> None:
    content = SKILL_LEVELS.read(
        table(codes=["1", "i"], levels=[*table()["levels"], *rows(("i", "1"))])
    )
    assert content.find("I").level == "Bậc 1"
    assert content.find("9") is None


def test_tables_are_asked_by_economy_and_time_and_stand_side_by_side() -> None:
    old = SKILL_LEVELS.read(table(issued="2024-01-01T00:00:00Z", until="2026-01-01T00:00:00Z"))
    first, second, future, other = (
        SKILL_LEVELS.read(table(**change))
        for change in (
            {}, {"issued": "2026-02-01T00:00:00Z", "version": "4"},
            {"issued": "2027-01-01T00:00:00Z"}, {"economy": "KR"},
        )
    )  # fmt: skip
    tables = [Table("did:web:a", one) for one in (old, first, second, future, other)]
    found = list(equivalents([Alignment(framework="k", code="1")], tables, "VN", now=NOW))
    assert [one.table.content.version for one in found] == ["4", "3"]
    assert all(one.mapped for one in found)
    (unmapped, _) = equivalents([Alignment(framework="K", code="2")], tables, "VN", now=NOW)
    assert not unmapped.mapped


def test_tables_agree_if_they_say_the_same_of_each_level() -> None:
    both = [Alignment(framework="K", code=code) for code in ("1", "2")]
    one = Table("", SKILL_LEVELS.read(table()))
    levels = [{"code": code, "level": f"Bậc {code}", "reason": "r"} for code in ("1", "2")]
    other = Table("did:web:a", SKILL_LEVELS.read(table(version="4", levels=levels)))
    assert agree(equivalents(both, [one, one], "VN", now=NOW))
    assert agree(equivalents(both, [other], "VN", now=NOW))
    assert agree(equivalents(both[:1], [one, other], "VN", now=NOW))
    assert not agree(equivalents(both, [one, other], "VN", now=NOW))


def test_the_table_that_ships_is_the_circulars_own() -> None:
    (one,) = bundled()
    assert [(each.code, each.level) for each in one.content.levels] == [
        ("A1", "Bậc 1"), ("A2", "Bậc 2"), ("B1", "Bậc 3"),
        ("B2", "Bậc 4"), ("C1", "Bậc 5"), ("C2", "Bậc 6"),
    ]  # fmt: skip
    assert one.content.source == "Thông tư số 01/2014/TT-BGDĐT"
    assert kind_of("skill-levels") is SKILL_LEVELS
    assert "CEFR" in SKILL_LEVELS.title(one.content, "vi")


def test_a_file_that_is_no_toml_is_said_to_be_none() -> None:
    with pytest.raises(MalformedMessageError, match="not TOML"):
        read_table("a = ")
