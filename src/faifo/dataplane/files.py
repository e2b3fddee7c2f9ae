"""Answers from files and objects: whole, in part, conditional (RFC 9110), digests (RFC 9530)."""

from __future__ import annotations

import base64
import hashlib
import re
from contextlib import aclosing
from functools import lru_cache, partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from faifo.dataplane.exchange import StoppedError
from faifo.dataplane.gate import StoredObject
from faifo.dataplane.openfile import CHUNK, NotServableError, changed
from faifo.dataplane.problems import Problem
from faifo.dataplane.ranges import plan, tag_of
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from faifo.dataplane.exchange import Exchange
    from faifo.dataplane.gate import File
    from faifo.dataplane.objects import Objects
    from faifo.dataplane.openfile import Files, OpenFile
    from faifo.dataplane.problems import Headers
    from faifo.dataplane.ranges import Plan

    Published = File | StoredObject
    Sender = Callable[[Exchange, Any, Plan, Headers], Awaitable[None]]

ALLOWED = b"GET, HEAD"
# What is held back until the file is seen to be the published one still.
LAST = 16 * 1024
_FIELD_VALUE = re.compile(r"[\x20-\x7e]+", re.ASCII)
_UNSAFE_IN_NAME = re.compile(r'[\x00-\x1f\x7f"\\/:*?<>|%]')


async def serve(
    exchange: Exchange, source: File | StoredObject, files: Files, objects: Objects
) -> None:
    """Answer a request for `source`, which the gate has granted.

    Raises:
        Problem: nothing was sent; the problem is the answer.
        StoppedError: the answer broke off.
    """
    only_read(exchange)
    try:
        if isinstance(source, StoredObject):
            if exchange.method == "HEAD":
                await objects.check(source)
            await _answer(exchange, source, source.key, partial(_relayed, objects))
            return
        opened = await files.open(source)
        try:
            await _answer(exchange, source, source.path, partial(_from_disk, opened))
        finally:
            opened.close()
    except NotServableError as error:
        if exchange.started:
            raise StoppedError(error.code, failed=True) from None
        failed = error.status >= 500
        raise Problem(error.status, error.code, error.detail, failed=failed) from None


def only_read(exchange: Exchange) -> None:
    """Return if this may be asked of something that is only read, and has no paths below it.

    Raises:
        Problem: it may not.
    """
    if exchange.method not in {"GET", "HEAD"}:
        raise Problem(
            405,
            "method-not-allowed",
            Phrase("errors.told.data.not-on-a-file", method=exchange.method),
            headers=[(b"allow", ALLOWED)],
        )
    if exchange.path not in {"", "/"}:
        raise Problem(404, "not-found", Phrase("errors.told.data.no-paths"))


async def _answer(exchange: Exchange, file: Published, path: str, send: Sender) -> None:
    etag = tag_of(file.digest)
    todo = plan(exchange.method, exchange.headers, etag=etag, size=file.size)
    validators: Headers = [(b"etag", etag.encode()), (b"accept-ranges", b"bytes")]
    if todo.status == 304:
        await exchange.answer(304, validators, b"")
        return
    if todo.status == 412:
        raise Problem(
            412, "precondition-failed", Phrase("errors.told.data.other-tag"), headers=validators
        )
    if todo.status == 416:
        size = (b"content-range", b"bytes */%d" % file.size)
        raise Problem(
            416,
            "range-not-satisfiable",
            Phrase("errors.told.data.file-size", size=file.size),
            headers=[*validators, size],
        )
    headers = [*validators, *_described(file, path, todo)]
    if exchange.method == "HEAD":
        await exchange.answer(200, headers, b"")
        return
    if todo.status == 206:
        exchange.range = (todo.start, todo.stop - 1)
    await send(exchange, file, todo, headers)


def _described(file: Published, path: str, todo: Plan) -> Headers:
    headers = [
        (b"content-type", _media_type(file.media_type)),
        (b"content-length", b"%d" % (todo.stop - todo.start)),
        (b"content-disposition", disposition(path)),
        (b"repr-digest", digest_field(file.digest)),
    ]
    if todo.status == 206:
        span = b"bytes %d-%d/%d" % (todo.start, todo.stop - 1, file.size)
        headers.append((b"content-range", span))
    return headers


async def _from_disk(
    opened: OpenFile, exchange: Exchange, file: Published, todo: Plan, headers: Headers
) -> None:
    size, digest = todo.stop - todo.start, file.digest
    if size <= CHUNK:
        body = await opened.read_last(todo.start, size)
        await _at_once(exchange, file, todo, headers, body)
        return
    if todo.status == 206:
        digest = await opened.digest(todo.start, todo.stop)
    headers.append((b"content-digest", digest_field(digest)))
    headers += await exchange.record("served", status=todo.status, bytes_sent=size, digest=digest)
    await exchange.start(todo.status, headers, past=True)
    at = todo.start
    if await exchange.file(opened, at, todo.stop - LAST - at, last=LAST):
        at = todo.stop - LAST
    while todo.stop - at > CHUNK:
        chunk = await opened.read(at, CHUNK)
        if len(chunk) != CHUNK:
            raise StoppedError("changed-since-publication", failed=True)
        await exchange.part(chunk)
        at += CHUNK
    await exchange.end(await opened.read_last(at, todo.stop - at))


async def _at_once(
    exchange: Exchange, file: Published, todo: Plan, headers: Headers, body: bytes
) -> None:
    digest = hashlib.sha256(body).digest() if todo.status == 206 else file.digest
    headers.append((b"content-digest", digest_field(digest)))
    await exchange.answer(todo.status, headers, body, digest=digest)


async def _relayed(
    objects: Objects, exchange: Exchange, file: StoredObject, todo: Plan, headers: Headers
) -> None:
    """Pass an object on as it comes, hashed on the way; its last bytes wait for check and record.

    A part of it is not read twice for the sake of a digest in front of it.
    """
    size = todo.stop - todo.start
    coming = objects.read(file, todo.start, todo.stop)
    held, seen, digest = await all_but_the_last(exchange, coming, todo.status, headers)
    if seen != size or (todo.status == 200 and digest != file.digest):
        raise changed()
    exchange.caller.unwatch()
    if not exchange.started:
        await _at_once(exchange, file, todo, headers, held)
        return
    await exchange.record("served", status=todo.status, bytes_sent=seen, digest=digest)
    await exchange.end(held)


async def all_but_the_last(
    exchange: Exchange,
    coming: AsyncGenerator[bytes],
    status: int,
    headers: Headers,
    *,
    most: int | None = None,
) -> tuple[bytes, int, bytes]:
    """Hand over what comes but for its last part; return that, the size and SHA-256 of all.

    Nothing has begun where there is one part only.

    Raises:
        StoppedError: more than `most` bytes came, or the client has left.
    """
    hasher, seen, held = hashlib.sha256(), 0, b""
    async with aclosing(coming):
        async for part in coming:
            seen += len(part)
            if most is not None and seen > most:
                raise StoppedError("response-too-large", failed=True)
            if held:
                if not exchange.started:
                    exchange.caller.watch(exchange.task)
                    await exchange.start(status, headers)
                await exchange.part(held)
            held = part
            hasher.update(part)
    return held, seen, hasher.digest()


@lru_cache(maxsize=1024)
def digest_field(digest: bytes) -> bytes:
    """Return a SHA-256 as RFC 9530 writes it in Content-Digest and Repr-Digest."""
    return b"sha-256=:" + base64.b64encode(digest) + b":"


@lru_cache(maxsize=1024)
def disposition(path: str) -> bytes:
    """Return a Content-Disposition (RFC 6266) whose file name is safe to save under."""
    name = _UNSAFE_IN_NAME.sub("_", PurePath(path).name).lstrip(".") or "data"
    plain = name.encode("ascii", "replace").replace(b"?", b"_")
    value = b'attachment; filename="' + plain + b'"'
    if plain.decode() != name:
        value += b"; filename*=UTF-8''" + quote(name, safe="", errors="replace").encode()
    return value


def _media_type(text: str) -> bytes:
    return text.encode() if _FIELD_VALUE.fullmatch(text) else b"application/octet-stream"
