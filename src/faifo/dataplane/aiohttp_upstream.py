"""`Upstream` over a pooled aiohttp session."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from faifo.dataplane.egress import refused_address
from faifo.dataplane.upstream import UpstreamError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from faifo.dataplane.upstream import UpstreamRequest


class AiohttpUpstream:
    """Sends over `session`, which its owner opens with `egress.open_session` and closes."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def send(self, request: UpstreamRequest) -> AiohttpResponse:
        api = request.api
        try:
            response = await self._session.request(
                request.method,
                URL(request.url, encoded=True),
                headers=request.headers,
                data=request.body,
                allow_redirects=False,
                timeout=_timeout(api.connect_timeout, api.idle_timeout, api.total_timeout),
            )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # The original may quote header values, so it is not chained.
            raise _translated(error) from None
        return AiohttpResponse(response)


class AiohttpResponse:
    __slots__ = ("_response", "content_length", "headers", "status")

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status: int = response.status
        self.headers: Sequence[tuple[bytes, bytes]] = response.raw_headers
        self.content_length: int | None = response.content_length

    async def read(self) -> bytes:
        try:
            return await self._response.content.readany()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _translated(error) from None

    def close(self) -> None:
        # After the end of the body aiohttp has given the connection back already.
        self._response.close()


@lru_cache(maxsize=256)
def _timeout(connect: timedelta, idle: timedelta, total: timedelta) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        total=total.total_seconds(),
        connect=connect.total_seconds(),
        sock_connect=connect.total_seconds(),
        sock_read=idle.total_seconds(),
    )


def _translated(error: BaseException) -> UpstreamError:
    if refused_address(error) is not None:
        return UpstreamError("address-refused")
    if isinstance(error, TimeoutError):
        return UpstreamError("timeout")
    if isinstance(error, aiohttp.ClientConnectorError):
        return UpstreamError("unreachable")
    return UpstreamError("broken")
