"""The client's side of HTTP/1.1 against servers that say whatever they like."""

from __future__ import annotations

import asyncio
import gc
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from faifo.dataplane.addresses import LOOPBACK
from faifo.dataplane.calling import HEAD_BYTES, UNREAD_BYTES, Answer, CallError, Limits
from faifo.dataplane.egress import Egress, Session, open_session

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SHORT = Limits(connect=5, idle=5, total=20)


class Server:
    """Answers each request with the next of `answers`, then closes; `requests` came whole."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []
        self.connections = 0
        self.url = ""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while self.answers:
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(self.answers.pop(0))
            await writer.drain()


@asynccontextmanager
async def served(serve: Any) -> AsyncIterator[str]:
    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.add(asyncio.current_task())
        try:
            await serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    handlers: set[Any] = set()
    async with await asyncio.start_server(one, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x"
    for handler in handlers:
        handler.cancel()
    await asyncio.gather(*handlers, return_exceptions=True)


@pytest.fixture
async def session() -> AsyncIterator[Session]:
    async with open_session(Egress(allowed_networks=LOOPBACK)) as opened:
        yield opened


async def body(answer: Answer) -> bytes:
    found = await answer.whole(10**9)
    assert found is not None
    return found


GOOD = {
    "a length": (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", b"abc", True),
    "no body": (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"", True),
    "chunks": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
        b"abc",
        True,
    ),
    "chunks with a trailer, which stays behind": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n",
        b"abc",
        True,
    ),
    "the end of the connection": (b"HTTP/1.1 200 OK\r\n\r\nabc", b"abc", False),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", b"abc", False),
    "closed by word": (
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc",
        b"abc",
        False,
    ),
    "after answers in between": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        b"abc",
        True,
    ),
    "204, which has no body": (b"HTTP/1.1 204 No Content\r\nX: y\r\n\r\n", b"", True),
    "304, whose length is of something else": (
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n",
        b"",
        True,
    ),
}


@pytest.mark.parametrize(("sent", "expected", "kept"), GOOD.values(), ids=GOOD.keys())
async def test_an_answer_ends_with(session: Session, sent: bytes, expected: bytes, kept: bool):
    server = Server(sent, *([GOOD["a length"][0]] if kept else []))
    async with served(server) as url:
        assert await body(await session.call("GET", url, limits=SHORT)) == expected
        if kept:
            assert await body(await session.call("GET", url, limits=SHORT)) == b"abc"
    assert server.connections == 1


async def test_head_has_the_length_and_no_body(session: Session):
    server = Server(b"HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n", GOOD["a length"][0])
    async with served(server) as url:
        answer = await session.call("HEAD", url, limits=SHORT)
        assert (answer.content_length, await body(answer)) == (77, b"")
        assert await body(await session.call("GET", url, limits=SHORT)) == b"abc"
    assert server.connections == 1


def packed(body: bytes, coding: str = "gzip", head: str = "200 OK") -> bytes:
    fields = f'Content-Encoding: {coding}\r\nETag: "x"\r\nContent-Length: {len(body)}'
    return f"HTTP/1.1 {head}\r\n{fields}\r\n\r\n".encode() + body


@pytest.mark.parametrize("coding", ["gzip", "X-GZIP"])
async def test_what_comes_in_gzip_unasked_is_unpacked_in_small_parts(session: Session, coding: str):
    members = gzip.compress(b"a" * 3 * UNREAD_BYTES) + gzip.compress(b"bc")
    server = Server(packed(members, coding), GOOD["a length"][0])
    async with served(server) as url:
        answer = await session.call("GET", url, limits=SHORT)
        unpacker = answer.unpacker()
        assert unpacker is not None
        assert answer.fields() == {}
        parts = [part async for chunk in chunks(answer) for part in unpacker.parts(chunk)]
        unpacker.end()
        assert b"".join(parts) == b"a" * 3 * UNREAD_BYTES + b"bc"
        assert max(map(len, parts)) <= UNREAD_BYTES
        assert await body(await session.call("GET", url, limits=SHORT)) == b"abc"
    assert server.connections == 1


async def chunks(answer: Answer) -> AsyncIterator[bytes]:
    while chunk := await answer.read():
        yield chunk


async def test_gzip_that_unpacks_to_too_much_is_over_the_limit(session: Session):
    async with served(Server(packed(gzip.compress(b"a" * 100_000)))) as url:
        answer = await session.call("GET", url, limits=SHORT)
        assert await answer.whole(99_999) is None


async def test_a_part_of_what_is_packed_stays_as_it_is(session: Session):
    sent = packed(b"abc", head="206 Partial Content")
    async with served(Server(sent)) as url:
        answer = await session.call("GET", url, limits=SHORT)
        assert (answer.unpacker(), answer.coding, await answer.read()) == (None, "gzip", b"abc")


async def test_another_coding_is_named(session: Session):
    async with served(Server(packed(b"abc", "br"))) as url:
        answer = await session.call("GET", url, limits=SHORT)
        with pytest.raises(CallError) as caught:
            await answer.whole(10)
    assert "packed as br" in str(caught.value.reason)


BAD = {
    "no HTTP": b"SSH-2.0-OpenSSH\r\n\r\n",
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: 3x\r\n\r\nabc",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    "length and chunks": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n",
    "packed on its way": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
    b"3\r\nabc\r\n0\r\n\r\n",
    "packed to its end": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc",
    "no gzip": packed(b"abc"),
    "gzip without its end": packed(gzip.compress(b"abc")[:-4]),
    "gzip with something behind": packed(gzip.compress(b"abc") + b"x"),
    "a header section without end": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 2 * HEAD_BYTES,
    "too many fields": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    "another protocol": b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    "an end before the length": b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc",
    "an end in a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabc",
    "an end before the last chunk": b"HTTP/1.1 200 OK\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    "a trailer without end": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: "
    + b"y" * 2 * HEAD_BYTES,
    "nothing": b"",
}  # fmt: skip


@pytest.mark.parametrize("sent", BAD.values(), ids=BAD.keys())
async def test_what_is_no_whole_answer_breaks(session: Session, sent: bytes):
    async with served(Server(sent)) as url:
        with pytest.raises(CallError) as caught:
            await body(await session.call("POST", url, body=b"{}", limits=SHORT))
    assert caught.value.kind == "broken"


async def test_what_nobody_asked_for_ends_the_connection(session: Session):
    smuggled = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
    server = Server(GOOD["a length"][0] + smuggled, GOOD["a length"][0])
    async with served(server) as url:
        assert await body(await session.call("GET", url, limits=SHORT)) == b"abc"
        assert await body(await session.call("GET", url, limits=SHORT)) == b"abc"
    assert server.connections == 2


async def test_only_what_may_be_repeated_is_sent_again(session: Session):
    class Leaving(Server):
        async def __call__(self, reader: Any, writer: Any) -> None:
            """Answer the first request of a connection and leave at the second."""
            self.connections += 1
            writer.write(await reader.readuntil(b"\r\n\r\n") and GOOD["a length"][0])
            await reader.readuntil(b"\r\n\r\n")
            self.requests.append(b"")
            writer.close()

    server = Leaving()
    async with served(server) as url:
        await body(await session.call("GET", url, limits=SHORT))
        assert await body(await session.call("GET", url, limits=SHORT)) == b"abc"
        assert (server.connections, len(server.requests)) == (2, 1)
        with pytest.raises(CallError):
            await session.call("POST", url, body=b"{}", limits=SHORT)
        assert (server.connections, len(server.requests)) == (2, 2)


async def test_a_body_in_parts_goes_in_chunks_or_by_its_length(session: Session):
    got = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        end = b"0\r\n\r\n" if b"chunked" in head else b"cde"
        got.append((b"chunked" in head, await reader.readuntil(end)))
        writer.write(GOOD["closed by word"][0])

    async def parts() -> AsyncIterator[bytes]:
        yield b"ab"
        yield b""
        yield b"cde"

    async with served(serve) as url:
        await body(await session.call("PUT", url, (), parts(), limits=SHORT))
        sized = [("Content-Length", "5")]
        await body(await session.call("PUT", url, sized, parts(), limits=SHORT))
    assert got == [(True, b"2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n"), (False, b"abcde")]


async def test_a_body_that_breaks_off_never_looks_whole(session: Session):
    rest: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            rest.set_result(await reader.read())
        except ConnectionError:
            rest.set_result(b"")

    async def parts() -> AsyncIterator[bytes]:
        yield b"ab"
        raise ValueError

    async with served(serve) as url:
        with pytest.raises(CallError):
            await session.call("PUT", url, (), parts(), limits=SHORT)
        assert not (await rest).endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("limits", [Limits(5, 0.2, None), Limits(5, None, 0.2)], ids=str)
@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc"], ids=str)
async def test_a_server_that_stands_still_is_left(session: Session, limits: Limits, sent: bytes):
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)
        await reader.read()

    async with served(serve) as url:
        with pytest.raises(CallError) as caught:
            await body(await session.call("GET", url, limits=limits))
    assert caught.value.kind == "timeout"


async def test_no_more_connections_than_allowed(session: Session):
    asked, go_on = asyncio.Semaphore(0), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(4096):
            asked.release()
            await go_on.wait()
            writer.write(GOOD["a length"][0])

    async with (
        served(serve) as url,
        open_session(Egress(allowed_networks=LOOPBACK, max_connections=2)) as few,
    ):
        calls = [asyncio.create_task(few.call("GET", url, limits=SHORT)) for _ in range(5)]
        await asked.acquire()
        await asked.acquire()
        assert asked.locked()
        go_on.set()
        assert [await body(await call) for call in calls] == [b"abc"] * 5


@pytest.mark.parametrize(
    "field", [("X", "a\r\nEvil: b"), ("X\r\nEvil", "b"), ("X", "a\x00"), ("", "b")], ids=str
)
async def test_no_field_makes_another(session: Session, field: tuple[str, str]):
    server = Server(GOOD["a length"][0])
    async with served(server) as url:
        with pytest.raises(CallError):
            await session.call("GET", url, [field], limits=SHORT)
    assert server.requests == []


async def test_a_call_that_is_given_up_leaves_no_connection_to_others(session: Session):
    started = asyncio.Event()
    server = Server()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        if server.connections == 1:
            started.set()
            await reader.read()
        else:
            writer.write(GOOD["a length"][0])

    async with served(serve) as url:
        call = asyncio.create_task(session.call("GET", url, limits=SHORT))
        await started.wait()
        call.cancel()
        await asyncio.wait([call])
        assert await body(await session.call("GET", url, limits=SHORT)) == b"abc"
    assert server.connections == 2


async def test_a_tunnel_through_a_proxy_has_its_login(monkeypatch: pytest.MonkeyPatch):
    lines = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.extend((await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n"))
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
        writer.close()

    async with served(proxy) as url:
        monkeypatch.setenv("https_proxy", url.replace("http://", "http://u:p%40@"))
        monkeypatch.delenv("no_proxy", raising=False)
        async with open_session(Egress(proxy_from_env=True)) as session:
            with pytest.raises(CallError) as caught:
                await session.call("GET", "https://peer.example/x", limits=SHORT)
    assert caught.value.kind == "unreachable"
    assert lines[:3] == [
        "CONNECT peer.example:443 HTTP/1.1",
        "Host: peer.example:443",
        "Proxy-Authorization: Basic dTpwQA==",
    ]


async def test_the_time_of_one_call_is_not_that_of_the_next_on_its_connection(session: Session):
    """A connection has one timer, which outlives a call."""
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        for pause in (0, 0.6, 60):
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(pause)
            writer.write(GOOD["a length"][0])

    hasty = Limits(connect=5, idle=0.3, total=20)
    async with served(serve) as url:
        await body(await session.call("GET", url, limits=hasty))
        await body(await session.call("GET", url, limits=SHORT))
        with pytest.raises(CallError) as caught:
            await asyncio.wait_for(session.call("POST", url, body=b"{}", limits=hasty), 4)
    assert (caught.value.kind, connections) == ("timeout", 1)


async def test_a_call_leaves_nothing_to_the_collector(session: Session):
    async with served(Server(*[GOOD["a length"][0]] * 3)) as url:
        await body(await session.call("GET", url, limits=SHORT))
        gc.collect()
        gc.disable()
        try:
            for _ in range(2):
                await body(await session.call("GET", url, limits=SHORT))
            gc.set_debug(gc.DEBUG_SAVEALL)
            gc.collect()
            assert not [one for one in gc.garbage if isinstance(one, Answer)]
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.enable()
