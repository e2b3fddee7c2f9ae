"""A query → the tokens that the catalog's index finds it by.

Each token stands for at least what was asked, so nothing that fits is left out; who reads the rows
looks again (`Query.matches`), where `exact` does not say that it is needless.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from faifo.folding import folded, parts
from faifo.messages.dsp_2025_1.criteria import SEARCHED, Criterion
from faifo.messages.dsp_2025_1.query import Query
from faifo.store.finding import MADE_UP, MARKS, octave_of, whole_of

EXACT: Final = frozenset({"=", "!=", "in", "contains"})
TOKENS: Final = 12
"""Of one criterion or word; more of them would hardly leave out more."""

_WILD: Final = re.compile("[%_]")
_OCTAVES: Final = 64


def exact(query: Query) -> bool:
    """Tell whether the tokens say all that the query does."""
    return not query.search and all(one.operator in EXACT for one in query.criteria)


def wanted(query: Query) -> tuple[tuple[str, ...], ...]:
    """Return clauses of tokens: whatever fits has one token of each."""
    found = [clause for one in query.criteria for clause in islice(_clauses(one), TOKENS)]
    for word in folded(query.search).split():
        for part in islice(parts("", word), TOKENS):
            found.append(tuple(MARKS[name] + part for name in SEARCHED))
    return tuple(found)


def unwanted(query: Query) -> tuple[str, ...]:
    """Return tokens of which nothing that fits has any."""
    return tuple(
        token
        for one in query.criteria
        if one.operator == "!="
        for token in _whole(one.name, one.right)
    )


def _clauses(one: Criterion) -> Iterator[tuple[str, ...]]:
    if one.operator in {"=", "contains"}:
        yield tuple(_whole(one.name, one.right))
    elif one.operator == "in":
        yield tuple(token for value in one.right for token in _whole(one.name, value))
    elif one.operator in {"like", "ilike"}:
        for piece in _WILD.split(str(one.right)):
            for token in parts(MARKS.get(one.name, MADE_UP), piece):
                yield (token,)
    elif one.name == "byteSize" and one.operator != "!=":
        yield from _sizes(one)


def _whole(name: str, value: Any) -> Iterator[str]:
    """Return the token of what is equal to `value`; a text is equal to no number but a size."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) or name == "byteSize" or name not in MARKS:
        yield whole_of(name, str(value))


def _sizes(one: Criterion) -> Iterator[tuple[str, ...]]:
    try:
        bound = float(one.right)
    except ValueError:
        return
    if not math.isfinite(bound):
        return
    octave, part = octave_of(max(0, math.floor(bound)))
    below = one.operator in {"<", "<="}
    octaves = range(min(octave, _OCTAVES + 1)) if below else range(octave + 1, _OCTAVES + 1)
    within = range(part + 1) if below else range(part, 16)
    yield (*(f"z{bits}" for bits in octaves), *(f"z{octave}x{place}" for place in within))
