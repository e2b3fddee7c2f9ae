"""Two nodes over TLS with a private authority, behind a prefix, nginx and a proxy."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import ssl
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from authority import Authority
from harness import LOOPBACK, RunningNode, free_port, running, write_node

from faifo.dataplane.certificates import TlsFiles

PREFIX = "/faifo/a"


def _files(authority: Authority) -> TlsFiles:
    return TlsFiles(certificate=str(authority.certificate), key=str(authority.key))


def _did(port: int, prefix: str = "") -> str:
    return f"did:web:localhost%3A{port}" + prefix.replace("/", ":")


class Pair:
    """The directories of a provider and a consumer that trust each other."""

    def __init__(
        self, folder: Path, authority: Authority, *, prefix: str = "", **egress: Any
    ) -> None:
        self.ports = {"provider": free_port(), "consumer": free_port()}
        # Where others reach the provider: nginx, where there is one.
        self.public_port = self.ports["provider"]
        self.prefix = prefix
        self.folder = folder
        self.authority = authority
        self.egress = {"ca_file": str(authority.ca), "allow": LOOPBACK, **egress}

    def write(self, name: str, *, ca: Authority | None = None) -> Path:
        dids = {
            "provider": _did(self.public_port, self.prefix),
            "consumer": _did(self.ports["consumer"]),
        }
        port = self.ports[name]
        public = f"https://localhost:{port}"
        if name == "provider":
            public = f"https://localhost:{self.public_port}{self.prefix}"
        other = "consumer" if name == "provider" else "provider"
        return write_node(
            self.folder / name,
            port=port,
            public_url=public,
            trusted={other: dids[other]},
            trust={"did_web_http": False},
            egress={**self.egress, **({"ca_file": str(ca.ca)} if ca else {})},
        )

    @contextlib.asynccontextmanager
    async def running(self, *, plain_provider: bool = False) -> AsyncIterator[tuple[Any, Any]]:
        files = _files(self.authority)
        async with (
            running(self.write("provider"), tls=None if plain_provider else files) as provider,
            running(self.write("consumer"), tls=files) as consumer,
        ):
            yield provider, consumer


async def _deal(provider: RunningNode, consumer: RunningNode) -> tuple[dict[str, Any], str]:
    dataset = await provider.publish()
    catalog = await consumer.manage("POST", "/catalog", {"node": "provider"})
    assert catalog.status == 200, catalog.body
    assert [entry["id"] for entry in catalog.json["datasets"]] == [dataset["id"]]
    order = {"node": "provider", "dataset": dataset["id"]}
    begun = await consumer.manage("POST", "/negotiations", order)
    assert begun.status == 201, begun.body
    record = await consumer.settled("negotiations", begun.json["pid"], "FINALIZED")
    return dataset, record["agreement"]


async def _flow(provider: RunningNode, consumer: RunningNode) -> None:
    dataset, agreement = await _deal(provider, consumer)
    moving = await consumer.manage("POST", "/transfers", {"agreement": agreement})
    assert moving.status == 201, moving.body
    pid = moving.json["pid"]
    record = await consumer.settled("transfers", pid, "STARTED")
    assert record["endpoint"].startswith(f"{provider.url}/data/")
    data = await consumer.manage("GET", f"/transfers/{pid}/data")
    assert data.status == 200, data.body
    assert hashlib.sha256(data.body).hexdigest() == dataset["sha256"]


async def test_a_whole_flow_over_tls(tmp_path: Path, authority: Authority) -> None:
    async with Pair(tmp_path, authority).running() as (provider, consumer):
        assert provider.url.startswith("https://")
        await _flow(provider, consumer)


async def test_a_whole_flow_below_a_path(tmp_path: Path, authority: Authority) -> None:
    async with Pair(tmp_path, authority, prefix=PREFIX).running() as (provider, consumer):
        assert provider.did.endswith(":faifo:a")
        await _flow(provider, consumer)


async def test_a_partner_sees_until_when_the_certificate_is_good(
    tmp_path: Path, authority: Authority
) -> None:
    async with Pair(tmp_path, authority, prefix=PREFIX).running() as (provider, consumer):
        answer = await consumer.manage("POST", "/probe", {"node": provider.did})
        assert answer.status == 200, answer.body
        report = answer.json["report"]
        assert [one["good"] for one in report["checks"]] == [True] * 4
        until = datetime.fromisoformat(report["certificate_until"])
        assert until > datetime.fromisoformat(report["at"])


async def test_another_authority_is_named_in_the_timeline(
    tmp_path: Path, authority: Authority, stranger: Authority
) -> None:
    pair = Pair(tmp_path, authority)
    async with running(pair.write("consumer"), tls=_files(authority)) as consumer:
        async with running(pair.write("provider"), tls=_files(authority)) as provider:
            _, agreement = await _deal(provider, consumer)
        # The same node, now with a certificate of an authority that the consumer does not know.
        async with running(pair.write("provider"), tls=_files(stranger)):
            moving = await consumer.manage("POST", "/transfers", {"agreement": agreement})
            pid = moving.json["pid"]
            waiting: list[dict[str, Any]] = []
            async with asyncio.timeout(15):
                while not waiting or "attempts (" not in waiting[0]["text"]:
                    entries = (await consumer.timeline(pid))["entries"]
                    waiting = [entry for entry in entries if entry["kind"] == "waiting"]
            assert "cannot be reached: the TLS certificate was not accepted" in waiting[0]["text"]
        async with running(pair.write("provider"), tls=_files(authority)):
            await consumer.settled("transfers", pid, "STARTED")


async def test_a_node_that_does_not_know_the_authority_says_so_at_once(
    tmp_path: Path, authority: Authority, stranger: Authority
) -> None:
    pair = Pair(tmp_path, authority)
    files = _files(authority)
    async with (
        running(pair.write("provider"), tls=files),
        running(pair.write("consumer", ca=stranger), tls=files) as consumer,
    ):
        answer = await consumer.manage("POST", "/catalog", {"node": "provider"})
        assert (answer.status, answer.json["code"]) == (504, "unreachable")
        assert answer.json["detail"].endswith("the TLS certificate was not accepted")


async def test_tls_1_2_is_refused(tmp_path: Path, authority: Authority) -> None:
    pair = Pair(tmp_path, authority)
    async with running(pair.write("provider"), tls=_files(authority)) as node:
        new = ssl.create_default_context(cafile=str(authority.ca))
        url = f"{node.url}/.well-known/dspace-version"
        async with node.client.get(url, ssl=new) as answer:
            assert answer.status == 200
        old = ssl.create_default_context(cafile=str(authority.ca))
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        # The server may hang up before the client has read the alert.
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            await asyncio.open_connection("localhost", pair.ports["provider"], ssl=old)


NGINX = """
daemon off; pid {folder}/nginx.pid; error_log stderr error; worker_processes 1; {user}
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port} ssl; server_name localhost;
    ssl_certificate {certificate}; ssl_certificate_key {key};
    location {prefix}/ {{
      proxy_pass http://127.0.0.1:{inner}; proxy_http_version 1.1; proxy_set_header Host $host;
    }}
  }}
}}
"""


@contextlib.asynccontextmanager
async def _nginx(folder: Path, pair: Pair) -> AsyncIterator[None]:
    program = shutil.which("nginx")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("nginx is not installed; in CI this test must run")
        pytest.skip("nginx is not installed")
    folder.mkdir()
    (folder / "nginx.conf").write_text(
        NGINX.format(
            folder=folder,
            user="user root;" if os.getuid() == 0 else "",
            port=pair.public_port,
            inner=pair.ports["provider"],
            prefix=pair.prefix,
            certificate=pair.authority.certificate,
            key=pair.authority.key,
        )
    )
    process = await asyncio.create_subprocess_exec(
        program, "-c", str(folder / "nginx.conf"), "-e", "stderr"
    )
    try:
        async with asyncio.timeout(10):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", pair.public_port)
                    writer.close()
                    break
                await asyncio.sleep(0.02)
        yield
    finally:
        process.terminate()
        await process.wait()


async def test_a_whole_flow_behind_nginx(tmp_path: Path, authority: Authority) -> None:
    pair = Pair(tmp_path, authority, prefix=PREFIX)
    pair.public_port = free_port()
    async with (
        _nginx(tmp_path / "nginx", pair),
        pair.running(plain_provider=True) as (provider, consumer),
    ):
        assert str(pair.public_port) in provider.did
        await _flow(provider, consumer)


class ConnectProxy:
    """A proxy that knows nothing but CONNECT."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.port = 0

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[ConnectProxy]:
        server = await asyncio.start_server(self._tunnel, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0].decode()
        method, target, _ = line.split(" ")
        self.asked.append(f"{method} {target}")
        host, _, port = target.rpartition(":")
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@pytest.mark.parametrize("used", [True, False], ids=["use_proxy", "no use_proxy"])
async def test_the_proxy_of_the_environment_is_used_only_when_settings_say_so(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch, used: bool
) -> None:
    pair = Pair(tmp_path, authority, use_proxy=used)
    async with ConnectProxy().serving() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        for name in ("NO_PROXY", "no_proxy", "https_proxy"):
            monkeypatch.delenv(name, raising=False)
        async with pair.running() as (provider, consumer):
            await _flow(provider, consumer)
        expected = {f"CONNECT localhost:{port}" for port in pair.ports.values()} if used else set()
        assert set(proxy.asked) == expected
        proxy.asked.clear()
        monkeypatch.setenv("NO_PROXY", "localhost")
        async with pair.running() as (provider, consumer):
            catalog = await consumer.manage("POST", "/catalog", {"node": "provider"})
            assert catalog.status == 200
        assert proxy.asked == []
