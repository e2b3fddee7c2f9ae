"""Answers of endpoints: whole, as they come, or a file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from faifo.dataplane.ranges import plan
from faifo.node.http.request import Request

_PART: Final = 256 * 1024


class Response:
    """An answer whose `body` is here. `headers` are added, and win over `media_type`."""

    def __init__(
        self,
        body: bytes | str = b"",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
    ) -> None:
        self.body = body.encode() if isinstance(body, str) else body
        self.status = status
        self.fields = list(map(_field, (headers or {}).items()))
        if media_type is not None and not any(name == b"content-type" for name, _ in self.fields):
            self.fields.append(_content_type(media_type))

    def add(self, name: str, value: str) -> None:
        """Add a header field."""
        self.fields.append(_field((name, value)))

    def set_cookie(self, name: str, value: str, *, seconds: int, path: str, secure: bool) -> None:
        """Have the browser keep `value` for this site alone, out of reach of scripts."""
        cookie = f"{name}={value}; HttpOnly; Max-Age={seconds}; Path={path}; SameSite=strict"
        self.add("set-cookie", cookie + ("; Secure" if secure else ""))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002
        fields = self.fields
        if self.status not in {204, 304}:
            fields = [*fields, (b"content-length", b"%d" % len(self.body))]
        await send({"type": "http.response.start", "status": self.status, "headers": fields})
        await send({"type": "http.response.body", "body": self.body})


class Streamed(Response):
    """An answer to `request` that comes in `parts`; they end when the caller has gone."""

    def __init__(
        self, parts: AsyncGenerator[bytes], request: Request, status: int, fields: Any
    ) -> None:
        super().__init__(status=status)
        self.fields = fields
        self._parts = parts
        self._request = request

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002
        task, over = asyncio.current_task(), False

        def end(_: object) -> None:
            if not over and task is not None:
                task.cancel()

        left = asyncio.ensure_future(self._request.left())
        left.add_done_callback(end)
        try:
            await send(
                {"type": "http.response.start", "status": self.status, "headers": self.fields}
            )
            async with aclosing(self._parts) as parts:
                async for part in parts:
                    await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except asyncio.CancelledError:
            if task is None or not left.done() or left.cancelled():
                raise
            task.uncancel()
        finally:
            over = True
            left.cancel()


class FileResponse(Response):
    """A file, whole or the one range that was asked for."""

    def __init__(self, path: Path, *, media_type: str) -> None:
        super().__init__(media_type=media_type)
        self._path = path

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002
        opened = await asyncio.to_thread(self._path.open, "rb")
        with opened:
            stat = os.fstat(opened.fileno())
            etag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
            asked = plan(scope["method"], scope["headers"], etag=etag, size=stat.st_size)
            at, left = asked.start, asked.stop - asked.start
            fields = [*self.fields, (b"accept-ranges", b"bytes"), (b"etag", etag.encode())]
            if asked.status == 206:
                span = b"bytes %d-%d/%d" % (at, asked.stop - 1, stat.st_size)
                fields.append((b"content-range", span))
            elif asked.status == 416:
                fields.append((b"content-range", b"bytes */%d" % stat.st_size))
            if asked.status != 304:
                fields.append((b"content-length", b"%d" % left))
            await send({"type": "http.response.start", "status": asked.status, "headers": fields})
            while left and scope["method"] != "HEAD":
                part = await asyncio.to_thread(os.pread, opened.fileno(), min(left, _PART), at)
                if not part:  # cut short meanwhile: no proper end
                    return
                at, left = at + len(part), left - len(part)
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})


def _field(pair: tuple[str, str]) -> tuple[bytes, bytes]:
    return pair[0].lower().encode("latin-1"), pair[1].encode("latin-1")


@lru_cache(maxsize=64)
def _content_type(media_type: str) -> tuple[bytes, bytes]:
    if media_type.startswith("text/") and "charset=" not in media_type:
        media_type += "; charset=utf-8"
    return b"content-type", media_type.encode("latin-1")
