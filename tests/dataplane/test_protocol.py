from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from faifo.dataplane.protocol import ServerLimits

from .conftest import serving


async def app(scope: Any, receive: Any, send: Any) -> None:
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message["body"]
        more = message["more_body"]
    if scope["path"] == "/hold":
        await asyncio.sleep(60)
    if scope["path"] == "/flood":
        body = bytes(64 * 1024 * 1024)
    headers = [(b"content-length", b"%d" % len(body)), (b"x-fields", b"%d" % len(scope["headers"]))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def exchange(port: int, *parts: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(0.02)
    try:
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
END = b"Connection: close\r\n\r\n"
LONG = b"x" * 40_000

TOO_LARGE = {
    "one long field": (GET + b"A: " + LONG + b"\r\n" + END,),
    "many fields": (GET + b"".join(b"A%d: %s\r\n" % (i, b"y" * 900) for i in range(40)) + END,),
    "too many fields": (GET + b"".join(b"A%d: 1\r\n" % i for i in range(101)) + END,),
    "a long request line": (b"GET /" + LONG + b" HTTP/1.1\r\nHost: x\r\n\r\n",),
    "a field without an end": (GET + b"A: ", *[b"x" * 10_000] * 4),
}


@pytest.mark.parametrize("parts", TOO_LARGE.values(), ids=TOO_LARGE.keys())
async def test_too_many_header_bytes_are_431_and_the_connection_closes(parts: tuple[bytes, ...]):
    async with serving(app) as server:
        answer = await exchange(server.address[1], *parts)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"connection: close" in answer
    assert b'"code":"headers-too-large"' in answer


async def test_headers_just_below_the_limit_are_read():
    async with serving(app) as server:
        answer = await exchange(server.address[1], GET + b"A: " + b"x" * 32_000 + b"\r\n" + END)
    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_pipelined_requests_are_counted_one_by_one():
    one = GET + b"A: " + b"x" * 20_000 + b"\r\n"
    async with serving(app) as server:
        answer = await exchange(server.address[1], (one + b"\r\n") * 3 + one + END)
    assert answer.count(b"HTTP/1.1 200 ") == 4


async def test_trailers_are_dropped_and_bounded():
    chunked = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    async with serving(app) as server:
        answer = await exchange(
            server.address[1],
            chunked + b"Connection: close\r\n\r\n1\r\na\r\n0\r\nAuthorization: Bearer x\r\n\r\n",
        )
        assert b"x-fields: 3" in answer
        answer = await exchange(
            server.address[1], chunked + b"\r\n1\r\na\r\n0\r\nA: ", *[b"x" * 10_000] * 5
        )
        assert b" 200 " not in answer
        answer = await exchange(server.address[1], chunked + b"\r\n1;e=", *[b"x" * 10_000] * 5)
        assert b" 200 " not in answer


CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
BROKEN_BODIES = {
    "no length": (CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n",),
    "no length, later": (CHUNKED, b"1\r\na\r\n", b"zz\r\n"),
    "longer than it says": (CHUNKED, b"1\r\nabc\r\n"),
    "a negative length": (CHUNKED, b"-1\r\n"),
    "an extension without an end": (CHUNKED + b"1;e=", *[b"x" * 10_000] * 4),
    "behind another": (GET + b"\r\n", CHUNKED, b"zz\r\n"),
}


@pytest.mark.parametrize("parts", BROKEN_BODIES.values(), ids=BROKEN_BODIES.keys())
async def test_a_broken_body_is_answered_with_400_and_the_connection_closes(
    parts: tuple[bytes, ...],
):
    async with serving(app) as server:
        answer = await exchange(server.address[1], *parts)
    last = answer[answer.rindex(b"HTTP/1.1 ") :]
    assert last.startswith(b"HTTP/1.1 400 ")
    assert b"connection: close" in last
    assert b"application/problem+json" in last
    assert b'"code":"bad-request"' in last


async def test_a_broken_body_ends_an_answer_that_has_begun_without_another():
    async def early(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass

    async with serving(early) as server:
        answer = await exchange(server.address[1], CHUNKED, b"zz\r\n")
    assert b" 400 " not in answer


async def test_what_is_broken_behind_a_whole_request_takes_nothing_from_its_answer():
    """A request that waits for its answer is none of those that are refused."""
    left = asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        while (await receive())["type"] != "http.disconnect":
            pass
        left.set()

    async with serving(slow) as server:
        answer = await exchange(server.address[1], GET + b"\r\n", b"\x00\x00\r\n\r\n")
        await asyncio.wait_for(left.wait(), 10)
    assert b" 400 " not in answer


QUICK = ServerLimits(
    header_time=timedelta(seconds=1),
    body_idle=timedelta(seconds=1),
    write_idle=timedelta(seconds=1),
    keep_alive=timedelta(seconds=1),
    connections=3,
    discarded_bytes=1024 * 1024,
    shutdown_grace=timedelta(seconds=1),
)

PATIENT = ServerLimits(shutdown_grace=timedelta(seconds=1))


async def drip(port: int, first: bytes, piece: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(first)

    async def feed() -> None:
        while True:
            writer.write(piece)
            await asyncio.sleep(0.2)

    feeding = asyncio.ensure_future(feed())
    answer = b""
    try:
        async with asyncio.timeout(8):
            while chunk := await reader.read(65536):
                answer += chunk
        return answer
    except ConnectionResetError:
        return answer
    finally:
        feeding.cancel()
        writer.transport.abort()


async def test_slow_headers_are_408():
    async with serving(app, QUICK) as server:
        answer = await drip(server.address[1], GET, b"A: b\r\n")
    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_stray_line_ends_do_not_keep_a_connection():
    async with serving(app, QUICK) as server:
        answer = await drip(server.address[1], GET + b"\r\n", b"\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_a_silent_connection_is_closed():
    async with serving(app, QUICK) as server:
        assert await exchange(server.address[1]) == b""


async def test_an_idle_body_ends_the_connection():
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc"
    async with serving(app, QUICK) as server:
        assert await exchange(server.address[1], head) == b""


POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
SLOW = {
    "below the least rate": {"body_grace": timedelta(seconds=0.5), "body_rate": 1000},
    "beyond the whole time": {"body_time": timedelta(seconds=2)},
}


@pytest.mark.parametrize("changes", SLOW.values(), ids=SLOW.keys())
async def test_a_body_that_drips_ends_the_connection(changes: dict[str, Any]):
    async with serving(app, msgspec.structs.replace(PATIENT, **changes)) as server:
        assert await drip(server.address[1], POST, b"x" * 20) == b""


async def test_a_body_at_the_least_rate_is_taken():
    limits = msgspec.structs.replace(PATIENT, body_grace=timedelta(0), body_rate=50)
    slow = [b"x" * 100] * 20  # 0.4 s, far beyond the rate
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\nConnection: close\r\n\r\n"
    async with serving(app, limits) as server:
        assert (await exchange(server.address[1], head, *slow)).startswith(b"HTTP/1.1 200 ")


async def test_who_is_refused_already_is_not_waited_for():
    async def refusing(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 401, "headers": []})
        await send({"type": "http.response.body", "body": b"no"})

    limits = msgspec.structs.replace(PATIENT, linger=timedelta(seconds=1))
    async with serving(refusing, limits) as server:
        answer = await drip(server.address[1], POST, b"x" * 20)
    assert answer.startswith(b"HTTP/1.1 401 ")


async def test_an_address_holds_its_share_and_a_trusted_proxy_more():
    limits = msgspec.structs.replace(PATIENT, per_address=2)
    for proxies, status in (((), b"503"), (("127.0.0.0/8",), b"200")):
        async with serving(app, msgspec.structs.replace(limits, proxies=proxies)) as server:
            port = server.address[1]
            held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
            for reader, writer in held:
                writer.write(GET + b"\r\n")
                await reader.readuntil(b"\r\n\r\n")
            assert (await exchange(port, GET + END)).startswith(b"HTTP/1.1 " + status)
            for _, writer in held:
                writer.close()


async def test_a_place_is_free_again_when_its_connection_has_ended():
    async with serving(app, msgspec.structs.replace(PATIENT, per_address=1)) as server:
        for _ in range(3):
            answer = await exchange(server.address[1], GET + END)
            assert answer.startswith(b"HTTP/1.1 200 ")
            async with asyncio.timeout(10):
                while server.connections:
                    await asyncio.sleep(0.01)


async def test_an_idle_connection_is_closed_after_the_keep_alive_time():
    async with serving(app, QUICK) as server:
        answer = await exchange(server.address[1], GET + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close" not in answer


async def test_a_reader_that_takes_nothing_is_cut_off():
    async with serving(app, QUICK) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.address[1], limit=1024)
        writer.write(b"GET /flood HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(10):
            while not server.connections:
                await asyncio.sleep(0.01)
            while server.connections:
                await asyncio.sleep(0.05)
        writer.transport.abort()
        assert not server.tasks


async def test_connections_over_the_number_allowed_get_503():
    async with serving(app, QUICK) as server:
        port = server.address[1]
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        for reader, writer in held:
            writer.write(GET + b"\r\n")
            await reader.readuntil(b"\r\n\r\n")
        assert (await exchange(port)).startswith(b"HTTP/1.1 503 ")
        for _, writer in held:
            writer.close()


async def test_shutdown_ends_within_its_grace_though_a_request_hangs():
    loop = asyncio.get_running_loop()
    async with serving(app, QUICK) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.address[1])
        writer.write(b"GET /hold HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(5):
            while not server.tasks:
                await asyncio.sleep(0.01)
        began = loop.time()
    assert loop.time() - began < 4
    assert not server.tasks
    writer.close()


async def test_a_body_that_is_packed_on_its_way_is_400():
    packed = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n"
    async with serving(app) as server:
        answer = await exchange(server.address[1], packed + END + b"3\r\nabc\r\n0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")


async def test_garbage_is_400():
    async with serving(app) as server:
        answer = await exchange(server.address[1], b"\x16\x03\x01\x00\x00garbage\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"server:" not in answer.lower()


async def test_a_refused_body_is_read_and_dropped_up_to_a_limit():
    async def refusing(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 403, "headers": []})
        await send({"type": "http.response.body", "body": b"no"})

    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    async with serving(refusing, QUICK) as server:
        port = server.address[1]
        answer = await exchange(port, head % 500_000 + b"x" * 500_000, GET + END)
        assert answer.count(b"HTTP/1.1 403 ") == 2
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head % 100_000_000)

        async def pour() -> None:
            for _ in range(1000):
                writer.write(b"x" * 100_000)
                await writer.drain()

        with pytest.raises(ConnectionError):
            await pour()
        writer.transport.abort()


async def test_more_requests_than_may_wait_end_the_connection():
    limits = msgspec.structs.replace(PATIENT, pipelined=3)
    async with serving(app, limits) as server:
        port = server.address[1]
        answer = await exchange(port, (GET + b"\r\n") * 3 + GET + END)
        assert answer.count(b"HTTP/1.1 200 ") == 4
        held = GET.replace(b"/ ", b"/hold ") + b"\r\n"
        assert await exchange(port, held + 4 * (GET + b"\r\n")) == b""


async def test_what_stands_behind_a_request_that_closes_is_no_request():
    async with serving(app) as server:
        answer = await exchange(server.address[1], GET + END + GET + b"\r\n" + b"rubbish\r\n\r\n")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_an_upgrade_is_not_taken_up_and_the_next_request_is_read():
    upgrade = GET + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    async with serving(app) as server:
        answer = await exchange(server.address[1], upgrade + GET + END)
    assert answer.count(b"HTTP/1.1 200 ") == 2


async def test_a_caller_that_waits_is_told_to_go_on_when_somebody_reads():
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n" + END
    async with serving(app) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.address[1])
        writer.write(head)
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"ab")
        assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
        writer.close()


async def parts(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"one", "more_body": True})
    if scope["path"] == "/broken":
        raise ValueError("not for the caller's eyes")
    await send({"type": "http.response.body", "body": b"two"})


@pytest.mark.parametrize(
    ("version", "whole", "broken"),
    [(b"1.1", b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n", b"3\r\none\r\n"), (b"1.0", b"onetwo", None)],
)
async def test_a_body_of_unknown_length_shows_its_end(
    version: bytes, whole: bytes, broken: bytes | None
):
    async with serving(parts) as server:
        port, ask = server.address[1], b"GET /%b HTTP/" + version + b"\r\nHost: x\r\n" + END
        assert (await exchange(port, ask % b"")).partition(b"\r\n\r\n")[2] == whole
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(ask % b"broken")
        if broken is None:  # only a reset tells it from an end
            with pytest.raises(ConnectionResetError):
                await reader.read()
        else:
            assert (await reader.read()).partition(b"\r\n\r\n")[2] == broken
        writer.close()


@pytest.mark.parametrize("value", [b"a\r\nX-Own: 1", b"a\nb", b"a\x00b"])
async def test_no_field_that_holds_a_line_end_is_sent(value: bytes):
    async def echo(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"x-told", value), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    async with serving(echo) as server:
        answer = await exchange(server.address[1], GET + END)
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"x-own" not in answer.lower()


async def test_a_short_answer_that_breaks_off_shows_its_head_and_no_end():
    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-length", b"5")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if scope["path"] == "/part":
            await send({"type": "http.response.body", "body": b"ab", "more_body": True})
        raise RuntimeError

    async with serving(app) as server:
        none = await exchange(server.address[1], GET + b"\r\n")
        part = await exchange(server.address[1], b"GET /part HTTP/1.1\r\nHost: x\r\n\r\n")
    for answer, body in ((none, b""), (part, b"ab")):
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert answer.partition(b"\r\n\r\n")[2] == body
