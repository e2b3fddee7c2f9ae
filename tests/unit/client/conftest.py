"""A management API that does what a test tells it, on a real socket."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, get_origin, get_type_hints

import msgspec
import pytest
from aiohttp import web

from faifo.api.catalog import OfferedDataset
from faifo.api.processes import Negotiation, Transfer
from faifo.client import Client

KEY = "the-key"
PEER = "did:web:provider.example"


def problem(status: int, code: str, detail: str, *reasons: str) -> web.Response:
    body = {
        "type": f"urn:faifo:problem:{code}", "title": code, "status": status,
        "detail": detail, "code": code, "reasons": list(reasons),
    }  # fmt: skip
    return web.json_response(body, status=status, content_type="application/problem+json")


def _whole(kind: type[msgspec.Struct], /, **members: Any) -> dict[str, Any]:
    """Return an answer of `kind` with `members`; what is not given is empty."""
    empty = {
        int: 0, str: "", bool: False, float: 0.0, datetime: "2026-01-01T00:00:00Z"
    }  # fmt: skip
    found: dict[str, Any] = {}
    hints = get_type_hints(kind)
    for field in msgspec.structs.fields(kind):
        hint = hints[field.name]
        if get_origin(hint) is tuple:
            found[field.name] = []
        elif get_origin(hint) is dict:
            found[field.name] = {}
        else:
            found[field.name] = empty.get(hint)
    return found | members


class FakeNode:
    """Negotiates and transfers at once; `content` is what the provider has.

    `breaks` are byte counts after which an answer breaks off, `refusals` problems that data
    requests get first, `negotiation` the states that long polls show one after the other.
    """

    def __init__(self) -> None:
        self.content = b"0123456789" * 1000
        self.etag: str | None = None
        self.promised: bytes | None = None
        self.range_digest: bytes | None = None
        self.ranges_served = True
        self.breaks: list[int] = []
        self.refusals: list[web.Response] = []
        self.negotiation: list[dict[str, Any]] = [{"state": "FINALIZED"}]
        self.catalog_sha256: str | None = None
        self.disposition = 'attachment; filename="prices.csv"'
        self.transfers: dict[str, str] = {}
        self.said: list[tuple[str, str, str]] = []
        self.ranges: list[str | None] = []
        self.requests: list[tuple[str, str]] = []
        self.answer: web.Response | None = None
        self.url = ""

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/manage/v1/{path:.*}", self.handle)
        return app

    async def handle(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        self.requests.append((request.method, request.raw_path))
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return problem(401, "not-proven", "management key: no valid key")
        if self.answer is not None:
            return self.answer
        if path == "catalog":
            one = _whole(
                OfferedDataset, id="d", title="Prices", sha256=self.catalog_sha256, properties={}
            )
            return web.json_response({"participant": PEER, "datasets": [one], "left_out": []})
        table, _, rest = path.partition("/")
        if table == "negotiations":
            return self._negotiation()
        pid, _, word = rest.partition("/")
        if word.startswith("data"):
            return await self._data(request, pid)
        return await self._transfer(request, pid, word)

    def _negotiation(self) -> web.Response:
        now = self.negotiation.pop(0) if len(self.negotiation) > 1 else self.negotiation[0]
        known = {"pid": "n1", "role": "consumer", "peer": PEER, "dataset": "d"}
        record = _whole(Negotiation, **{**known, **now})
        if now.get("state") == "FINALIZED":
            record["agreement"] = "a1"
        return web.json_response(record)

    async def _transfer(self, request: web.Request, pid: str, word: str) -> web.Response:
        if not pid and request.method == "GET":
            state = request.query.get("state")
            items = [self._view(one) for one, now in self.transfers.items() if now == state]
            return web.json_response({"items": items, "next": None})
        if not pid:
            pid = f"t{len(self.transfers) + 1}"
            self.transfers[pid] = "STARTED"
        elif pid not in self.transfers:
            return problem(404, "not-found", f"no transfer {pid!r} here")
        elif word:
            if self.transfers[pid] in {"TERMINATED", "COMPLETED"}:
                return problem(409, "conflict", f"the transfer {pid} is ended")
            self.said.append((pid, word, (await request.json()).get("reason", "")))
            self.transfers[pid] = {"completion": "COMPLETED"}.get(word, "TERMINATED")
        return web.json_response(self._view(pid))

    def _view(self, pid: str) -> dict[str, Any]:
        known = {"role": "consumer", "peer": PEER, "dataset": "d", "agreement": "a1"}
        return _whole(Transfer, pid=pid, state=self.transfers[pid], **known)

    def _head(self, pid: str) -> web.Response:
        headers = {"Content-Disposition": self.disposition}
        if self.transfers.get(pid) != "STARTED" or self.refusals:
            return web.Response(status=403)
        if self.ranges_served:
            digest = base64.b64encode(self.promised or hashlib.sha256(self.content).digest())
            headers |= {
                "ETag": self.etag or f'"{hashlib.sha256(self.content).hexdigest()}"',
                "Repr-Digest": f"sha-256=:{digest.decode()}:",
                "Accept-Ranges": "bytes",
                "Content-Length": str(len(self.content)),
            }
        return web.Response(headers=headers)

    async def _data(self, request: web.Request, pid: str) -> web.StreamResponse:
        if request.method == "HEAD":
            return self._head(pid)
        self.ranges.append(request.headers.get("Range"))
        if self.transfers.get(pid) != "STARTED":
            return problem(409, "conflict", f"the transfer {pid} is not running")
        if self.refusals:
            return self.refusals.pop(0)
        etag = self.etag or f'"{hashlib.sha256(self.content).hexdigest()}"'
        digest = self.promised or hashlib.sha256(self.content).digest()
        headers = {"ETag": etag, "Repr-Digest": f"sha-256=:{base64.b64encode(digest).decode()}:"}
        start, size = 0, len(self.content)
        end = size
        if "Range" in request.headers and request.headers.get("If-Range") in {None, etag}:
            first, _, last = request.headers["Range"].removeprefix("bytes=").partition("-")
            start, end = int(first), min(int(last) + 1, size) if last else size
            if start >= size:
                headers["Content-Range"] = f"bytes */{size}"
                return web.Response(status=416, headers=headers)
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        partial = "Content-Range" in headers
        if self.range_digest is not None:
            headers["Content-Digest"] = f"sha-256=:{base64.b64encode(self.range_digest).decode()}:"
        response = web.StreamResponse(status=206 if partial else 200, headers=headers)
        response.content_length = end - start
        await response.prepare(request)
        if self.breaks:
            await response.write(self.content[start : min(start + self.breaks.pop(0), end)])
            assert request.transport is not None
            request.transport.close()
            return response
        await response.write(self.content[start:end])
        return response


@pytest.fixture
async def node() -> AsyncIterator[FakeNode]:
    fake = FakeNode()
    runner = web.AppRunner(fake.app(), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield fake
    await runner.cleanup()


@pytest.fixture
async def client(node: FakeNode) -> AsyncIterator[Client]:
    async with Client(node.url, KEY) as opened:
        yield opened


@pytest.fixture
def whole() -> Any:
    """Return what makes an answer whole of which only a few members matter."""
    return _whole


@pytest.fixture
def make_problem() -> Any:
    return problem
