from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import pytest

from faifo.messages.dsp_2025_1.place import shape_error
from faifo.messages.dsp_2025_1.wire import ShapeError


class Part(msgspec.Struct):
    name: str
    size: Annotated[int, msgspec.Meta(ge=1)] = 1
    kind: Literal["a", "b"] = "a"
    tags: Annotated[tuple[str, ...], msgspec.Meta(max_length=1)] = ()

    def __post_init__(self) -> None:
        if self.name == "bad":
            raise ShapeError(what="a bad name", expected="a good one", where="$.name")


class Whole(msgspec.Struct):
    parts: tuple[Part, ...]


CASES: dict[str, tuple[Any, str]] = {
    "a wrong type": ({"name": 5}, "a number at $.parts[0].name; expected a string"),
    "a missing member": ({}, "nothing at $.parts[0].name; expected a value"),
    "an unknown value": (
        {"name": "x", "kind": "c"},
        "an unknown value at $.parts[0].kind; expected one that the specification lists",
    ),
    "too many items": (
        {"name": "x", "tags": ["a", "b"]},
        "the wrong length at $.parts[0].tags; expected at most 1 items",
    ),
    "a rule of our own": ({"name": "bad"}, "a bad name at $.parts[0].name; expected a good one"),
    "a rule that no sentence foresees": (
        {"name": "x", "size": 0},
        "the wrong form at $.parts[0].size; expected what the schema says",
    ),
}


@pytest.mark.parametrize(("part", "sentence"), CASES.values(), ids=CASES)
def test_the_sentence_names_the_place(part: Any, sentence: str) -> None:
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.convert({"parts": [part]}, Whole)
    assert str(shape_error(error.value)) == sentence
