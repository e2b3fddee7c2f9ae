from __future__ import annotations

from datetime import UTC, datetime

import pytest

from faifo.api.dates import read_moment
from faifo.errors import SettingsError


@pytest.mark.parametrize(
    ("text", "end_of_day", "moment"),
    [
        ("2026-12-31", True, datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("9999-12-31", True, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2026-12-31", False, datetime(2026, 12, 31, tzinfo=UTC)),
        ("2026-12-31T17:00:00+07:00", True, datetime(2026, 12, 31, 10, tzinfo=UTC)),
        ("2026-12-31T17:00:00Z", True, datetime(2026, 12, 31, 17, tzinfo=UTC)),
    ],
)
def test_a_date_is_a_whole_day_in_utc(text: str, end_of_day: bool, moment: datetime):
    assert read_moment("--until", text, end_of_day=end_of_day) == moment


@pytest.mark.parametrize(
    "text",
    ["tomorrow", "", "2026-12-31T17:00:00", "20261231", "2026-13-01", "9999-12-31T23:59:59-14:00"],
)
def test_anything_else_says_what_is_expected(text: str):
    with pytest.raises(SettingsError) as caught:
        read_moment("--until", text, end_of_day=True)
    assert str(caught.value) == (
        f"--until is {text!r}; expected a date such as 2026-12-31 (UTC), or a time with a zone "
        "such as 2026-12-31T17:00:00+07:00"
    )
