"""The kind `skill-levels`: what a level of a foreign framework is in one economy, with reasons.

A table is whole: it lists every code of the foreign framework, and says of each what it is here, or
that it is nothing here and why. A code may be another name of one beside it (`same_as`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec
from msgspec import Meta

from faifo.ai.passport.records import Moment
from faifo.errors import Fact, MalformedMessageError
from faifo.kinds.kind import Kind, Pairs
from faifo.phrases import Phrase, say, written

Line = Annotated[str, Meta(min_length=1, max_length=300)]
Maybe = Annotated[str, Meta(max_length=300)]
Economy = Annotated[str, Meta(pattern="^[A-Z]{2}$")]


class Level(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `code` is: `level` here with `name`, another code (`same_as`), or nothing (`reason`)."""

    code: Line
    level: Maybe = ""
    name: dict[str, Line] = {}
    same_as: Maybe = ""
    reason: Annotated[str, Meta(min_length=1, max_length=1000)]


class Levels(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of one economy's table. `also`: other names under which the framework goes."""

    economy: Economy
    framework: Line
    also: Annotated[tuple[Line, ...], Meta(max_length=20)] = ()
    codes: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=200)]
    here: Line
    version: Line
    issuer: Line
    issued: Moment
    until: Moment | None = None
    source: Annotated[str, Meta(min_length=1, max_length=1000)]
    licence: Line
    levels: Annotated[tuple[Level, ...], Meta(min_length=1, max_length=400)]

    def is_about(self, framework: str) -> bool:
        """Tell whether it is about a framework of that name."""
        wanted = framework.casefold().strip()
        return any(wanted == one.casefold() for one in (self.framework, *self.also))

    def find(self, code: str) -> Level | None:
        """Return what it says of a code, whatever other name of it that is."""
        known = {one.code.casefold(): one for one in self.levels}
        found = known.get(code.casefold().strip())
        while found is not None and found.same_as:
            found = known.get(found.same_as.casefold())
        return found


def check(table: Levels) -> None:
    """Return if a table is whole and leads somewhere.

    Raises:
        MalformedMessageError: a code twice, a code of the framework without a word (a gap), other
            names in a circle or of nothing, or a framework that is mapped onto itself.
    """
    known = {one.code.casefold(): one for one in table.levels}
    if len(known) != len(table.levels):
        raise _wrong(Phrase("errors.told.levels.twice"))
    if table.is_about(table.here):
        raise _wrong(Phrase("errors.told.levels.itself", framework=table.here))
    gaps = [code for code in table.codes if code.casefold() not in known]
    if gaps:
        raise _wrong(Phrase("errors.told.levels.gap", codes=", ".join(gaps[:20])))
    for one in table.levels:
        met, at = {one.code.casefold()}, one
        while at.same_as:
            name = at.same_as.casefold()
            if name in met:
                raise _wrong(Phrase("errors.told.levels.cycle", code=one.code))
            if name not in known:
                raise _wrong(Phrase("errors.told.levels.nothing", code=at.code, other=at.same_as))
            met.add(name)
            at = known[name]
        if one.same_as and one.level:
            raise _wrong(Phrase("errors.told.levels.both", code=one.code))
    if table.until is not None and table.until <= table.issued:
        raise _wrong(Phrase("errors.told.levels.dates"))


def _wrong(what: Fact) -> MalformedMessageError:
    return MalformedMessageError(what=what, expected=Phrase("errors.told.levels.expected"))


def _texts(table: Levels) -> Iterator[tuple[str, str]]:
    yield "source", table.source
    for one in table.levels:
        yield f"reason {one.code}", one.reason


def title(table: Levels, lang: str) -> str:
    """Return it in one line."""
    return say("kinds.levels.title", lang, framework=table.framework, here=table.here,
               economy=table.economy, version=table.version)  # fmt: skip


def _view(table: Levels, lang: str) -> Pairs:
    yield "issuer", table.issuer
    yield "issued", f"{table.issued:%Y-%m-%d}"
    yield "source", table.source
    yield "licence", table.licence
    for one in table.levels:
        name = written(one.name, lang)
        yield one.code, one.same_as or " ".join(filter(None, (one.level, name))) or one.reason


SKILL_LEVELS = Kind(
    name="skill-levels",
    media_types=("application/vnd.in-toto+json",),
    content=Levels,
    check=check,
    texts=_texts,
    title=title,
    view=_view,
    ends=lambda table: table.until,
)
