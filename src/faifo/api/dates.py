"""Dates as people write them → instants. A date without a time is a whole day in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time

from faifo.errors import SettingsError
from faifo.phrases import Phrase

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)


def read_moment(option: str, text: str, *, end_of_day: bool) -> datetime:
    """Return the instant in `text`: an RFC 3339 time with a zone, or a date.

    A date stands for its first second in UTC, or with `end_of_day` for its last.

    Raises:
        SettingsError: neither, or a time without a zone.
    """
    try:
        found = datetime.fromisoformat(text.strip())
        if _DATE.match(text.strip()):
            at = time(23, 59, 59) if end_of_day else time()
            return datetime.combine(found.date(), at, tzinfo=UTC)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise SettingsError(
        what=Phrase("errors.told.option.is", option=option, text=text),
        expected=Phrase("errors.told.option.date"),
    )
