from __future__ import annotations

import asyncio
import socket

import pytest

from faifo.dataplane.addresses import LOOPBACK
from faifo.dataplane.calling import CallError, Limits
from faifo.dataplane.egress import AddressRefusedError, Egress, open_session, unreachable
from faifo.dataplane.names import Found, Names

from .conftest import Backend


class Answers(Names):
    """Answers each look-up with the next list of addresses, the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(
        self,
        host: str,  # noqa: ARG002
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,
    ) -> list[Found]:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [Found(family, (address, port)) for address in answer]


async def refusal(url: str, egress: Egress, resolver: Names | None = None) -> str:
    async with open_session(egress, resolver=resolver) as session:
        with pytest.raises(CallError) as caught:
            await session.call("GET", url, limits=Limits(total=5))
    return str(caught.value.reason) if caught.value.kind == "address-refused" else caught.value.kind


LITERALS = {
    "http://127.0.0.1:{port}/": "127.0.0.1 is at 127.0.0.1, a loopback address",
    "http://[::1]:{port}/": "::1 is at ::1, a loopback address",
    "http://[::ffff:127.0.0.1]:{port}/": "a loopback address",
    "http://0.0.0.0:{port}/": "the unspecified address",
    "http://169.254.169.254/latest/meta-data/": "a link-local address",
    "http://10.0.0.1/": "a private address",
    "http://[fe80::1]/": "a link-local address",
    "http://2130706433:{port}/": "address",
    "http://017700000001:{port}/": "address",
    "http://127.1:{port}/": "address",
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
    async with open_session(egress, resolver=resolver) as session:
        answer = await session.call("GET", f"http://peer.example:{port}/x", limits=Limits())
        assert answer.status == 200
        assert await answer.whole(100) == b'{"path": "/x"}'


async def test_a_name_that_answers_public_first_and_then_loopback_gains_nothing(
    backend: Backend,
):
    port = backend.url.rpartition(":")[2]
    # 192.0.2.0/24 stands in for the public address: allowed, and nobody answers there.
    resolver = Answers(["192.0.2.1"], ["127.0.0.1"])
    egress = Egress(allowed_networks=("192.0.2.0/24",))
    async with open_session(egress, resolver=resolver) as session:
        url = f"http://rebind.example:{port}/"
        with pytest.raises(CallError) as failed:
            await session.call("GET", url, limits=Limits(total=0.5))
        assert failed.value.kind in {"unreachable", "timeout"}
        assert resolver.asked == 1
        with pytest.raises(AddressRefusedError) as caught:
            await session.call("GET", url, limits=Limits(total=5))
    assert caught.value.address == "127.0.0.1"
    assert backend.requests == []


async def test_the_failed_call_has_a_sentence_for_people():
    async with open_session(Egress()) as session:
        with pytest.raises(CallError) as caught:
            await session.call("GET", "http://127.0.0.1:1/", limits=Limits())
    assert str(unreachable(caught.value, who="did:web:peer")) == (
        "did:web:peer cannot be reached: 127.0.0.1 is at 127.0.0.1, a loopback address, "
        "and only public addresses are allowed"
    )
    async with open_session(Egress(allowed_networks=LOOPBACK)) as session:
        with pytest.raises(CallError) as caught:
            await session.call("GET", "http://127.0.0.1:1/", limits=Limits())
    assert "cannot be reached: Connect" in str(unreachable(caught.value, who="did:web:peer"))


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
        egress = Egress(proxy_from_env=True)
        async with open_session(egress, resolver=Answers(["127.0.0.1"])) as session:
            answer = await session.call("GET", "http://peer.example/x", limits=Limits())
            assert answer.status == 204
            for url in ("http://169.254.169.254/", "http://0x7f.1/", "http://direct.example/"):
                with pytest.raises(AddressRefusedError):
                    await session.call("GET", url, limits=Limits())
    assert lines == [b"GET http://peer.example/x HTTP/1.1"]
