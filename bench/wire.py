"""A thrifty HTTP client for one connection: what it costs must not hide what is measured."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from bench.figures import BenchError

LIMIT = 1024 * 1024


class Connection:
    """One kept-alive connection to one server; answers must have a Content-Length."""

    def __init__(self, host: str, port: int, headers: Mapping[str, str] | None = None) -> None:
        self._host, self._port = host, port
        lines = {"Host": f"{host}:{port}", **(headers or {})}
        self._head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Connection:
        self._reader, self._writer = await asyncio.open_connection(
            self._host, self._port, limit=LIMIT
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._writer:
            self._writer.close()

    async def call(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        status, length = await self._ask(method, path, body)
        assert self._reader is not None
        return status, await self._reader.readexactly(length)

    async def drain(self, method: str, path: str, hasher: Any = None) -> tuple[int, int]:
        """Read a body and forget it; return status and length."""
        status, length = await self._ask(method, path, b"")
        assert self._reader is not None
        left = length
        while left:
            part = await self._reader.read(min(left, LIMIT))
            if not part:
                raise BenchError(f"{path} broke off {left} bytes before its end")
            if hasher is not None:
                hasher.update(part)
            left -= len(part)
        return status, length

    async def json(self, method: str, path: str, content: Any = None) -> Any:
        """Call with JSON, and expect an answer of success."""
        body = msgspec.json.encode(content) if content is not None else b""
        status, answer = await self.call(method, path, body)
        if not 200 <= status < 300:
            raise BenchError(f"{method} {path} was answered {status}: {answer[:500].decode()}")
        return msgspec.json.decode(answer)

    async def _ask(self, method: str, path: str, body: bytes) -> tuple[int, int]:
        assert self._reader is not None
        assert self._writer is not None
        head = f"{method} {path} HTTP/1.1\r\n{self._head}"
        if body or method != "GET":
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self._writer.write(head.encode("ascii") + b"\r\n" + body)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        start = answer.find(b"\r\ncontent-length:")
        if start < 0:
            raise BenchError(f"{method} {path}: an answer without Content-Length")
        return int(answer[9:12]), int(answer[start + 17 : answer.index(b"\r\n", start + 2)])
