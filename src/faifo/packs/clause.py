"""The one record of a clause: what is asked, by which law and article, how surely that was read."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from typing import Any, Final, Literal, TypeVar

import msgspec

from faifo.errors import Fact, SettingsError
from faifo.phrases import LANGUAGES, WRITTEN, Phrase, spoken
from faifo.phrases.catalogue import phrase_of

MAX_BYTES: Final = 256 * 1024
Text = dict[str, str]
Certainty = Literal["A", "B", "?"]
"""A: read in the text or an official page; B: in press, law firms' or index pages; ?: neither."""
Status = Literal["enforced", "declared", "people"]
"""Enforced by the node; declared by the partner; for people to check."""


class Clause(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`text` in each language; `in_force` since when, `checked_on` when the source was looked at.

    A clause without a law is this node's own. One that names an article and no law stands in the
    law of the pack's table `common`, with what else is said there.
    """

    id: str
    text: Text
    law: str = ""
    article: str = ""
    in_force: date | None = None
    checked_on: date | None = None
    certainty: Certainty = "?"
    status: Status = "people"

    @property
    def stands(self) -> Status:
        """Its status, as it is shown."""
        return self.status

    @property
    def cited(self) -> str:
        """The law with its article."""
        return ", ".join(filter(None, (self.law, self.article)))

    def cited_in(self, lang: str) -> str:
        """The same in a language, as far as there are words for it."""
        told = (str(spoken(phrase_of(one, "law."), lang)) for one in (self.law, self.article))
        return ", ".join(filter(None, told))


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every pack says of itself."""

    id: str
    version: str
    title: Text
    note: Text
    valid_from: date
    valid_until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Tell whether the pack holds on a day."""
        return self.valid_from <= day <= (self.valid_until or day)

    @property
    def days(self) -> dict[str, str]:
        """Since when it holds, and until when, as facts of a sentence."""
        return {"from": str(self.valid_from), "until": str(self.valid_until or "-")}

    def sections(self) -> Iterator[tuple[Clause, ...]]:
        """Yield every part of the pack that is clauses."""
        for field in msgspec.structs.fields(type(self)):
            found = getattr(self, field.name)
            if isinstance(found, tuple) and found and isinstance(found[0], Clause):
                yield found


P = TypeVar("P", bound=Header)


def read_toml(body: bytes, kind: type[P]) -> P:
    """Return the pack in a TOML file.

    Raises:
        SettingsError: it is no such pack, with the place.
    """
    if len(body) > MAX_BYTES:
        raise wrong(Phrase("errors.told.ai.pack.over"))
    try:
        given = tomllib.loads(body.decode("utf-8-sig"))
        common = msgspec.convert(given.pop("common", {}), dict[str, Any])
        for name, found in given.items():
            if isinstance(found, list):
                given[name] = [_whole(one, common) for one in found]
        pack = msgspec.convert(given, kind)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise wrong(str(error)) from None
    clauses = [clause for section in pack.sections() for clause in section]
    ids = [clause.id for clause in clauses]
    if len(set(ids)) != len(ids) or not ids:
        raise wrong(Phrase("errors.told.ai.pack.ids"))
    for clause in clauses:
        check(clause)
    return pack


def _whole(given: Any, common: dict[str, Any]) -> Any:
    stands = isinstance(given, dict) and "article" in given and "law" not in given
    return {**common, **given} if stands else given


def is_text(text: Text) -> bool:
    """Tell whether it is there in each language that must be, and in none that nobody reads."""
    return set(WRITTEN) <= text.keys() <= set(LANGUAGES)


def check(clause: Clause) -> None:
    """Refuse a clause that says less or more than it may.

    Raises:
        SettingsError: a language is missing, or an article stands without its law.
    """
    if not is_text(clause.text):
        refuse(clause, Phrase("errors.told.ai.pack.text"))
    if not clause.law and (clause.article or clause.in_force or clause.certainty != "?"):
        refuse(clause, Phrase("errors.told.ai.pack.law"))
    if clause.certainty != "?" and clause.checked_on is None:
        refuse(clause, Phrase("errors.told.ai.pack.checked"))


def refuse(clause: Clause, what: Fact) -> None:
    """Refuse `clause`.

    Raises:
        SettingsError: always.
    """
    raise wrong(Phrase("errors.told.ai.pack.clause", id=clause.id, what=what))


def wrong(reason: Fact) -> Any:
    return SettingsError(
        what=Phrase("errors.told.ai.pack.unusable", reason=reason),
        expected=Phrase("errors.told.ai.pack.wanted"),
    )
