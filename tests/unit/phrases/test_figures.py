"""Times and numbers on pages, against CLDR as Babel has it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from babel.dates import format_date
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from faifo.phrases import LANGUAGES
from faifo.phrases.figures import day, local_moment, measured, moment, number, size

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(MOMENTS, st.sampled_from(LANGUAGES))
def test_a_day_is_written_as_cldr_has_it(at: datetime, lang: str) -> None:
    day = format_date(at, "medium", locale=lang)
    shown = local_moment(at, lang)
    assert day in shown
    assert shown.replace(day, "").strip(" ,") == f"{at:%H:%M:%S} UTC"
    assert local_moment(at.isoformat(), lang) == shown


@given(st.integers(0, 10**18), st.sampled_from(LANGUAGES))
def test_a_number_is_written_as_cldr_has_it(count: int, lang: str) -> None:
    assert number(count, lang) == format_decimal(count, locale=lang)


@given(st.integers(0, 10**9), st.sampled_from(LANGUAGES))
def test_a_fraction_is_written_as_cldr_has_it(tenths: int, lang: str) -> None:
    value = tenths / 10
    expected = format_decimal(value, format="#,##0.0", locale=lang)
    assert number(value, lang) == expected


@pytest.mark.parametrize(
    ("value", "en", "vi"),
    [
        (0.99384, "0.9938", "0,9938"),
        (1.234, "1.234", "1,234"),  # in Vietnamese, 1.234 is more than a thousand
        (-0.0033, "-0.0033", "-0,0033"),
        (1, "1", "1"),
        (1234567.8, "1,234,568", "1.234.568"),
        (0.000025, "2.5e-05", "2,5e-05"),
    ],
)
def test_what_was_measured_has_the_marks_of_the_language(value: float, en: str, vi: str) -> None:
    assert (measured(value, "en"), measured(value, "vi")) == (en, vi)


@pytest.mark.parametrize(
    ("value", "said"), [(None, "-"), ("soon", "soon"), ("2026-11-29T07:02:05+07:00", "29 thg 11")]
)
def test_what_is_no_time_is_shown_as_it_is(value: str | None, said: str) -> None:
    assert said in local_moment(value, "vi")


def test_a_time_of_another_zone_is_shown_in_utc_if_there_is_such_a_time() -> None:
    at = datetime(2026, 12, 1, 3, tzinfo=timezone(timedelta(hours=7)))
    assert (moment(at), day(at)) == ("2026-11-30 20:00:00Z", "2026-11-30")
    assert local_moment(at, "en") == "Nov 30, 2026, 20:00:00 UTC"
    last = datetime.max.replace(microsecond=0, tzinfo=timezone(-timedelta(hours=7)))
    for shown in (moment(last), local_moment(last, "vi")):
        assert shown == "9999-12-31 23:59:59-07:00"


def test_sizes_by_language() -> None:
    assert [size(1_234_567, lang) for lang in LANGUAGES] == ["1.2 MB", "1,2 MB", "1.2 MB"]
    assert [size(count) for count in (None, 7, 1500)] == ["", "7 B", "1.5 kB"]
