"""The consumer's way to a partner's data: the management API passes a request on with the token.

Streams both ways; nothing is kept. The token never leaves this process towards the caller.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

import aiohttp
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from faifo.dataplane.egress import unreachable
from faifo.errors import FaifoError, UnreachableError

PASSED_ON = frozenset(
    {
        "accept",
        "accept-language",
        "content-type",
        "content-length",
        "content-encoding",
        "content-language",
        "range",
        "if-range",
        "if-match",
        "if-none-match",
        "if-modified-since",
        "if-unmodified-since",
        "prefer",
        "idempotency-key",
        "traceparent",
    }
)
DROPPED = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "server"}
)
CHUNK = 256 * 1024


class Relay:
    """Calls a partner's data endpoint on behalf of a local caller."""

    def __init__(self, session: aiohttp.ClientSession, *, idle: float, total: float) -> None:
        self._session = session
        self._timeout = aiohttp.ClientTimeout(total=total, sock_connect=10, sock_read=idle)

    async def answer(self, request: Request, endpoint: str, token: str) -> Response:
        """Return the partner's answer to `request`, made at `endpoint` with `token`."""
        path = request.path_params.get("path")
        url = endpoint if path is None else f"{endpoint}/{quote(path, safe=_PATH_SAFE)}"
        if request.url.query:
            url += f"?{request.url.query}"
        headers = {
            name: value for name, value in request.headers.items() if name.lower() in PASSED_ON
        }
        headers["Authorization"] = f"Bearer {token}"
        has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
        context = self._session.request(
            request.method,
            url,
            headers=headers,
            data=request.stream() if has_body else None,
            timeout=self._timeout,
            allow_redirects=False,
        )
        try:
            response = await context
        except FaifoError:
            raise
        except TimeoutError:
            raise UnreachableError(who=endpoint, reason="no answer in time") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise unreachable(error, who=endpoint) from None
        answer = StreamingResponse(_body(response), status_code=response.status)
        answer.raw_headers = [
            (name.lower(), value)
            for name, value in response.raw_headers
            if name.lower().decode("latin-1") not in DROPPED
        ]
        return answer


_PATH_SAFE = "/:@!$&'()*+,;=-._~"


async def _body(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    try:
        async for part in response.content.iter_chunked(CHUNK):
            yield part
    finally:
        response.close()
