"""What a bad peer does to an endpoint of the node, and what it answers when the node calls it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from aiohttp import web
from harness import CONTEXT, DSP, Peer

MIB = 1024 * 1024
MANY, FEW = 100, 8

# ── calls to the node ────────────────────────────────────────────────────────────────────────────

PID = "urn:uuid:01a00000-0000-7000-8000-000000000000"
ENDPOINTS = (
    ("GET", "/.well-known/dspace-version"),
    ("GET", "/.well-known/did.json"),
    ("GET", "/health"),
    ("POST", f"{DSP}/catalog/request"),
    ("GET", f"{DSP}/catalog/datasets/d"),
    ("POST", f"{DSP}/negotiations/request"),
    ("POST", f"{DSP}/negotiations/offers"),
    ("GET", f"{DSP}/negotiations/{PID}"),
    ("POST", f"{DSP}/negotiations/{PID}/agreement"),
    ("POST", f"{DSP}/negotiations/{PID}/termination"),
    ("POST", f"{DSP}/transfers/request"),
    ("GET", f"{DSP}/transfers/{PID}"),
    ("POST", f"{DSP}/transfers/{PID}/start"),
    ("POST", f"{DSP}/agreements/{PID}/notices"),
    ("POST", "/dcp/1.0/holder/presentations/query"),
    ("POST", "/dcp/1.0/holder/credentials"),
    ("POST", "/faifo/v1/probe"),
    ("GET", f"/data/{PID}/"),
)


def _nested() -> bytes:
    return b'{"@context":' + b"[" * 60_000 + b"]" * 60_000 + b"}"


def _products() -> bytes:
    """Return a request whose terms are as many as fit, in products of each other."""
    values = [f"urn:purpose:{one}" for one in range(1500)]
    one = {"leftOperand": "odrl:purpose", "operator": "odrl:isAnyOf", "rightOperand": values}
    other = {"and": [one, {"or": [one, {"xone": [one]}]}]}
    offer = {"@type": "Offer", "@id": "o", "target": "d"}
    offer |= {"permission": [{"action": "use", "constraint": [other]}] * 1}
    document = {
        "@context": [CONTEXT], "@type": "ContractRequestMessage", "consumerPid": PID,
        "callbackAddress": "http://localhost:1/", "offer": offer,
    }  # fmt: skip
    return json.dumps(document).encode()


def _names() -> bytes:
    members = ",".join(f'"{"x" * 8}{number}":{number}' for number in range(9000))
    return ("{" + members + "}").encode()


class Caller:
    """Calls the node in one bad way until it is told to stop.

    `MANY` times at once where that costs a caller nothing, else by `FEW` that do what they can.
    """

    def __init__(self, node: Any, who: Peer | None, seed: int) -> None:
        self._node, self._who = node, who
        self._chosen = random.Random(seed)
        self.count: Counter[str] = Counter()

    async def attack(self, way: str, method: str, path: str) -> None:
        """Attack one endpoint; ends when it is cancelled."""
        act = getattr(self, f"_{way}")
        async with asyncio.TaskGroup() as tasks:
            for _ in range(MANY if way in {"silent", "slow"} else FEW):
                tasks.create_task(self._again(act, way, method, path))

    async def _again(self, act: Any, way: str, method: str, path: str) -> None:
        while True:
            with contextlib.suppress(OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
                async with asyncio.timeout(20):
                    reader, writer = await asyncio.open_connection("127.0.0.1", self._node.inside)
                    self.count[way] += 1
                    try:
                        await act(reader, writer, method, path)
                    finally:
                        writer.transport.abort()
            await asyncio.sleep(0.02)

    def _head(self, method: str, path: str, *fields: str) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
        if self._who is not None:
            lines.append(f"Authorization: Bearer {self._who.token(self._node.did)}")
        return "\r\n".join([*lines, *fields, "", ""]).encode()

    async def _silent(self, reader: Any, _: Any, __: str, ___: str) -> None:
        await reader.read(1)

    async def _slow(self, reader: Any, writer: Any, method: str, path: str) -> None:
        """Say the head a few bytes at a time, and then a body that never ends."""
        head = self._head(method, path, "Content-Length: 200000")
        cut = self._chosen.choice([len(head), len(head) // 2])
        writer.write(head[:cut])
        for byte in itertools.chain(head[cut:], itertools.repeat(32)):
            writer.write(bytes([byte]) * 10 if cut == len(head) else bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.2)
            if reader.at_eof():
                return

    async def _large(self, reader: Any, writer: Any, method: str, path: str) -> None:
        writer.write(self._head(method, path, f"Content-Length: {1 << 40}"))
        while not reader.at_eof():
            writer.write(b" " * 65_536)
            await writer.drain()
            await asyncio.sleep(0.005)

    async def _endless(self, reader: Any, writer: Any, method: str, path: str) -> None:
        writer.write(self._head(method, path, "Transfer-Encoding: chunked"))
        while not reader.at_eof():
            writer.write(b"1000\r\n" + b" " * 4096 + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0.001)

    async def _quadratic(self, reader: Any, writer: Any, method: str, path: str) -> None:
        body = self._chosen.choice(BODIES)
        writer.write(self._head(method, path, f"Content-Length: {len(body)}") + body)
        await writer.drain()
        await reader.read(1)
        await asyncio.sleep(0.1)


BODIES = [_nested(), _products(), _names()]
WAYS = ("silent", "slow", "large", "endless", "quadratic")


# ── what the node calls ──────────────────────────────────────────────────────────────────────────


def answers() -> Iterator[tuple[str, Callable[[web.Request], Any]]]:
    """Yield the ways in which a bad peer answers."""

    async def silent(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(60)
        return web.Response()

    async def slow(request: web.Request) -> web.StreamResponse:
        return await _stream(request, b" ", 0.2, length=1 << 20)

    async def large(request: web.Request) -> web.StreamResponse:
        return await _stream(request, b" " * 65_536, 0.002, length=1 << 30)

    async def endless(request: web.Request) -> web.StreamResponse:
        return await _stream(request, b"[" * 65_536, 0.002)

    async def quadratic(_: web.Request) -> web.StreamResponse:
        one = {"leftOperand": "purpose", "operator": "isAnyOf", "rightOperand": ["x"] * 500}
        offer = {"@id": "o", "@type": "Offer"}
        offer |= {"permission": [{"action": "use", "constraint": [one] * 200}]}
        found = {"@id": "d", "@type": "Dataset", "hasPolicy": [offer] * 6, "distribution": []}
        document = {"@context": [CONTEXT], "@type": "Catalog", "@id": "c", "dataset": [found] * 2}
        return web.json_response({**document, **found, "@type": "Catalog", "id": "did:web:x"})

    yield from {
        "silent": silent, "slow": slow, "large": large, "endless": endless, "quadratic": quadratic,
    }.items()  # fmt: skip


async def _stream(
    request: web.Request, part: bytes, pause: float, *, length: int | None = None
) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.content_length = length
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):
        for _ in range((length or 1 << 34) // len(part)):
            await response.write(part)
            await asyncio.sleep(pause)
    return response


# What of a peer the node is made to ask for: the beginning of the path, and what makes it ask.
ASKED = (
    ("a stranger's DID document", "/.well-known/did.json"),
    ("a partner's version document", "/.well-known/dspace-version"),
    ("a partner's catalog", "/dsp/catalog/request"),
    ("a partner's dataset", "/dsp/catalog/datasets"),
    ("a message to a partner", "/cb"),
)
