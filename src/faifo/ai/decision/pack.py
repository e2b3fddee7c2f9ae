"""Policy packs: dated data files that say which evidence is asked for and where the limits are.

A pack maps evidence to clauses of a text and names its source; it never says that something
complies with anything. Unknown members are refused, so that no clause is silently ignored.
"""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any, Final, Literal

import msgspec

from faifo.ai.evidence import digest
from faifo.ai.metrics.methods import METHODS
from faifo.errors import Fact, SettingsError
from faifo.phrases import Phrase

LANGUAGES: Final = ("en", "vi")
LEVELS: Final = ("self", "second-party", "third-party")
MAX_BYTES: Final = 256 * 1024
Text = dict[str, str]


class Clause(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that is asked.

    `method` with `figure` and a limit asks for a figure; `method` alone asks for the evidence;
    `answer` asks for an answer to a question of ASEAN's Annex A; `part` for a part of the passport.
    `source` is where the text asks for it. A limit that no text has is the node's own: then
    `topic` names the text and what it is about, and no `source` stands beside the number.
    `slices`: `attributes` (each single attribute), `crossings` (two together), `whole`, or the
    name of one slice.
    """

    id: str
    source: str = ""
    topic: Text = {}
    mapping: Literal["evidence mapped to"]
    text: Text
    method: str | None = None
    figure: str | None = None
    slices: str = "whole"
    at_least: float | None = None
    at_most: float | None = None
    on_fail: Literal["refuse", "conditions", "need-more"] = "refuse"
    optional: bool = False
    condition: Text = {}
    answer: str | None = None
    part: str | None = None
    kinds: tuple[str, ...] = ("system",)
    risks: tuple[str, ...] = ("low", "limited", "high")
    assessor: str = "self"


class Pack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A set of clauses with its date and source; `shipped` if it comes with the program."""

    id: str
    version: str
    title: Text
    source: str
    note: Text
    valid_from: date
    valid_until: date | None = None
    minimum_group: int = 100
    max_age_days: int = 365
    decision_days: int = 180
    person_for: tuple[str, ...] = ("high",)
    clauses: tuple[Clause, ...]
    sha256: str = ""
    shipped: bool = False


msgspec.json.Decoder(Pack)  # learned here, for threads: see records.py


def read_pack(body: bytes) -> Pack:
    """Return the pack in a TOML file.

    Raises:
        SettingsError: it is not one, with the place.
    """
    if len(body) > MAX_BYTES:
        raise _wrong(Phrase("errors.told.ai.pack.over"))
    try:
        pack = msgspec.convert(tomllib.loads(body.decode("utf-8")), Pack)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise _wrong(str(error)) from None
    if pack.sha256 or pack.shipped:
        raise _wrong(Phrase("errors.told.ai.pack.own-digest"))
    ids = [clause.id for clause in pack.clauses]
    if len(set(ids)) != len(ids) or not ids:
        raise _wrong(Phrase("errors.told.ai.pack.ids"))
    for clause in pack.clauses:
        _check(clause)
    return msgspec.structs.replace(pack, sha256=digest(body))


def _check(clause: Clause) -> None:
    def require(holds: bool, what: Fact) -> None:
        if not holds:
            raise _wrong(Phrase("errors.told.ai.pack.clause", id=clause.id, what=what))

    asked = [clause.method, clause.answer, clause.part]
    require(sum(entry is not None for entry in asked) == 1, Phrase("errors.told.ai.pack.one-asked"))
    require(
        clause.method is None or clause.method in METHODS,
        Phrase("errors.told.ai.pack.no-method", method=clause.method),
    )
    limits = [clause.at_least, clause.at_most]
    has_limit = sum(limit is not None for limit in limits) == 1
    require(has_limit == (clause.figure is not None), Phrase("errors.told.ai.pack.figure-limit"))
    require(
        clause.figure is None or clause.method is not None,
        Phrase("errors.told.ai.pack.figure-method"),
    )
    require(set(clause.text) == set(LANGUAGES), Phrase("errors.told.ai.pack.text"))
    require(bool(clause.source) != bool(clause.topic), Phrase("errors.told.ai.pack.one-source"))
    require(not clause.topic or has_limit, Phrase("errors.told.ai.pack.topic-limit"))
    require(set(clause.topic) in (set(), set(LANGUAGES)), Phrase("errors.told.ai.pack.topic"))
    require(
        (clause.on_fail == "conditions") == (set(clause.condition) == set(LANGUAGES)),
        Phrase("errors.told.ai.pack.condition"),
    )
    require(
        clause.assessor in LEVELS, Phrase("errors.told.ai.pack.assessor", assessor=clause.assessor)
    )


def _wrong(reason: Fact) -> Any:
    return SettingsError(
        what=Phrase("errors.told.ai.pack.unusable", reason=reason),
        expected=Phrase("errors.told.ai.pack.wanted"),
    )
