"""The only reader of the clock. Everything below and beside takes `now` as an argument."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


def now() -> datetime:
    """Return the current moment, aware, in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Return seconds that never go backwards; only differences mean anything."""
    return time.monotonic()


def since_boot() -> float:
    """Return seconds that never go backwards, with those in which the machine slept (Linux)."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def recent(moment: datetime, span: timedelta) -> bool:
    """Tell whether `moment` is less than `span` ago.

    One that is still to come was written when the clock was ahead: nobody knows how old it is.
    """
    return timedelta() <= now() - moment < span


_FIRST, _LAST = datetime.min, datetime.max  # noqa: DTZ901 - of UTC, where they are used


def in_utc(moment: datetime) -> datetime:
    """Return `moment` in UTC; what is beyond the years 1 to 9999 there is their end."""
    try:
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    except OverflowError:  # 9999-12-31T23:59:59-07:00
        return (_FIRST if moment.year == 1 else _LAST).replace(tzinfo=UTC)


_last: list[tuple[datetime | None, str]] = [(None, "")]


def text(moment: datetime) -> str:
    """Return `moment` as RFC 3339 with microseconds and `Z`; such texts sort like times."""
    # What is written at one moment is written with one and the same object.
    known, written = _last[0]
    if known is moment:
        return written
    written = in_utc(moment).isoformat(timespec="microseconds")[:-6] + "Z"
    _last[0] = (moment, written)
    return written
