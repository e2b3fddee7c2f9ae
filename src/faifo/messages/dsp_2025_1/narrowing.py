"""What a person wants of a catalog: `title contains rice`, or words that must stand somewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from faifo.errors import MalformedMessageError
from faifo.messages.dsp_2025_1.criteria import OPERATORS
from faifo.messages.dsp_2025_1.query import Query, read_query
from faifo.phrases import Phrase

_WHERE: Final = re.compile(r"\s*(\S+)\s+(\S+)\s+(.*\S)\s*")


def read_where(conditions: Sequence[str]) -> Query:
    """Return the query for conditions such as `title contains rice`; all of them must hold.

    `contains` means a part of a text without regard to case, and one of the keywords as a whole;
    the values of `in` stand between commas.

    Raises:
        MalformedMessageError: names the condition that is not understood, and what is.
    """
    criteria = [_criterion(condition) for condition in conditions]
    return read_query(({"filterExpression": criteria},)) if criteria else Query()


def _criterion(condition: str) -> dict[str, Any]:
    match = _WHERE.fullmatch(condition)
    if match is None or match[2] not in OPERATORS:
        _refuse(condition)
    name, operator, value = match.groups()
    right: str | list[str] = value
    if operator == "in":
        right = [one.strip() for one in value.split(",")]
    if operator == "contains" and name not in {"keyword", "keywords", "dcat:keyword"}:
        if "%" in value:
            _refuse(condition)
        operator, right = "ilike", f"%{value}%"
    return {"operandLeft": name, "operator": operator, "operandRight": right}


def _refuse(condition: str) -> NoReturn:
    raise MalformedMessageError(
        what=Phrase("errors.told.query.condition", condition=condition[:100]),
        expected=Phrase("errors.told.query.condition-wanted", operators=" ".join(OPERATORS)),
    )
