from __future__ import annotations

from datetime import UTC, datetime

import pytest

from faifo.errors import NotProvenError
from faifo.trust.dcp.instants import read_instant


def read(text: object) -> datetime | None:
    return read_instant({"validUntil": text}, ("validUntil", "expirationDate"), "step")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-30T12:00:00Z", datetime(2026, 11, 30, 12, tzinfo=UTC)),
        ("2026-11-30T19:00:00.5+07:00", datetime(2026, 11, 30, 12, 0, 0, 500_000, UTC)),
        ("2026-11-30T24:00:00Z", datetime(2026, 12, 1, tzinfo=UTC)),
        # What .NET writes for "never", and nanoseconds: cut, and not rounded to what comes after.
        ("9999-12-31T23:59:59.9999999Z", datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)),
        ("2026-11-30T23:59:59.999999999Z", datetime(2026, 11, 30, 23, 59, 59, 999_999, UTC)),
        ("2026-11-30T12:00:00.1234567890123Z", datetime(2026, 11, 30, 12, 0, 0, 123_456, UTC)),
        (None, None),
    ],
)
def test_dates_are_read_as_others_write_them(text: object, meant: datetime | None):
    assert read(text) == meant


@pytest.mark.parametrize("text", ["2026-11-30", "2026-11-30T12:00:00", 5, "2026-13-01T00:00:00Z"])
def test_what_is_no_instant_refuses(text: object):
    with pytest.raises(NotProvenError):
        read(text)
