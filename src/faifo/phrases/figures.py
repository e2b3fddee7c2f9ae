"""Times, numbers and sizes as people read them.

At the command line they are alike in every language, and sort as texts; pages show them as CLDR has
them for the reader's language, with a day of 24 hours (ADR-26; tests compare them with Babel).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

_MONTHS: Final = "JanFebMarAprMayJunJulAugSepOctNovDec"
_MARKS: Final = {"en": (",", "."), "vi": (".", ","), "ko": (",", ".")}
"""What stands between thousands, and before the decimals."""


def moment(value: datetime | str | None) -> str:
    """Return a time for a person: UTC, to the second; a text that is none as it is."""
    if value is None:
        return "-"
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else value
        return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    except (ValueError, OverflowError):
        return str(value)


def day(value: datetime) -> str:
    """Return the day of a time for a person, in UTC."""
    return moment(value)[:10]


def local_moment(value: datetime | str | None, lang: str) -> str:
    """Return a time as a page in `lang` shows it: UTC, to the second; what is none as it is."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else value
        if at is None:
            return "-"
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        return str(value)
    clock = f"{at:%H:%M:%S} UTC"
    if lang == "vi":
        return f"{clock} {at.day} thg {at.month}, {at.year}"
    if lang == "ko":
        return f"{at.year}. {at.month}. {at.day}. {clock}"
    month = _MONTHS[3 * at.month - 3 : 3 * at.month]
    return f"{month} {at.day}, {at.year}, {clock}"


def number(count: float, lang: str) -> str:
    """Return a number as a page in `lang` shows it; a fraction has one digit."""
    return marked(f"{count:,}" if isinstance(count, int) else f"{count:,.1f}", lang)


def measured(value: float, lang: str) -> str:
    """Return what was measured as a page in `lang` shows it: four digits, or all of a large one."""
    return marked(f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}", lang)


def marked(text: str, lang: str) -> str:
    """Return a number in the marks of Python with those of `lang`."""
    thousands, decimals = _MARKS[lang]
    return text.translate({ord(","): thousands, ord("."): decimals})


def size(count: int | None, lang: str = "en") -> str:
    """Return a number of bytes for a person, in powers of 1000."""
    if count is None:
        return ""
    amount, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while amount >= 1000 and len(units) > 1:
        amount /= 1000
        units.pop(0)
    return f"{count} B" if units[0] == "B" else f"{number(amount, lang)} {units[0]}"
