"""The kind `commitments`: what a policy or a promise says, who owns it, and how far it has come.

Each economy keeps its own entries and sends them; a later one with the same id is its next edition.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from faifo.errors import Fact, MalformedMessageError
from faifo.kinds.kind import Kind, Pairs
from faifo.phrases import Phrase

Line = Annotated[str, Meta(min_length=1, max_length=300)]
Maybe = Annotated[str, Meta(max_length=300)]
Said = dict[Annotated[str, Meta(pattern="^[a-z]{2}$")], Annotated[str, Meta(max_length=1000)]]
# Bounded, so that no quotient of two is infinite or none: TOML writes inf and nan, too.
Number = Annotated[float, Meta(ge=-1e30, le=1e30)]
WORDS: Final = 15


class Point(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One value of a series."""

    at: date
    value: Number


class Indicator(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is measured, its values so far, the oldest first; `baseline` and `target` if set."""

    name: Line
    unit: Maybe = ""
    baseline: Number | None = None
    target: Number | None = None
    series: Annotated[tuple[Point, ...], Meta(max_length=1000)] = ()
    source: Maybe = ""


class Evidence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shows that something was done: an agreement, a drill, badges, a receipt, a dataset."""

    kind: Literal["agreement", "drill", "badges", "receipt", "dataset", "document"]
    ref: Line
    at: date


class Commitment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry. `status` is the report's own verb; `rule` a policy that cites it, or is it.

    `quote` are the report's words, at most 15 in each part; `said` is when they were said.
    """

    id: Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,99}$")]
    title: Said
    quote: Annotated[tuple[Line, ...], Meta(max_length=5)] = ()
    source: Line
    said: date
    who: Line
    status: Line
    action: Said = {}
    owner: Maybe = ""
    due: date | None = None
    indicator: Indicator | None = None
    evidence: Annotated[tuple[Evidence, ...], Meta(max_length=100)] = ()
    rule: Maybe = ""

    def text(self, lang: str) -> str:
        """Return the title in `lang`, else in English, else in any."""
        told = self.title
        return told.get(lang) or told.get("en") or next(filter(None, told.values()), "")


def check(entry: Commitment) -> None:
    """Return if an entry can be measured, and quotes no more than it may.

    Raises:
        MalformedMessageError: no title, a long quote, a series out of order, a target that is the
            baseline, an end before the beginning.
    """
    if not any(entry.title.values()):
        raise _wrong(Phrase("errors.told.commitment.title"))
    long = next((part for part in entry.quote if len(part.split()) > WORDS), None)
    if long:
        raise _wrong(Phrase("errors.told.commitment.quote", words=len(long.split())))
    if entry.due is not None and entry.due <= entry.said:
        raise _wrong(Phrase("errors.told.commitment.due"))
    one = entry.indicator
    if one is None:
        return
    days = [point.at for point in one.series]
    if days != sorted(set(days)):
        raise _wrong(Phrase("errors.told.commitment.series"))
    if one.target is not None and one.target == one.baseline:
        raise _wrong(Phrase("errors.told.commitment.target"))


def read_entry(text: str) -> Commitment:
    """Return the entry in TOML.

    Raises:
        MalformedMessageError: it is none.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(Phrase("errors.told.levels.toml", why=str(error))) from None
    found: Commitment = COMMITMENTS.read(content)
    return found


def _wrong(what: Fact) -> MalformedMessageError:
    return MalformedMessageError(what=what, expected=Phrase("errors.told.commitment.expected"))


def _texts(entry: Commitment) -> Iterator[tuple[str, str]]:
    for name in ("title", "action"):
        yield from ((f"{name} {lang}", text) for lang, text in getattr(entry, name).items())
    yield "owner", entry.owner


def _view(entry: Commitment, lang: str) -> Pairs:
    yield "status", f"{entry.status} ({entry.who}, {entry.said})"
    yield "source", entry.source
    yield "quote", "; ".join(entry.quote)
    yield "action", entry.action.get(lang) or entry.action.get("en", "")
    yield "owner", entry.owner
    yield "until", str(entry.due or "")
    yield "rule", entry.rule


COMMITMENTS = Kind(
    name="commitments",
    media_types=("application/vnd.in-toto+json",),
    content=Commitment,
    check=check,
    texts=_texts,
    title=lambda entry, lang: entry.text(lang),
    view=_view,
)
