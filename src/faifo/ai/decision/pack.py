"""Policy packs: dated data files that say which evidence is asked for and where the limits are.

A pack maps evidence to clauses of a text and names its source; it never says that something
complies with anything. Unknown members are refused, so that no clause is silently ignored.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from faifo.ai.evidence import digest
from faifo.ai.metrics.methods import METHODS
from faifo.errors import Fact
from faifo.packs import clause
from faifo.packs.clause import Text
from faifo.phrases import Phrase

LEVELS: Final = ("self", "second-party", "third-party")


class Clause(clause.Clause, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that is asked.

    `method` with `figure` and a limit asks for a figure; `method` alone asks for the evidence;
    `answer` asks for an answer to a question of ASEAN's Annex A; `part` for a part of the passport.
    `source` is where the text asks for it. A limit that no text has is the node's own: then
    `topic` names the text and what it is about, and no `source` stands beside the number.
    `slices`: `attributes` (each single attribute), `crossings` (two together), `whole`, or the
    name of one slice.
    """

    source: str = ""
    topic: Text = msgspec.field(default_factory=dict)
    mapping: Literal["evidence mapped to"]
    method: str | None = None
    figure: str | None = None
    slices: str = "whole"
    at_least: float | None = None
    at_most: float | None = None
    on_fail: Literal["refuse", "conditions", "need-more"] = "refuse"
    optional: bool = False
    condition: Text = msgspec.field(default_factory=dict)
    answer: str | None = None
    part: str | None = None
    kinds: tuple[str, ...] = ("system",)
    risks: tuple[str, ...] = ("low", "limited", "high")
    assessor: str = "self"

    @property
    def cited(self) -> str:
        """Where the text asks for it."""
        return self.source or ", ".join(filter(None, (self.law, self.article)))


class Pack(clause.Header, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A set of clauses with its date and source; `shipped` if it comes with the program."""

    source: str
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
    pack = clause.read_toml(body, Pack)
    if pack.sha256 or pack.shipped:
        raise clause.wrong(Phrase("errors.told.ai.pack.own-digest"))
    for one in pack.clauses:
        _check(one)
    return msgspec.structs.replace(pack, sha256=digest(body))


def _check(asked_for: Clause) -> None:
    def require(holds: bool, what: Fact) -> None:
        if not holds:
            clause.refuse(asked_for, what)

    asked = [asked_for.method, asked_for.answer, asked_for.part]
    require(sum(entry is not None for entry in asked) == 1, Phrase("errors.told.ai.pack.one-asked"))
    require(
        asked_for.method is None or asked_for.method in METHODS,
        Phrase("errors.told.ai.pack.no-method", method=asked_for.method),
    )
    limits = [asked_for.at_least, asked_for.at_most]
    has_limit = sum(limit is not None for limit in limits) == 1
    require(has_limit == (asked_for.figure is not None), Phrase("errors.told.ai.pack.figure-limit"))
    require(
        asked_for.figure is None or asked_for.method is not None,
        Phrase("errors.told.ai.pack.figure-method"),
    )
    require(
        bool(asked_for.source or asked_for.law) != bool(asked_for.topic),
        Phrase("errors.told.ai.pack.one-source"),
    )
    require(not asked_for.topic or has_limit, Phrase("errors.told.ai.pack.topic-limit"))
    require(set(asked_for.topic) in (set(), clause.WRITTEN), Phrase("errors.told.ai.pack.topic"))
    require(
        (asked_for.on_fail == "conditions") == (set(asked_for.condition) == clause.WRITTEN),
        Phrase("errors.told.ai.pack.condition"),
    )
    require(
        asked_for.assessor in LEVELS,
        Phrase("errors.told.ai.pack.assessor", assessor=asked_for.assessor),
    )
