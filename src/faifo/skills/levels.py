"""What level a badge is in one economy: by the tables at hand, side by side where they disagree."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from faifo.errors import MalformedMessageError
from faifo.kinds.skill_levels import SKILL_LEVELS, Level, Levels
from faifo.phrases import Phrase
from faifo.skills.achievement import Alignment

BUNDLED: Final = ("cefr-vn",)


class Table(NamedTuple):
    """A table and whose word it is: `by` is the DID that signed it, empty for a file of our own."""

    by: str
    content: Levels


class Found(NamedTuple):
    """What one table says of one alignment; `level` is None where it does not know the code."""

    table: Table
    alignment: Alignment
    level: Level | None

    @property
    def mapped(self) -> bool:
        return self.level is not None and bool(self.level.level)


def read_table(text: str) -> Levels:
    """Return the table in TOML.

    Raises:
        MalformedMessageError: it is none, or has a gap or a cycle.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MalformedMessageError(
            what=Phrase("errors.told.levels.toml", why=str(error)),
            expected=Phrase("errors.told.levels.expected"),
        ) from None
    found: Levels = SKILL_LEVELS.read(content)
    return found


@cache
def bundled() -> tuple[Table, ...]:
    """Return the tables that Faifo ships, each with its source and licence."""
    folder = files("faifo.skills").joinpath("tables")
    return tuple(
        Table("", read_table(folder.joinpath(f"{name}.toml").read_text("utf-8")))
        for name in BUNDLED
    )


def equivalents(
    alignments: Iterable[Alignment], tables: Iterable[Table], economy: str, *, now: datetime
) -> Iterator[Found]:
    """Yield what the tables of an economy that are in force say, the newest table first."""
    fitting = [
        one
        for one in tables
        if one.content.economy == economy
        and one.content.issued <= now
        and (one.content.until is None or now < one.content.until)
    ]
    fitting.sort(key=lambda one: one.content.issued, reverse=True)
    for alignment in alignments:
        for table in fitting:
            if table.content.is_about(alignment.framework):
                yield Found(table, alignment, table.content.find(alignment.code))


def agree(found: Iterable[Found]) -> bool:
    """Tell whether the tables that know a level say the same of it."""
    told: dict[Alignment, set[str]] = {}
    for one in found:
        if one.level is not None:
            told.setdefault(one.alignment, set()).add(one.level.level)
    return all(len(levels) == 1 for levels in told.values())
