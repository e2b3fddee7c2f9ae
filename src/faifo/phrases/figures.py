"""Times and sizes as people read them, alike in every language."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(value: datetime | str | None) -> str:
    """Return a time for a person: UTC, to the second; a text that is none as it is."""
    if value is None:
        return "-"
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return str(value)
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def size(count: int | None) -> str:
    """Return a number of bytes for a person, in powers of 1000."""
    if count is None:
        return ""
    amount, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while amount >= 1000 and len(units) > 1:
        amount /= 1000
        units.pop(0)
    return f"{count} B" if units[0] == "B" else f"{amount:.1f} {units[0]}"
