from __future__ import annotations

import asyncio
import hashlib
import io
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientPayloadError, web

from faifo.dataplane import proxy
from faifo.dataplane.addresses import LOOPBACK
from faifo.dataplane.app import DataPlane
from faifo.dataplane.egress import Egress, open_session
from faifo.dataplane.gate import HttpApi
from faifo.dataplane.protocol import ServerLimits

from .conftest import TOKEN, Backend, Plane, TestGate, TestJournal, serving

BODY = random.Random(5).randbytes(1024 * 1024 + 3)


def digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


@pytest.fixture(autouse=True)
def api(gate: TestGate, backend: Backend) -> HttpApi:
    api = HttpApi(
        base_url=backend.url + "/v1",
        headers={"Authorization": "Bearer own-credential"},
        idle_timeout=timedelta(seconds=1),
        max_request_bytes=2 * 1024 * 1024,
        max_response_bytes=4 * 1024 * 1024,
    )
    gate.sources["api"] = api
    return api


async def test_a_request_reaches_the_backend_cleaned_and_with_its_credentials(
    plane: Plane, backend: Backend, journal: TestJournal
):
    fields = {"Accept": "application/json", "Cookie": "a=b", "X-Forwarded-For": "1.2.3.4"}
    async with plane.get("/api/ports/VN%20HOI?q=%20a&b", headers=fields) as answer:
        assert answer.status == 200
        body = await answer.read()
    assert body == b'{"path": "/v1/ports/VN%20HOI?q=%20a&b"}'
    (seen,) = backend.requests
    assert seen.headers["Authorization"] == "Bearer own-credential"
    assert seen.headers["Accept"] == "application/json"
    assert seen.headers["User-Agent"] == "faifo"
    assert seen.headers["Accept-Encoding"] == "identity"
    assert not {"Cookie", "X-Forwarded-For"} & set(seen.headers)
    assert TOKEN not in str(seen.headers)
    (access,) = journal.records
    assert (access.outcome, access.status, access.bytes_sent) == ("served", 200, len(body))
    assert access.response_digest == digest(body)
    assert access.request_digest is None


@pytest.mark.parametrize("method", sorted(proxy.METHODS))
async def test_every_method_is_passed_on(plane: Plane, backend: Backend, method: str):
    async with plane.get("/api/x", method) as answer:
        assert answer.status == 200
        await answer.read()
    assert [request.method for request in backend.requests] == [method]


async def test_another_method_is_405(plane: Plane, backend: Backend):
    async with plane.get("/api/x", "TRACE") as answer:
        assert answer.status == 405
        assert answer.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
    assert backend.requests == []


async def echo(request: web.Request) -> web.Response:
    return web.Response(body=await request.read(), content_type="application/x-test")


async def in_parts() -> AsyncIterator[bytes]:
    for at in range(0, len(BODY), 100_000):
        yield BODY[at : at + 100_000]


@pytest.mark.parametrize("data", [BODY, in_parts], ids=["with a length", "chunked"])
async def test_a_body_is_streamed_up_and_down(
    plane: Plane, backend: Backend, journal: TestJournal, data: Any
):
    backend.handlers["/v1/echo"] = echo
    body = data() if callable(data) else io.BytesIO(data)
    async with plane.get("/api/echo", "POST", data=body) as answer:
        assert answer.headers["Content-Length"] == str(len(BODY))
        assert await answer.read() == BODY
    assert journal.last.request_digest == journal.last.response_digest == digest(BODY)


async def test_expect_100_continue_is_answered(plane: Plane, backend: Backend):
    backend.handlers["/v1/echo"] = echo
    async with plane.get("/api/echo", "POST", data=b"abc", expect100=True) as answer:
        assert await answer.read() == b"abc"


async def chunked(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    response.enable_chunked_encoding()
    await response.prepare(request)
    for at in range(0, int(request.query["n"]), 50_000):
        await response.write(BODY[at : min(at + 50_000, int(request.query["n"]))])
    await response.write_eof()
    return response


@pytest.mark.parametrize("size", [10, 65536, 65537, 1_000_000])
async def test_an_answer_of_unknown_length_comes_whole(
    plane: Plane, backend: Backend, journal: TestJournal, size: int
):
    journal.headers = {"faifo-receipt": "r"}
    backend.handlers["/v1/c"] = chunked
    async with plane.get(f"/api/c?n={size}") as answer:
        assert await answer.read() == BODY[:size]
    short = size <= proxy.SHORT
    assert (answer.headers.get("Content-Length") == str(size)) is short
    assert ("faifo-receipt" in answer.headers) is short
    assert (journal.last.outcome, journal.last.bytes_sent) == ("served", size)
    assert journal.last.response_digest == digest(BODY[:size])


async def test_an_event_stream_is_not_held_back(
    plane: Plane, backend: Backend, journal: TestJournal
):
    go_on = asyncio.Event()

    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"data: 1\n\n")
        await go_on.wait()
        await response.write(b"data: 2\n\n")
        return response

    backend.handlers["/v1/e"] = events
    async with plane.get("/api/e") as answer:
        assert await answer.content.readany() == b"data: 1\n\n"
        assert journal.records == []
        go_on.set()
        assert await answer.read() == b"data: 2\n\n"
    assert journal.last.bytes_sent == 18


async def test_head_and_304_keep_their_shape(plane: Plane, backend: Backend):
    async def not_modified(request: web.Request) -> web.Response:
        return web.Response(status=304, headers={"ETag": '"a"'})

    backend.handlers["/v1/n"] = not_modified
    backend.handlers["/v1/echo"] = echo
    async with plane.get("/api/n", headers={"If-None-Match": '"a"'}) as answer:
        assert (answer.status, answer.headers["ETag"]) == (304, '"a"')
    async with plane.get("/api/x", "HEAD") as answer:
        assert (answer.status, int(answer.headers["Content-Length"])) == (200, 17)


async def test_compressed_bytes_pass_as_they_are(plane: Plane, backend: Backend):
    async def gzipped(request: web.Request) -> web.Response:
        return web.Response(body=b"\x1f\x8b-not-even-gzip", headers={"Content-Encoding": "gzip"})

    backend.handlers["/v1/z"] = gzipped
    async with plane.get("/api/z") as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert await answer.read() == b"\x1f\x8b-not-even-gzip"


LOCATIONS = {
    "below the base, absolute": ("{base}/v1/y?a=1", "/data/api/y?a=1"),
    "below the base, relative": ("y", "/data/api/y"),
    "beside the base": ("{base}/v10/y", None),
    "above the base": ("{base}/admin", None),
    "another host": ("http://evil.example/", None),
    "the base in disguise": ("{base}/v1/%2e%2e/admin", None),
}


@pytest.mark.parametrize(("location", "expected"), LOCATIONS.values(), ids=LOCATIONS.keys())
async def test_a_redirect_is_passed_on_and_never_followed(
    plane: Plane, backend: Backend, location: str, expected: str | None
):
    async def moved(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": location.format(base=backend.url)})

    backend.handlers["/v1/m"] = moved
    async with plane.get("/api/m", allow_redirects=False) as answer:
        assert (answer.status, answer.headers.get("Location")) == (302, expected)
    assert len(backend.requests) == 1


@pytest.mark.parametrize("path", ["/api/../admin", "/api/%2e%2e/admin", "/api//evil", "/api/a%2fb"])
async def test_a_path_that_could_leave_the_base_is_400(
    plane: Plane, backend: Backend, journal: TestJournal, path: str
):
    reader, writer = await plane.raw(plane.request(path, extra="Connection: close\r\n"))
    assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
    writer.close()
    assert (journal.last.outcome, journal.last.reason) == ("refused", "bad-path")
    assert backend.requests == []


async def test_a_request_body_over_the_limit_is_413(
    plane: Plane, backend: Backend, journal: TestJournal
):
    async def too_much() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield BODY

    backend.handlers["/v1/echo"] = echo
    async with plane.get("/api/echo", "POST", data=io.BytesIO(BODY * 3)) as answer:
        assert answer.status == 413
    assert backend.requests == []
    async with plane.get("/api/echo", "POST", data=too_much()) as answer:
        assert answer.status == 413
        assert (await answer.json(content_type=None))["detail"] == (
            "the request body is over the limit of 2097152 bytes"
        )
    assert [access.reason for access in journal.records] == ["request-too-large"] * 2


async def test_an_answer_over_the_limit_is_502_or_broken_off(
    plane: Plane, backend: Backend, journal: TestJournal
):
    async def big(request: web.Request) -> web.Response:
        return web.Response(body=BODY * 5)

    async def big_chunked(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(5):
            await response.write(BODY)
        return response

    backend.handlers["/v1/big"] = big
    backend.handlers["/v1/chunked"] = big_chunked
    async with plane.get("/api/big") as answer:
        assert answer.status == 502
    with pytest.raises(ClientPayloadError):
        async with plane.get("/api/chunked") as answer:
            await answer.read()
    failed = [(a.outcome, a.reason, a.status) for a in journal.records]
    assert failed == [
        ("failed", "response-too-large", 502),
        ("failed", "response-too-large", 200),
    ]


async def test_a_dead_backend_is_502_and_a_silent_one_504(
    plane: Plane, backend: Backend, gate: TestGate, journal: TestJournal
):
    async def silent(request: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    backend.handlers["/v1/silent"] = silent
    gate.sources["dead"] = HttpApi(base_url="http://127.0.0.1:1")
    gate.sources["metadata"] = HttpApi(base_url="http://169.254.169.254/latest")
    for path, status, code in (
        ("/dead/x", 502, "backend-unreachable"),
        ("/metadata/x", 502, "backend-address-refused"),
        ("/api/silent", 504, "backend-timeout"),
    ):
        async with plane.get(path) as answer:
            problem = await answer.json(content_type=None)
            assert (answer.status, problem["code"]) == (status, code)
        assert (journal.last.outcome, journal.last.reason) == ("failed", code)


@pytest.mark.parametrize(
    "head",
    [b"Content-Length: 200000\r\n", b"Transfer-Encoding: chunked\r\n"],
    ids=["with a length", "chunked"],
)
async def test_a_cut_answer_is_broken_off_and_failed(
    plane: Plane, gate: TestGate, journal: TestJournal, head: bytes
):
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        part = b"x" * 100_000
        writer.write(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n")
        writer.write(b"%x\r\n" % len(part) + part + b"\r\n" if b"chunked" in head else part)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(cut, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        gate.sources["cut"] = HttpApi(base_url=f"http://127.0.0.1:{port}")
        with pytest.raises(ClientPayloadError):
            async with plane.get("/cut") as answer:
                await answer.read()
    failed = await journal.wait_for("failed")
    assert (failed.status, failed.reason) == (200, "backend-broken")
    assert 0 < failed.bytes_sent <= 100_000


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"x" * 1000)
        await asyncio.sleep(0.01)


async def test_a_client_that_leaves_a_stream_is_recorded_as_interrupted(
    plane: Plane, backend: Backend, journal: TestJournal
):
    backend.handlers["/v1/endless"] = endless
    reader, writer = await plane.raw(plane.request("/api/endless"))
    await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(2000)
    writer.transport.abort()
    access = await journal.wait_for("interrupted")
    assert (access.reason, access.status) == ("client-left", 200)
    assert access.bytes_sent >= 2000


async def test_a_server_that_stops_records_what_it_cuts_off(
    backend: Backend, gate: TestGate, journal: TestJournal
):
    backend.handlers["/v1/endless"] = endless
    limits = ServerLimits(shutdown_grace=timedelta(seconds=1))
    journal.takes_s = 0.3
    async with open_session(Egress(allowed_networks=LOOPBACK)) as session:
        app = DataPlane(gate=gate, journal=journal, backends=session)
        async with serving(app, limits) as server:
            reader, writer = await asyncio.open_connection(*server.address)
            writer.write(
                f"GET /data/api/endless HTTP/1.1\r\nHost: x\r\n"
                f"Authorization: Bearer {TOKEN}\r\n\r\n".encode()
            )
            await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(1000)
        app.close()
    assert [(a.outcome, a.reason) for a in journal.records] == [("interrupted", "server-stopped")]
    assert journal.last.bytes_sent >= 1000
    assert not (await reader.read()).endswith(b"0\r\n\r\n")
    writer.close()


async def test_a_client_that_leaves_while_the_backend_thinks_is_recorded_and_the_call_ended(
    plane: Plane, backend: Backend, journal: TestJournal, gate: TestGate
):
    ended = asyncio.Event()
    arrived = asyncio.Event()

    async def thinking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()
        assert await reader.read() == b""
        ended.set()
        writer.close()

    async with await asyncio.start_server(thinking, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        gate.sources["slow"] = HttpApi(base_url=f"http://127.0.0.1:{port}")
        _, writer = await plane.raw(plane.request("/slow"))
        await arrived.wait()
        writer.transport.abort()
        access = await journal.wait_for("interrupted")
        await asyncio.wait_for(ended.wait(), 5)
    assert (access.reason, access.status, access.bytes_sent) == ("client-left", 0, 0)


async def test_a_client_that_leaves_an_upload_is_recorded_as_interrupted(
    plane: Plane, backend: Backend, journal: TestJournal
):
    backend.handlers["/v1/echo"] = echo
    request = plane.request("/api/echo", "POST", "Content-Length: 1000000\r\n")
    _, writer = await plane.raw(request + b"x" * 1000)
    await writer.drain()
    async with asyncio.timeout(5):
        while not backend.requests:
            await asyncio.sleep(0.01)
    writer.transport.abort()
    assert (await journal.wait_for("interrupted")).reason == "client-left"


@pytest.mark.parametrize("path", ["/api/c?n=1000000", "/api/known"])
async def test_a_stream_whose_record_fails_has_no_proper_end(
    plane: Plane, backend: Backend, journal: TestJournal, path: str
):
    async def known(request: web.Request) -> web.Response:
        return web.Response(body=BODY)

    backend.handlers["/v1/known"] = known
    backend.handlers["/v1/c"] = chunked
    journal.fail = True
    reader, writer = await plane.raw(plane.request(path))
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    rest = await reader.read()
    while more := await reader.read(2**20):
        rest += more
    writer.close()
    assert rest
    if b"content-length" in head:
        assert len(rest) < len(BODY)
    else:
        assert not rest.endswith(b"0\r\n\r\n")


async def test_a_short_answer_whose_record_fails_is_503(
    plane: Plane, backend: Backend, journal: TestJournal
):
    journal.fail = True
    async with plane.get("/api/x") as answer:
        assert answer.status == 503
        assert b"path" not in await answer.read()


async def test_backpressure_reaches_the_backend(
    plane: Plane, backend: Backend, gate: TestGate, journal: TestJournal
):
    written = 0

    async def flood(request: web.Request) -> web.StreamResponse:
        nonlocal written
        response = web.StreamResponse(headers={"Content-Length": str(2**27)})
        await response.prepare(request)
        for _ in range(2**7):
            await response.write(bytes(2**20))
            written += 2**20
        return response

    backend.handlers["/flood"] = flood
    gate.sources["flood"] = HttpApi(base_url=backend.url, max_response_bytes=2**28)
    reader, writer = await plane.raw(plane.request("/flood/flood"))
    reader._limit = 2**16  # type: ignore[attr-defined]
    await reader.readuntil(b"\r\n\r\n")
    still = -1
    while written != still:
        still = written
        await asyncio.sleep(0.5)
    assert still < 2**26
    writer.transport.abort()
    assert (await journal.wait_for("interrupted")).bytes_sent < 2**26
