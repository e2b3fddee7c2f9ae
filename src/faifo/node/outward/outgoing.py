"""Small outgoing calls: protocol messages, DID documents, catalogs. Bounded in time and bytes.

The session keeps the address rules of the data plane (design §8). Answers of any status are
returned; only silence raises, and an address that this node may not call: the first may be mended
by waiting, the second never is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import aiohttp
from yarl import URL

from faifo.dataplane.egress import certificate_until, refused_address, unreachable
from faifo.errors import FaifoError, PeerError, RefusedError, UnreachableError
from faifo.node.delivery.peer_answer import PeerAnswer
from faifo.node.watching import tracing
from faifo.phrases import Phrase

# What another node may answer to a message, of which many are under way at one time; who asks for
# more, or less, says so.
ANSWER_LIMIT = 256 * 1024
CATALOG_LIMIT = 4 * 1024 * 1024
_READY = re.compile(r"[!-~]+")


class Outgoing:
    """HTTP calls of the control plane."""

    def __init__(self, session: aiohttp.ClientSession, *, seconds: float) -> None:
        self._session = session
        self._timeout = aiohttp.ClientTimeout(total=seconds)

    async def get(
        self,
        url: str,
        *,
        who: str,
        headers: Mapping[str, str] | None = None,
        limit: int = ANSWER_LIMIT,
    ) -> PeerAnswer:
        return await self._call("GET", url, who=who, body=None, headers=headers or {}, limit=limit)

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        who: str,
        headers: Mapping[str, str],
        limit: int = ANSWER_LIMIT,
    ) -> PeerAnswer:
        """POST JSON; raises UnreachableError when no complete answer came."""
        headers = {"Content-Type": "application/json", **headers}
        return await self._call("POST", url, who=who, body=body, headers=headers, limit=limit)

    async def _call(
        self,
        method: str,
        url: str,
        *,
        who: str,
        body: bytes | None,
        headers: Mapping[str, str],
        limit: int,
    ) -> PeerAnswer:
        try:
            async with self._session.request(
                method,
                # An id may be `..` or hold %2F: what is encoded already stays as it is.
                URL(url, encoded=_READY.fullmatch(url) is not None),
                data=body,
                headers={**headers, **tracing.outgoing_headers()},
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                content = await _bounded(response, who, limit)
                # A field that stands several times is one list: RFC 9110 §5.3.
                fields = {
                    name.lower(): ", ".join(response.headers.getall(name))
                    for name in response.headers
                }
                return PeerAnswer(response.status, content, fields, certificate_until(response))
        except FaifoError:
            raise
        except TimeoutError:
            raise UnreachableError(
                who=who, reason=Phrase("errors.told.no-answer-in", seconds=self._timeout.total)
            ) from None
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
            raise RefusedError(
                what=Phrase("errors.told.calling", who=who),
                reasons=(Phrase("errors.told.calling-address"),),
            ) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            refused = refused_address(error)
            if refused is None:
                raise unreachable(error, who=who) from None
            raise RefusedError(
                what=Phrase("errors.told.calling", who=who),
                reasons=(Phrase("errors.told.calling-allow", refused=refused),),
            ) from None


async def _bounded(response: aiohttp.ClientResponse, who: str, limit: int) -> bytes:
    """Return the body; what is said to be too large is not read at all."""
    content, told = bytearray(), response.content_length or 0
    if told <= limit:
        async for part in response.content.iter_any():
            content += part
            if len(content) > limit:
                break
        else:
            return bytes(content)
    del content  # the error holds this frame for as long as it lives
    raise PeerError(
        who=who,
        status=response.status,
        reasons=(Phrase("errors.told.answered.over", limit=limit),),
    )
