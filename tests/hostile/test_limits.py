"""Bodies over the limit and clients that are slow: bounded before anything is parsed."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path

import pytest
from harness import CONTEXT, DSP
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

CATALOG = json.dumps({"@context": [CONTEXT], "@type": "CatalogRequestMessage"}).encode()
MIB = 1024 * 1024


def _port(there: World) -> int:
    return int(there.node.url.rpartition(":")[2])


def _head(there: World, *fields: str, token: str | None = None) -> bytes:
    proof = token or there.friend.token(there.node.did)
    lines = [
        f"POST {DSP}/catalog/request HTTP/1.1",
        f"Host: localhost:{_port(there)}",
        f"Authorization: Bearer {proof}",
        "Content-Type: application/json",
        *fields,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def _memory() -> int:
    """Return VmRSS of this process, where the node runs too, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmRSS")


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    async with asyncio.timeout(15):
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        return int(head.split(b" ", 2)[1]), await reader.readexactly(length)


async def test_the_same_request_by_hand_is_taken(there: World) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", _port(there))
    writer.write(_head(there, f"Content-Length: {len(CATALOG)}") + CATALOG)
    status, body = await _answer(reader)
    writer.close()
    assert status == 200
    assert json.loads(body)["@type"] == "Catalog"


async def test_a_declared_length_over_the_limit_is_refused_before_a_byte_is_sent(
    there: World,
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", _port(there))
    writer.write(_head(there, "Content-Length: 99999999999"))
    status, body = await _answer(reader)
    writer.close()
    assert status == 413
    assert json.loads(body)["reason"] == ["the body is over the limit of 262144 bytes"]


async def test_a_body_without_end_is_cut_off_and_not_kept(there: World) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", _port(there))
    writer.write(_head(there, "Transfer-Encoding: chunked"))
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    before, sent = _memory(), 0
    # Loopback buffers hold a few MiB; the server must have hung up long before 256.
    with contextlib.suppress(ConnectionError):
        for _ in range(4096):
            writer.write(chunk)
            sent += len(chunk)
            async with asyncio.timeout(15):
                await writer.drain()
    assert sent < 64 * MIB
    assert _memory() - before < 48 * MIB
    writer.close()
    answer = await there.friend.call(there.node, "POST", "/catalog/request", CATALOG)
    assert answer.status == 200


async def test_a_body_without_end_gets_its_answer_when_the_sender_listens(there: World) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", _port(there))
    writer.write(_head(there, "Transfer-Encoding: chunked"))
    for _ in range(5):
        writer.write(b"10000\r\n" + b" " * 65536 + b"\r\n")
    status, body = await _answer(reader)
    writer.close()
    assert (status, json.loads(body)["code"]) == (413, "too-large")


async def test_a_body_shorter_than_announced_is_not_taken(there: World) -> None:
    token = there.friend.token(there.node.did)
    _, writer = await asyncio.open_connection("127.0.0.1", _port(there))
    writer.write(_head(there, f"Content-Length: {len(CATALOG) + 5}", token=token) + CATALOG)
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    answer = await there.friend.call(there.node, "POST", "/catalog/request", CATALOG)
    assert answer.status == 200


async def test_many_slow_clients_do_not_stop_the_others(there: World) -> None:
    slow = [await asyncio.open_connection("127.0.0.1", _port(there)) for _ in range(100)]
    for _, writer in slow:
        writer.write(_head(there, f"Content-Length: {len(CATALOG)}") + CATALOG[:10])
    async with asyncio.timeout(5):
        answer = await there.friend.call(there.node, "POST", "/catalog/request", CATALOG)
    assert answer.status == 200
    for _, writer in slow:
        writer.close()


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        pytest.param(b"GARBAGE\r\n\r\n", 400, id="no request line"),
        pytest.param(
            b"GET /\xc3\xa4 HTTP/1.1\r\nHost: x\r\n\r\n", None, id="raw UTF-8 in the path"
        ),
        pytest.param(b"GET /%ff%c3 HTTP/1.1\r\nHost: x\r\n\r\n", 404, id="escapes of no UTF-8"),
        pytest.param(b"GET http://other/x HTTP/1.1\r\nHost: x\r\n\r\n", None, id="absolute form"),
        pytest.param(b"GET /" + b"x" * 40000 + b" HTTP/1.1\r\n\r\n", 431, id="a path of 40 kB"),
        pytest.param(
            b"POST /dsp/2025-1/catalog/request HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
            b"Content-Length: 2\r\n\r\n",
            400,
            id="two lengths",
        ),
        pytest.param(
            b"POST /dsp/2025-1/catalog/request HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            400,
            id="a negative length",
        ),
    ],
)
async def test_broken_http_is_refused(there: World, raw: bytes, status: int | None) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", _port(there))
    writer.write(raw)
    given, body = await _answer(reader)
    writer.close()
    assert given == status if status else 400 <= given < 500
    assert json.loads(body)["status"] == given
