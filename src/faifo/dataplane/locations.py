"""What a publication's location names: a path on this machine, or something elsewhere."""

from __future__ import annotations

from typing import Final

SCHEMES: Final = ("s3://", "gs://")
SERVED: Final = ("sftp://",)
QUERY: Final = "sql:"


def is_http(location: str) -> bool:
    return location.startswith(("http://", "https://"))


def shown(url: str) -> str:
    """Return an address without its query, which may be a secret; no phrase says a login."""
    base, mark, _ = url.partition("?")
    return f"{base}?…" if mark else base


def is_object(location: str) -> bool:
    """Tell whether `location` names an object in a store: `s3://bucket/key` and the like."""
    return location.startswith(SCHEMES)


def is_served(location: str) -> bool:
    """Tell whether `location` names a file on a server of files: `sftp://host/path`."""
    return location.startswith(SERVED)


def is_stored(location: str) -> bool:
    """Tell whether `location` is read where it lies, by its key."""
    return is_object(location) or is_served(location)


def is_query(location: str) -> bool:
    """Tell whether `location` is a query: `sql:SELECT …`."""
    return location.startswith(QUERY)


def is_url(location: str) -> bool:
    """Tell whether `location` is elsewhere, not a path on this machine."""
    return is_http(location) or is_stored(location) or is_query(location)
