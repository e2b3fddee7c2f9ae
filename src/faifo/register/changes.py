"""What has changed in the entries of others since a day, clause by clause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import msgspec

from faifo.register.progress import Edition


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One clause of one entry, as it was and as it is; empty where it was not, or is no more."""

    by: str
    id: str
    at: date
    clause: str
    before: str
    after: str


def changes(editions: Iterable[Edition], since: date) -> Iterator[Change]:
    """Yield what each edition from `since` on changed in the one before it, the oldest first."""
    latest: dict[tuple[str, str], dict[str, str]] = {}
    for one in sorted(editions, key=lambda edition: edition.at):
        clauses = dict(_clauses(msgspec.to_builtins(one.entry)))
        before = latest.get((one.by, one.entry.id), {})
        latest[one.by, one.entry.id] = clauses
        if one.at < since:
            continue
        for clause in dict.fromkeys((*before, *clauses)):
            was, now = before.get(clause, ""), clauses.get(clause, "")
            if was != now:
                yield Change(
                    by=one.by, id=one.entry.id, at=one.at, clause=clause, before=was, after=now
                )


def newest(editions: Iterable[Edition]) -> list[Edition]:
    """Return of each entry the last edition, in the order in which they first came."""
    found: dict[tuple[str, str], Edition] = {}
    for one in sorted(editions, key=lambda edition: edition.at):
        found[one.by, one.entry.id] = one
    return list(found.values())


def _clauses(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text and number in an entry by its path, such as `indicator.target`."""
    if isinstance(value, dict):
        for name, one in value.items():
            # A point of a series is named by its day: a new one shifts no other.
            yield from _clauses(one, f"{path}.{name}" if path else name)
    elif isinstance(value, list | tuple):
        for at, one in enumerate(value, 1):
            named = one.get("at", at) if isinstance(one, dict) and "value" in one else at
            yield from _clauses(one, f"{path}[{named}]")
    elif value not in (None, ""):
        yield path, str(value)
