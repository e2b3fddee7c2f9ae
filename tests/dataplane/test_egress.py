from __future__ import annotations

import asyncio
import socket

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from faifo.dataplane.addresses import LOOPBACK
from faifo.dataplane.egress import Egress, open_session, refused_address, unreachable

from .conftest import Backend


class Answers(AbstractResolver):
    """Answers each look-up with the next list of addresses, the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(hostname=host, host=a, port=port, family=family, proto=0, flags=0)
            for a in answer
        ]

    async def close(self) -> None:
        pass


async def refusal(url: str, egress: Egress, resolver: AbstractResolver | None = None) -> str:
    async with open_session(egress, resolver=resolver) as session:
        with pytest.raises(aiohttp.ClientError) as caught:
            await session.get(url, allow_redirects=False, timeout=aiohttp.ClientTimeout(total=5))
    refused = refused_address(caught.value)
    return str(refused) if refused is not None else type(caught.value).__name__


LITERALS = {
    "http://127.0.0.1:{port}/": "127.0.0.1 is at 127.0.0.1, a loopback address",
    "http://[::1]:{port}/": "::1 is at ::1, a loopback address",
    "http://[::ffff:127.0.0.1]:{port}/": "a loopback address",
    "http://0.0.0.0:{port}/": "the unspecified address",
    "http://169.254.169.254/latest/meta-data/": "a link-local address",
    "http://10.0.0.1/": "a private address",
    "http://[fe80::1]/": "a link-local address",
    "http://2130706433:{port}/": "InvalidUrlClientError",
    "http://017700000001:{port}/": "InvalidUrlClientError",
    "http://127.1:{port}/": "InvalidUrlClientError",
    "http://0x7f000001:{port}/": "0x7f000001 is at 127.0.0.1, a loopback address",
    "http://0x7f.1:{port}/": "0x7f.1 is at 127.0.0.1, a loopback address",
    "http://localhost:{port}/": "a loopback address",
}


@pytest.mark.parametrize(("url", "expected"), LITERALS.items(), ids=LITERALS.keys())
async def test_a_hostile_address_is_not_connected_to(url: str, expected: str, backend: Backend):
    port = backend.url.rpartition(":")[2]
    assert expected in await refusal(url.format(port=port), Egress())
    assert backend.requests == []


async def test_a_name_that_resolves_to_loopback_is_refused(backend: Backend):
    port = backend.url.rpartition(":")[2]
    resolver = Answers(["127.0.0.1"])
    assert await refusal(f"http://peer.example:{port}/", Egress(), resolver) == (
        "peer.example is at 127.0.0.1, a loopback address, and only public addresses are allowed"
    )


async def test_of_several_addresses_only_the_allowed_are_tried(backend: Backend):
    port = backend.url.rpartition(":")[2]
    resolver = Answers(["10.0.0.1", "127.0.0.1"])
    egress = Egress(allowed_networks=LOOPBACK)
    async with (
        open_session(egress, resolver=resolver) as session,
        session.get(f"http://peer.example:{port}/x") as answer,
    ):
        assert answer.status == 200


async def test_a_name_that_answers_public_first_and_then_loopback_gains_nothing(
    backend: Backend,
):
    port = backend.url.rpartition(":")[2]
    # 192.0.2.0/24 stands in for the public address: allowed, and nobody answers there.
    resolver = Answers(["192.0.2.1"], ["127.0.0.1"])
    egress = Egress(allowed_networks=("192.0.2.0/24",))
    async with open_session(egress, resolver=resolver) as session:
        url = f"http://rebind.example:{port}/"
        with pytest.raises((aiohttp.ClientConnectorError, TimeoutError)):
            await session.get(url, timeout=aiohttp.ClientTimeout(total=0.5))
        assert resolver.asked == 1
        with pytest.raises(aiohttp.ClientConnectorError) as caught:
            await session.get(url, timeout=aiohttp.ClientTimeout(total=5))
    refused = refused_address(caught.value)
    assert refused is not None
    assert refused.address == "127.0.0.1"
    assert backend.requests == []


async def test_the_failed_call_has_a_sentence_for_people():
    async with open_session(Egress()) as session:
        with pytest.raises(aiohttp.ClientError) as caught:
            await session.get("http://127.0.0.1:1/")
    assert str(unreachable(caught.value, who="did:web:peer")) == (
        "did:web:peer cannot be reached: 127.0.0.1 is at 127.0.0.1, a loopback address, "
        "and only public addresses are allowed"
    )
    async with open_session(Egress(allowed_networks=LOOPBACK)) as session:
        with pytest.raises(aiohttp.ClientError) as caught:
            await session.get("http://127.0.0.1:1/")
    assert "cannot be reached: Connect" in str(unreachable(caught.value, who="did:web:peer"))
    assert str(unreachable(TimeoutError(), who="x")) == "x cannot be reached: no answer in time"


async def test_a_proxy_may_be_private_but_a_literal_target_is_still_refused(
    monkeypatch: pytest.MonkeyPatch,
):
    lines = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0])
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(proxy, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("no_proxy", "direct.example")
        monkeypatch.setenv("NETRC", "/dev/null")
        egress = Egress(proxy_from_env=True)
        async with open_session(egress, resolver=Answers(["127.0.0.1"])) as session:
            async with session.get("http://peer.example/x") as answer:
                assert answer.status == 204
            for url in ("http://169.254.169.254/", "http://0x7f.1/", "http://direct.example/"):
                with pytest.raises(aiohttp.ClientError) as caught:
                    await session.get(url)
                assert refused_address(caught.value) is not None
    assert lines == [b"GET http://peer.example/x HTTP/1.1"]
