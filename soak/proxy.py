"""The suite's own network: every call to a node goes through a proxy that does what networks do."""

from __future__ import annotations

import asyncio
import contextlib
import random
import ssl
from collections import Counter

LARGEST = 1024 * 1024
PAGE = b"<html><title>Log in to this network</title></html>"

# The RuntimeError is uvloop's for a connection that the other side has closed.
BROKEN = (OSError, EOFError, ValueError, RuntimeError, asyncio.LimitOverrunError)


def http(status: int, body: bytes = PAGE, kind: bytes = b"text/html") -> bytes:
    """Return an answer that ends its connection."""
    head = b"HTTP/1.1 %d X\r\ncontent-type: %s\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
    return head % (status, kind, len(body)) + body


class Network:
    """A proxy before one node. `faults` counts what was done; `peace` is the share left alone."""

    def __init__(self, port: int, behind: int, chosen: random.Random, *, peace: float) -> None:
        self.port, self._behind = port, behind
        self._chosen = chosen
        self.peace = peace
        self.parted = False
        self.faults: Counter[str] = Counter()
        self.calls = 0
        self.tls: ssl.SSLContext | None = None
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None] | None] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(
            self._connection, "127.0.0.1", self.port, ssl=self.tls
        )

    async def close(self) -> None:
        if self._server:
            self._server.close()
        for task in filter(None, self._tasks):
            task.cancel()
        await asyncio.gather(*filter(None, self._tasks), return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task: asyncio.Task[None] | None = asyncio.current_task()
        self._tasks.add(task)
        if task:
            task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(*BROKEN):
            request = await _read(reader)
            self.calls += 1
            if self.parted:
                self.faults["partition"] += 1
            else:
                await self._exchange(request, writer)
        writer.close()

    async def _exchange(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        if self._chosen.random() < self.peace:
            await _say(writer, await self._forward(request))
            return
        name, act = self._chosen.choice(list(ACTS.items()))
        self.faults[name] += 1
        await act(self, request, writer)

    async def _forward(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._behind)
        try:
            head, _, body = request.partition(b"\r\n\r\n")
            lines = [
                one for one in head.split(b"\r\n") if not one.lower().startswith(b"connection:")
            ]
            writer.write(b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body)
            return await reader.read(-1)
        finally:
            writer.close()

    # ── what a network does ──────────────────────────────────────────────────────────────────

    async def _delayed(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self._chosen.uniform(0.01, 0.2))
        await _say(writer, await self._forward(request))

    async def _overtaken(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        """Hold it so long that later ones come first."""
        await asyncio.sleep(self._chosen.uniform(0.3, 0.8))
        await _say(writer, await self._forward(request))

    async def _twice(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        answers = await asyncio.gather(self._forward(request), self._forward(request))
        await _say(writer, self._chosen.choice(answers))

    async def _repeated(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        """As a proxy that lost its connection: the same once more, a moment later."""
        await self._forward(request)
        await asyncio.sleep(self._chosen.uniform(0, 0.1))
        await _say(writer, await self._forward(request))

    async def _request_lost(self, _: bytes, __: asyncio.StreamWriter) -> None:
        """Say nothing."""

    async def _answer_lost(self, request: bytes, _: asyncio.StreamWriter) -> None:
        await self._forward(request)

    async def _cut(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        answer = await self._forward(request)
        await _say(writer, answer[: self._chosen.randrange(1, max(2, len(answer)))])

    async def _slow(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        answer = await self._forward(request)
        for start in range(0, len(answer), max(1, len(answer) // 8)):
            await _say(writer, answer[start : start + max(1, len(answer) // 8)])
            await asyncio.sleep(0.03)

    async def _captive(self, _: bytes, writer: asyncio.StreamWriter) -> None:
        await _say(writer, http(self._chosen.choice((200, 404, 503))))

    async def _captive_after(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        await self._forward(request)
        await _say(writer, http(self._chosen.choice((200, 500, 502))))

    async def _gateway(self, _: bytes, writer: asyncio.StreamWriter) -> None:
        await _say(
            writer,
            http(self._chosen.choice((502, 504)), b'{"message":"upstream"}', b"application/json"),
        )


ACTS = {
    "delay": Network._delayed,
    "reordering": Network._overtaken,
    "duplicate": Network._twice,
    "repeated POST": Network._repeated,
    "request lost": Network._request_lost,
    "answer lost": Network._answer_lost,
    "truncation": Network._cut,
    "slow answer": Network._slow,
    "captive answer": Network._captive,
    "captive answer after delivery": Network._captive_after,
    "gateway error": Network._gateway,
}


async def _say(writer: asyncio.StreamWriter, part: bytes) -> None:
    writer.write(part)
    await writer.drain()


async def _read(reader: asyncio.StreamReader) -> bytes:
    """Return one request, whose length is told."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = min(int(value), LARGEST)
    return head + (await reader.readexactly(length) if length else b"")
