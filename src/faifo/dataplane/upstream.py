"""What the proxy needs from an HTTP client, and nothing more; ADR 0004 tells why it is so small."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

from faifo.dataplane.gate import HttpApi
from faifo.errors import FaifoError
from faifo.phrases import say

Kind = Literal["unreachable", "timeout", "broken", "address-refused"]


class UpstreamError(FaifoError):
    """The backend did not answer, or not to the end. Nothing of the request stands in it."""

    code = "upstream"

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self.kind = kind

    def sentence(self, lang: str = "en") -> str:
        return say("errors.upstream", lang, kind=self.kind)


class UpstreamRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request. `url` is encoded already; `body` of unknown length is sent chunked."""

    method: str
    url: str
    headers: list[tuple[str, str]]
    api: HttpApi
    body: AsyncIterator[bytes] | None = None

    def __repr__(self) -> str:
        return f"UpstreamRequest(method={self.method!r}, headers=<hidden>)"


class UpstreamResponse(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Sequence[tuple[bytes, bytes]]: ...
    @property
    def content_length(self) -> int | None:
        """Length of the body as it comes (not decompressed), None if the backend did not say."""
        ...

    async def read(self) -> bytes:
        """Return the next bytes as soon as there are some, `b""` at the proper end.

        Cancelling a read loses nothing.

        Raises:
            UpstreamError: the body broke off, or paused longer than the idle limit.
        """
        ...

    def close(self) -> None:
        """Give the connection back if the body was read to its end, else close it."""
        ...


class Upstream(Protocol):
    async def send(self, request: UpstreamRequest) -> UpstreamResponse:
        """Send `request` and return the answer when its headers are in; follows no redirect.

        Raises:
            UpstreamError: there was no answer.
        """
        ...
