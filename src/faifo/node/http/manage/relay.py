"""The consumer's way to a partner's data: the management API passes a request on with the token.

Streams both ways; nothing is kept but a row in the journal, durable before the answer ends: what
was asked, how many bytes came, and their digest. The token never leaves this process towards the
caller.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from urllib.parse import quote

import aiohttp
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from faifo import clock
from faifo.dataplane.egress import unreachable
from faifo.errors import FaifoError, MalformedMessageError, UnreachableError
from faifo.messages.dsp_2025_1.data_address import Endpoint
from faifo.node.watching import tracing
from faifo.phrases import Phrase
from faifo.store.contract import Store
from faifo.store.records import JournalEntry, Transfer

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
        "tracestate",
    }
)
DROPPED = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "server"}
)
CHUNK = 256 * 1024


class Relay:
    """Calls a partner's data endpoint on behalf of a local caller."""

    def __init__(
        self, session: aiohttp.ClientSession, store: Store, *, idle: float, total: float
    ) -> None:
        self._session = session
        self._store = store
        self._timeout = aiohttp.ClientTimeout(total=total, sock_connect=10, sock_read=idle)

    async def answer(self, request: Request, transfer: Transfer, endpoint: Endpoint) -> Response:
        """Return the partner's answer to `request`, made at `endpoint`."""
        path = request.path_params.get("path")
        if path is not None and not {".", ".."}.isdisjoint(path.split("/")):
            raise MalformedMessageError(
                what=Phrase("errors.told.path.dot-part"), expected=Phrase("errors.told.path.plain")
            )
        url = endpoint.url if path is None else f"{endpoint.url}/{quote(path, safe=_PATH_SAFE)}"
        if request.url.query:
            url += f"?{request.url.query}"
        headers = {
            name: value for name, value in request.headers.items() if name.lower() in PASSED_ON
        }
        headers["Authorization"] = endpoint.authorization
        headers |= tracing.outgoing_headers()
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
            raise UnreachableError(
                who=endpoint.url, reason=Phrase("errors.told.no-answer")
            ) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise unreachable(error, who=endpoint.url) from None
        asked = {"method": request.method, "path": path or "", "status": response.status}
        answer = StreamingResponse(
            self._body(response, transfer, asked), status_code=response.status
        )
        answer.raw_headers = [
            (name.lower(), value)
            for name, value in response.raw_headers
            if name.lower().decode("latin-1") not in DROPPED
        ]
        return answer

    async def _body(
        self, response: aiohttp.ClientResponse, transfer: Transfer, asked: dict[str, object]
    ) -> AsyncIterator[bytes]:
        digest, size, complete = hashlib.sha256(), 0, False
        try:
            async for part in response.content.iter_chunked(CHUNK):
                digest.update(part)
                size += len(part)
                yield part
            complete = True
        finally:
            response.close()
            came = {**asked, "bytes": size, "response_sha256": digest.hexdigest()}
            entry = JournalEntry(
                event="fetch-complete" if complete else "fetch-interrupted",
                at=clock.now(),
                process=transfer.pid,
                agreement=transfer.agreement,
                dataset=transfer.dataset,
                peer=transfer.peer,
                detail=came,
            )
            await self._store.run(lambda tx: tx.journal.append(entry))


_PATH_SAFE = "/:@!$&'()*+,;=-._~"
