"""Policy packs: dated data files that say which evidence is asked for and where the limits are.

A pack maps evidence to clauses of a text and names its source; it never says that something
complies with anything. Unknown members are refused, so that no clause is silently ignored.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from faifo.ai.evidence import digest
from faifo.ai.metrics.methods import methods
from faifo.errors import Fact
from faifo.packs import clause
from faifo.packs.clause import Text
from faifo.phrases import Phrase

LEVELS: Final = ("self", "second-party", "third-party")
RISKS: Final = ("low", "limited", "high")
"""From the lowest; what a text calls them stands in its pack."""


class Clause(clause.Clause, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that is asked.

    `method` with `figure` and a limit asks for a figure; `method` alone asks for the evidence;
    `answer` asks for an answer to a question of ASEAN's Annex A; `part` for a part of the passport.
    `source` is where a text of one's own asks for it. What the law asks only later is told, and
    nobody fails it before. `abroad`: asked of issuers of other economies only. `slices`:
    `attributes` (each single attribute), `crossings` (two together), `whole`, or the name of one.
    """

    source: str = ""
    mapping: Literal["evidence mapped to"] = "evidence mapped to"
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
    risks: tuple[str, ...] = RISKS
    abroad: bool = False
    assessor: str = "self"

    @property
    def stands(self) -> clause.Status:
        """What is measured is judged here; what the issuer answers or writes is declared."""
        return "enforced" if self.method else "declared"

    @property
    def where(self) -> str:
        """Where the text asks for it; a number of the node's own has no such place."""
        return self.source or self.cited


class Listed(clause.Clause, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A use that the text itself puts at a level, whatever severity and probability come to."""

    use: str
    level: Literal["low", "limited", "high"]
    status: clause.Status = "enforced"


class Numbers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits that no text has, and who set them."""

    by: Text
    limits: tuple[Clause, ...]


class Pack(clause.Header, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A set of clauses with its date and source; `shipped` if it comes with the program.

    `numbers` are the node's own limits, or the name of a set of them. `people` are clauses that no
    evidence speaks to, for people to check. `by_use`: the text classifies by use, and `uses` are
    what of its list is known; `levels` what it calls them. `economies`: where it holds.
    """

    source: str
    minimum_group: int = 100
    max_age_days: int = 365
    decision_days: int = 180
    person_for: tuple[str, ...] = ("high",)
    economies: tuple[str, ...] = ()
    by_use: bool = False
    levels: Mapping[str, Text] = {}
    uses: tuple[Listed, ...] = ()
    clauses: tuple[Clause, ...]
    people: tuple[clause.Clause, ...] = ()
    numbers: Numbers | str | None = None
    sha256: str = ""
    shipped: bool = False

    @property
    def limits(self) -> tuple[Clause, ...]:
        """The node's own limits."""
        return self.numbers.limits if isinstance(self.numbers, Numbers) else ()


msgspec.json.Decoder(Pack)  # learned here, for threads: see records.py


def read_pack(body: bytes, sets: Mapping[str, bytes] | None = None) -> Pack:
    """Return the pack in a TOML file; `sets` are files of numbers by name.

    Its digest is that of the file, and with numbers that stand in another, of both in this order.

    Raises:
        SettingsError: it is not one, with the place.
    """
    pack = clause.read_toml(body, Pack)
    if pack.sha256 or pack.shipped:
        raise clause.wrong(Phrase("errors.told.ai.pack.own-digest"))
    if isinstance(pack.numbers, str):
        text = (sets or {}).get(pack.numbers)
        if text is None:
            raise clause.wrong(Phrase("errors.told.ai.pack.no-numbers", name=pack.numbers))
        numbers = msgspec.convert(tomllib.loads(text.decode()), Numbers)
        pack = msgspec.structs.replace(pack, numbers=numbers)
        body += text
    for one in pack.clauses:
        _check(one, own=False)
    for one in pack.limits:
        clause.check(one)
        _check(one, own=True)
    return msgspec.structs.replace(pack, sha256=digest(body))


def _check(asked_for: Clause, *, own: bool) -> None:
    def require(holds: bool, what: Fact) -> None:
        if not holds:
            clause.refuse(asked_for, what)

    asked = [asked_for.method, asked_for.answer, asked_for.part]
    require(sum(entry is not None for entry in asked) == 1, Phrase("errors.told.ai.pack.one-asked"))
    require(
        asked_for.method is None or asked_for.method in methods(),
        Phrase("errors.told.ai.pack.no-method", method=asked_for.method),
    )
    limits = [asked_for.at_least, asked_for.at_most]
    has_limit = sum(limit is not None for limit in limits) == 1
    require(has_limit == (asked_for.figure is not None), Phrase("errors.told.ai.pack.figure-limit"))
    require(
        asked_for.figure is None or asked_for.method is not None,
        Phrase("errors.told.ai.pack.figure-method"),
    )
    require(bool(asked_for.where) is not own, Phrase("errors.told.ai.pack.where"))
    require(has_limit or not own, Phrase("errors.told.ai.pack.numbers"))
    is_condition = clause.is_text(asked_for.condition)
    require(
        (asked_for.on_fail == "conditions") == is_condition,
        Phrase("errors.told.ai.pack.condition"),
    )
    require(
        asked_for.assessor in LEVELS,
        Phrase("errors.told.ai.pack.assessor", assessor=asked_for.assessor),
    )
