"""xsd:dateTime with a zone ↔ aware datetimes in UTC.

Dates without time and times without zone are refused: they mean another instant in each country.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_INSTANT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})\Z"
)


def read_instant(text: str) -> datetime:
    """Return the instant; what is finer than a microsecond is cut off.

    Raises:
        ValueError: not an xsd:dateTime with a zone, or outside the years 1 to 9999.
    """
    match = _INSTANT.match(text)
    if match is None:
        raise ValueError("not a date and time with a zone")
    seconds, fraction, zone = match.groups()
    # XSD 1.1 §3.3.7.2: the end of a day is the beginning of the next.
    ends = seconds.endswith("T24:00:00") and not (fraction or "").strip(".0")
    if ends:
        seconds = seconds.replace("T24", "T00")
    try:
        found = datetime.fromisoformat(f"{seconds}{(fraction or '')[:7]}{zone}").astimezone(UTC)
        return found + timedelta(days=ends)
    except OverflowError:
        raise ValueError("outside the years 1 to 9999") from None


def instant_text(moment: datetime) -> str:
    """Return the instant in UTC with `Z`, with microseconds only when there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
