from __future__ import annotations

import pytest

from faifo.errors import MalformedMessageError
from faifo.folding import folded
from faifo.messages.dsp_2025_1.criteria import mentions
from faifo.messages.dsp_2025_1.narrowing import read_where
from faifo.messages.dsp_2025_1.query import Query

RICE = {
    "id": ("rice",),
    "title": ("Giá gạo Đồng Tháp",),
    "description": ("서울 시장 가격",),
    "keyword": ("food", "prices"),
    "byteSize": (1024,),
}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("title contains GẠO", True),
        ("title contains wheat", False),
        ("title = Giá gạo Đồng Tháp", True),
        ("keyword contains food", True),
        ("keyword contains foo", False),
        ("id in wheat, rice", True),
        ("size > 1000", True),
        ("size <= 1000", False),
        ("id != rice", False),
    ],
)
def test_conditions(condition: str, holds: bool) -> None:
    assert read_where((condition,)).matches(RICE) is holds


def test_all_must_hold() -> None:
    assert read_where(("id = rice", "size > 1")).matches(RICE)
    assert not read_where(("id = rice", "size > 9999")).matches(RICE)
    assert read_where(()) == Query()


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("title", "the condition 'title'"),
        ("title has rice", "one of = != in like"),
        ("colour = red", "the property 'colour'"),
        ("title contains 5%", "the condition"),
    ],
)
def test_what_is_not_understood_is_named(condition: str, why: str) -> None:
    with pytest.raises(MalformedMessageError, match=why):
        read_where((condition,))


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("gao", True),
        ("dong thap", True),
        ("THÁP giá", True),
        ("food", True),
        ("서울", True),
        ("서", True),
        ("소울", False),
        ("gao wheat", False),
        ("", True),
    ],
)
def test_search(search: str, found: bool) -> None:
    assert mentions(RICE, search) is found


def test_composed_and_decomposed_texts_are_one() -> None:
    assert folded("Đà Nẵng") == folded("Đà Nẵng") == "da nang"
