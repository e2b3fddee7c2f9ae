"""Times as they are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from faifo import clock

EAST, WEST = timezone(timedelta(hours=7)), timezone(timedelta(hours=-7))


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 30, 7, tzinfo=EAST), "2026-11-30T00:00:00.000000Z"),
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=EAST), "9999-12-31T16:59:59.000000Z"),
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=WEST), "9999-12-31T23:59:59.999999Z"),
        (datetime(1, 1, 1, tzinfo=EAST), "0001-01-01T00:00:00.000000Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000000Z"),
    ],
)
def test_a_time_beyond_the_years_is_their_end(moment: datetime, text: str) -> None:
    assert clock.text(moment) == text
    assert clock.text(clock.in_utc(moment)) == text
