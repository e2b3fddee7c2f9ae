"""Whole numbers, in order: what the operands that count have in common."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from faifo.policy.model import Fact, Truth, Use
from faifo.policy.operands.operand import COMPARE, Ordered
from faifo.policy.spelling import literal

_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_NAMES: Final = ("integer", "nonNegativeInteger", "positiveInteger", "long", "int")
_NUMBER: Final = re.compile(r"[0-9]{1,15}\Z")


class Numbers(Ordered):
    """Whole numbers from 0, as digits; DSP allows no JSON numbers there."""

    types = (*(f"xsd:{name}" for name in _NAMES), *(_XSD + name for name in _NAMES))
    kind = "whole number"
    step = 1
    least = 0

    def read(self, operator: str, right: Any) -> int:  # noqa: ARG002
        text = literal(right, self.types)
        if not _NUMBER.match(text):
            raise ValueError("a whole number is expected")
        return int(text)

    def test(self, operator: str, value: int) -> Callable[[Any], Truth]:
        compare = COMPARE[operator]
        return lambda given: compare(given, value) if type(given) is int else None

    def text(self, value: int) -> str:
        return str(value)

    def given(self, value: int) -> str:
        return str(value)


def counted(name: str, first: int) -> Callable[[Use], Fact | None]:
    """Return what gives the fact `name`: `first` as long as there is no agreement to count for."""

    def fact(use: Use) -> Fact | None:
        if use.agreed is None:
            return Fact(value=first, provenance="no agreement yet: the first use")
        number = use.counted.get(name)
        if number is None:
            return None
        return Fact(value=number, provenance="counted in this node's books, with this use")

    return fact
