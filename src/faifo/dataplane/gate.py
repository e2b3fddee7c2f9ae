"""What the data plane asks before it hands anything out: may this token do this, and from where.

A `Gate` answers with a `Grant` or raises `AccessDenied`. Neither the token nor a backend's own
credentials ever appear in a `repr`, an error or a log line.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import urlsplit

import msgspec

from faifo.errors import Fact, FaifoError, SettingsError
from faifo.phrases import Phrase, say

if TYPE_CHECKING:
    import os
    from collections.abc import Awaitable, Callable, Mapping, Sequence

MIB = 1024 * 1024


class StatSignature(NamedTuple):
    """What identifies one content of one file on disk, as far as the file system tells."""

    dev: int
    ino: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, stat: os.stat_result) -> StatSignature:
        return cls(stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A published file. `digest` is the SHA-256 (32 bytes) of the `size` bytes published.

    `stat` is its signature when that digest was made; without one it is hashed on first use.
    """

    path: str
    digest: bytes
    size: int
    media_type: str = "application/octet-stream"
    stat: StatSignature | None = None


class StoredObject(msgspec.Struct, frozen=True, kw_only=True):
    """A published object in a store. `digest` is the SHA-256 of the `size` bytes that have `tag`.

    `options` are what the store's client needs, secrets included; they never leave the provider.
    """

    store: str
    key: str
    tag: str
    digest: bytes
    size: int
    media_type: str = "application/octet-stream"
    options: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return f"StoredObject(store={self.store!r}, options=<{len(self.options)} hidden>)"


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a query. `options` name the database, secrets included; they never leave."""

    sql: str
    media_type: str
    options: Mapping[str, str]
    max_response_bytes: int = 1024 * MIB

    def __repr__(self) -> str:
        return f"Query(media_type={self.media_type!r}, options=<{len(self.options)} hidden>)"


class HttpApi(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP backend. `headers` are the backend's own credentials; they never leave the provider.

    `passed`: names of callers' fields, in lower case, that it gets beside those that are always
    passed on.

    Raises:
        SettingsError: `base_url` is not a plain http or https address without query.
    """

    base_url: str
    headers: Mapping[str, str] = {}
    passed: frozenset[bytes] = frozenset()
    connect_timeout: timedelta = timedelta(seconds=10)
    idle_timeout: timedelta = timedelta(seconds=30)
    total_timeout: timedelta = timedelta(hours=1)
    max_request_bytes: int = 16 * MIB
    max_response_bytes: int = 1024 * MIB

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        plain = not (parts.query or parts.fragment or parts.username or parts.password)
        if parts.scheme not in {"http", "https"} or not parts.hostname or not plain:
            raise SettingsError(
                what=Phrase("errors.told.publish.unusable"),
                expected=Phrase("errors.told.publish.url"),
            )

    def __repr__(self) -> str:
        return f"HttpApi(base_url={self.base_url!r}, headers=<{len(self.headers)} hidden>)"


Source = File | StoredObject | Query | HttpApi


class AccessRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request as it came. `path` is what followed the transfer id, still percent-encoded.

    `headers` are its fields: how much of a file it gets depends on them.
    """

    transfer_id: str
    token: str
    method: str
    path: str
    query: str
    headers: Sequence[tuple[bytes, bytes]] = ()

    def __repr__(self) -> str:
        return (
            f"AccessRequest(transfer_id={self.transfer_id!r}, method={self.method!r}, "
            f"path={self.path!r}, token=<hidden>)"
        )


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """Leave to do one request. `context` is the gate's own and comes back in the journal.

    `told` is what the backend is told of the caller, as header fields.
    """

    source: Source
    transfer_id: str
    agreement_id: str
    consumer: str
    context: Any = None
    told: Mapping[str, str] = {}


class AccessDenied(FaifoError):  # noqa: N818 - the name other rooms were promised
    """The gate's no: an HTTP status, a stable code, and reasons fit for the caller's eyes.

    `again`: in how many seconds it may be another answer, if that is known.
    """

    code = "access-denied"

    def __init__(
        self, *, status: int, code: str, reasons: tuple[Fact, ...] = (), again: int = 0
    ) -> None:
        super().__init__()
        self.again = again
        self.status = status
        self.denial = code
        self.reasons = reasons

    def sentence(self, lang: str = "en") -> str:
        reasons = self.reasons or Phrase("errors.none.reasons")
        return say("errors.access-denied", lang, code=self.denial, reasons=reasons)


class Gate(Protocol):
    async def admit(self, request: AccessRequest) -> Grant:
        """Return what `request` may read.

        Raises:
            AccessDenied: it may not.
        """
        ...


class Ongoing(Protocol):
    def enter(self, grant: Grant, stop: Callable[[str], None]) -> Callable[[bool], Awaitable[str]]:
        """Call `stop` with a code when `grant` has ended.

        The result is awaited when all is over, with whether it came to its own end, and may give a
        code that was about to come.

        To be called in the turn of the event loop in which the gate gave the grant.
        """
        ...
