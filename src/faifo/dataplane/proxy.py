"""Answers from HTTP backends, streamed both ways, hashed on the way, within the source's limits.

The backend sees only allowed header fields and its own credentials; the caller sees only allowed
header fields. Redirects are never followed; a Location stays only if it lies below the granted
address, rewritten to it.
"""

from __future__ import annotations

import asyncio
import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from faifo.dataplane.calling import CallError, Limits
from faifo.dataplane.exchange import StoppedError
from faifo.dataplane.headers import for_backend, for_caller, one
from faifo.dataplane.paths import join
from faifo.dataplane.problems import Problem
from faifo.errors import MalformedMessageError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import timedelta

    from faifo.dataplane.calling import Answer
    from faifo.dataplane.egress import Session
    from faifo.dataplane.exchange import Exchange
    from faifo.dataplane.gate import HttpApi
    from faifo.dataplane.problems import Headers

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
ALLOWED = ", ".join(sorted(METHODS)).encode()

# Answers up to this size are recorded before their headers go out (design §12).
SHORT = 64 * 1024
# An answer of unknown length is collected for at most this long before it is streamed.
_COLLECT_S = 1.0
_SHORTEST_SECRET = 8


async def serve(exchange: Exchange, api: HttpApi, session: Session) -> None:
    """Answer a request to `api`, which the gate has granted.

    Raises:
        Problem: nothing was sent; the problem is the answer.
        StoppedError: the answer broke off.
    """
    if exchange.method not in METHODS:
        raise Problem(
            405,
            "method-not-allowed",
            Phrase("errors.told.data.not-passed-on", method=exchange.method),
            headers=[(b"allow", ALLOWED)],
        )
    url, headers, body = _request(exchange, api)
    limits = _limits(api.connect_timeout, api.idle_timeout, api.total_timeout)
    exchange.caller.watch(exchange.task)
    try:
        response = await session.call(exchange.method, url, headers, body, limits=limits)
        try:
            await _answer(exchange, api, url, response)
        finally:
            response.close()
    except CallError as error:
        raise _blame(exchange, api, error) from None
    finally:
        exchange.caller.unwatch()


def _request(
    exchange: Exchange, api: HttpApi
) -> tuple[str, list[tuple[str, str]], bytes | AsyncIterator[bytes]]:
    """Return the address, the fields and the body of what the backend is asked."""
    try:
        url = join(api.base_url, exchange.path, exchange.query)
    except MalformedMessageError as error:
        raise Problem(400, "bad-path", error.said()) from None
    told = exchange.grant.told if exchange.grant else {}
    headers = for_backend(exchange.headers, {**api.headers, **told}, api.passed)
    length = exchange.field(b"content-length")
    body: bytes | AsyncIterator[bytes] = b""
    if length is not None and length != b"0":
        if int(length) > api.max_request_bytes:
            raise _too_large(api)
        headers.append(("Content-Length", length.decode("ascii")))
        body = exchange.caller.body(api.max_request_bytes)
    elif exchange.field(b"transfer-encoding") is not None:
        body = exchange.caller.body(api.max_request_bytes)
    return url, headers, body


@lru_cache(maxsize=256)
def _limits(connect: timedelta, idle: timedelta, total: timedelta) -> Limits:
    return Limits(connect.total_seconds(), idle.total_seconds(), total.total_seconds())


def _blame(exchange: Exchange, api: HttpApi, error: CallError) -> Exception:
    """Return what ends the request: the caller's fault if it was, else the backend's."""
    if exchange.caller.gone:
        return StoppedError("client-left")
    if exchange.caller.too_large and not exchange.started:
        return _too_large(api)
    if exchange.started:
        return StoppedError(f"backend-{error.kind}", failed=True)
    if error.kind == "timeout":
        return Problem(504, "backend-timeout", Phrase("errors.told.data.backend-late"), failed=True)
    return Problem(
        502, f"backend-{error.kind}", Phrase("errors.told.data.backend-unusable"), failed=True
    )


def _too_large(api: HttpApi) -> Problem:
    detail = Phrase("errors.told.data.request-large", limit=api.max_request_bytes)
    return Problem(413, "request-too-large", detail)


async def _answer(exchange: Exchange, api: HttpApi, url: str, response: Answer) -> None:
    status = response.status
    if not 200 <= status <= 599:
        raise Problem(
            502, "backend-broken", Phrase("errors.told.data.backend-unusable"), failed=True
        )
    length = response.content_length
    if length is not None and length > api.max_response_bytes and exchange.method != "HEAD":
        raise _over_limit(api)
    headers = for_caller(response.headers, _secrets(api))
    if status >= 300 or status == 201:
        location = _location(exchange, api, url, response.headers)
        if location is not None:
            headers.append((b"location", location))
    if exchange.method == "HEAD" or status in {204, 304}:
        if length is not None and exchange.method == "HEAD" and status not in {204, 304}:
            headers.append((b"content-length", b"%d" % length))
        await _whole(exchange, status, headers, b"")
    elif length is not None and length <= SHORT:
        body = await _short(response, length)
        headers.append((b"content-length", b"%d" % length))
        await _whole(exchange, status, headers, body)
    elif length is None:
        await _unknown_length(exchange, api, response, headers)
    else:
        headers.append((b"content-length", b"%d" % length))
        await _streamed(exchange, api, response, headers, b"")


async def _whole(exchange: Exchange, status: int, headers: Headers, body: bytes) -> None:
    exchange.caller.unwatch()
    await exchange.answer(status, headers, body)


async def _short(response: Answer, length: int) -> bytes:
    body = await response.read()
    while len(body) < length:
        more = await response.read()
        if not more:
            raise CallError("broken")
        body += more
    return body


async def _unknown_length(
    exchange: Exchange, api: HttpApi, response: Answer, headers: Headers
) -> None:
    if (one(headers, b"content-type") or b"").startswith(b"text/event-stream"):
        await _streamed(exchange, api, response, headers, b"")
        return
    head = bytearray()
    ended = False
    try:
        async with asyncio.timeout(_COLLECT_S):
            while len(head) <= SHORT and not ended:
                chunk = await response.read()
                head += chunk
                ended = not chunk
    except TimeoutError:
        pass
    if len(head) > api.max_response_bytes:
        raise _over_limit(api)
    if ended and len(head) <= SHORT:
        headers.append((b"content-length", b"%d" % len(head)))
        await _whole(exchange, response.status, headers, bytes(head))
    else:
        await _streamed(exchange, api, response, headers, bytes(head))


async def _streamed(
    exchange: Exchange, api: HttpApi, response: Answer, headers: Headers, head: bytes
) -> None:
    """Stream the body; its end waits for the record.

    With a Content-Length the end is the chunk that reaches it; otherwise it is the empty chunk
    that ends a chunked body, so nothing of an event stream is delayed.
    """
    length = response.content_length
    exchange.hash = hasher = hashlib.sha256()
    await exchange.start(response.status, headers)
    seen = 0
    last = b""
    chunk = head or await response.read()
    while chunk:
        seen += len(chunk)
        if seen > api.max_response_bytes:
            raise StoppedError("response-too-large", failed=True)
        if seen == length:
            hasher.update(chunk)
            last = chunk
            break
        await exchange.part(chunk)
        chunk = await response.read()
    if length is not None and seen != length:
        raise StoppedError("backend-broken", failed=True)
    exchange.caller.unwatch()
    await exchange.record("served", status=response.status, bytes_sent=seen, digest=hasher.digest())
    await exchange.end(last)


def _over_limit(api: HttpApi) -> Problem:
    detail = Phrase("errors.told.data.response-large", limit=api.max_response_bytes)
    return Problem(502, "response-too-large", detail, failed=True)


def _location(
    exchange: Exchange, api: HttpApi, url: str, headers: Sequence[tuple[bytes, bytes]]
) -> bytes | None:
    """Return the backend's Location as the caller can use it, None if it leads elsewhere."""
    value = next((value for name, value in headers if name == b"location"), None)
    if value is None:
        return None
    base = api.base_url.rstrip("/")
    target, _, query = urljoin(url, value.decode("latin-1")).partition("?")
    if target != base and not target.startswith(base + "/"):
        return None
    try:
        joined = join(base, target[len(base) :], query)
    except MalformedMessageError:
        return None
    return (exchange.prefix + joined[len(base) :]).encode("ascii")


def _secrets(api: HttpApi) -> tuple[bytes, ...]:
    return _secret_values(tuple(api.headers.values())) if api.headers else ()


@lru_cache(maxsize=256)
def _secret_values(values: tuple[str, ...]) -> tuple[bytes, ...]:
    """Return the credentials in header values: whole, and without a scheme such as Bearer."""
    found = {part for value in values for part in (value, value.rpartition(" ")[2])}
    return tuple(part.encode("latin-1") for part in found if len(part) >= _SHORTEST_SECRET)
