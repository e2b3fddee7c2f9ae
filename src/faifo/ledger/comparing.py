"""Two sides' books of one agreement: what both prove, what one claims, where they contradict.

An agreement is the same on both sides if its document is; an access, if both wrote down the same
digest and number of bytes under the same agreement. What only one side wrote down is its claim.
Of accesses that are not opened, as after an erasure, both sides must have the same number.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import msgspec

from faifo.ledger.checkpoint import Checkpoint
from faifo.ledger.leaf import Kind, Opening
from faifo.ledger.verifying import Verdict

# A node that was restored goes on with a log of another origin.
_SUCCESSOR: Final = re.compile(r"/log(/[0-9]+)?\Z")
# What the two sides of an exchange both write down.
_SHARED: Final = frozenset({Kind.AGREEMENT, Kind.ACCESS})


class Entry(NamedTuple):
    """One leaf of `side`, where its logs are, and what it says; empty where it is not opened."""

    side: str
    origin: str
    place: int
    leaf: bytes
    kind: Kind
    said: dict[str, Any]

    @property
    def event(self) -> str:
        return str(self.said.get("event", ""))

    @property
    def agreement(self) -> str:
        return str(self.said.get("agreement", ""))

    @property
    def at(self) -> str:
        return str(self.said.get("at", ""))


class Contradiction(NamedTuple):
    """Two signed things that cannot both be true; `what`: fork, place or agreement."""

    what: str
    one: str
    other: str


class Comparison(NamedTuple):
    """`erased`: of both sides, what cannot be compared any more, and that it was erased."""

    both: list[tuple[Entry, Entry]]
    one_sided: list[Entry]
    erased: list[Entry]
    contradictions: list[Contradiction]


def said_by(opening: Opening | None) -> dict[str, Any]:
    """Return what the record of a leaf says, if it is an entry of a journal."""
    try:
        found = msgspec.json.decode(opening.record) if opening else {}
    except (msgspec.MsgspecError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def entries_of(verdicts: Iterable[Verdict]) -> list[Entry]:
    """Return the entries of the receipts that are proven."""
    found = []
    for one in verdicts:
        if one.fault is None and one.receipt is not None and one.kind is not None:
            said, origin = said_by(one.opening), one.receipt.checkpoint.origin
            # Whose log it is says the key, never the record, in which anybody can name anybody.
            side = _SUCCESSOR.sub("", origin)
            found.append(Entry(side, origin, one.receipt.place, one.receipt.leaf, one.kind, said))
    return found


def compare(entries: Iterable[Entry]) -> Comparison:
    """Compare what both sides wrote down; an entry that comes twice counts once."""
    contradictions: list[Contradiction] = []
    places: dict[tuple[str, int], Entry] = {}
    for one in entries:
        known = places.setdefault((one.origin, one.place), one)
        if known.leaf != one.leaf:
            name = f"{one.origin} {one.place}"
            contradictions.append(Contradiction("place", name, name))
        elif not known.said:
            places[one.origin, one.place] = one
    waiting: dict[tuple[Any, ...], list[Entry]] = defaultdict(list)
    both: list[tuple[Entry, Entry]] = []
    erased: list[Entry] = []
    for one in sorted(places.values(), key=lambda each: (each.at, each.origin, each.place)):
        alike = waiting[_key(one)]
        # The last before it: what broke off was written down by the provider, too.
        other = next((each for each in reversed(alike) if each.side != one.side), None)
        if other is None or one.kind not in _SHARED:
            alike.append(one)
        elif not one.said:
            alike.remove(other)
            erased += other, one
        elif one.kind is Kind.AGREEMENT and one.said.get("document") != other.said.get("document"):
            alike.remove(other)
            contradictions.append(Contradiction("agreement", _name(other), _name(one)))
        else:
            alike.remove(other)
            both.append((other, one))
    one_sided: list[Entry] = []
    for rest in waiting.values():
        answered = rest and rest[0].kind is Kind.ERASURE and len({one.side for one in rest}) > 1
        (erased if answered else one_sided).extend(rest)
    return Comparison(both, one_sided, erased, contradictions)


def forks(heads: Iterable[tuple[str, Checkpoint]]) -> list[Contradiction]:
    """Return trees of one log and one size, both signed, that differ; each is named by its file."""
    known: dict[tuple[str, int], tuple[bytes, str]] = {}
    found = []
    for file, head in heads:
        root, first = known.setdefault((head.origin, head.size), (head.root, file))
        if root != head.root:
            found.append(Contradiction("fork", first, file))
    return found


def _key(one: Entry) -> tuple[Any, ...]:
    if not one.said:
        # An agreement is never erased: one that is not opened is withheld.
        return one.kind, one.kind is Kind.AGREEMENT and one.side
    if one.kind is Kind.ACCESS:
        detail = one.said.get("detail")
        detail = detail if isinstance(detail, dict) else {}
        return one.kind, one.agreement, str(detail.get("response_sha256")), str(detail.get("bytes"))
    if one.kind is Kind.AGREEMENT:
        return one.kind, one.agreement
    return one.kind, one.agreement, one.event


def _name(one: Entry) -> str:
    return f"{one.side} {one.origin} {one.place}"
