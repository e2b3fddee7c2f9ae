"""The only reader of the clock. Everything below and beside takes `now` as an argument."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the current moment, aware, in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Return seconds that never go backwards; only differences mean anything."""
    return time.monotonic()


_last: list[tuple[datetime | None, str]] = [(None, "")]


def text(moment: datetime) -> str:
    """Return `moment` as RFC 3339 with microseconds and `Z`; such texts sort like times."""
    # What is written at one moment is written with one and the same object.
    known, written = _last[0]
    if known is moment:
        return written
    there = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    written = there.isoformat(timespec="microseconds")[:-6] + "Z"
    _last[0] = (moment, written)
    return written
