from __future__ import annotations

import asyncio
import signal
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from faifo.dataplane.addresses import LOOPBACK
from faifo.dataplane.calling import CallError, Limits
from faifo.dataplane.certificates import TlsFiles
from faifo.dataplane.egress import Egress, open_session, unreachable
from faifo.dataplane.server import make_server
from faifo.errors import SettingsError

from .conftest import serving


async def app(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def test_a_port_in_use_is_a_settings_error_and_not_an_exit():
    async with serving(app) as server:
        port = server.address[1]
        with pytest.raises(SettingsError) as caught:
            make_server(app, host="127.0.0.1", port=port)
    assert str(caught.value) == (
        f"cannot listen on 127.0.0.1:{port} (Address already in use); "
        "expected an address of this machine and a port that is free"
    )


async def test_signals_stay_with_the_node():
    before = signal.getsignal(signal.SIGTERM)
    async with serving(app):
        assert signal.getsignal(signal.SIGTERM) is before


def certificate(folder: Path) -> TlsFiles:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return TlsFiles(certificate=str(folder / "cert.pem"), key=str(folder / "key.pem"))


async def test_tls_is_1_3_only_and_a_private_ca_is_honoured(tmp_path: Path):
    files = certificate(tmp_path)
    ready = asyncio.Event()
    server = make_server(app, host="127.0.0.1", port=0, tls=files, ready=lambda _: ready.set())
    task = asyncio.ensure_future(server.serve())
    await ready.wait()
    url = f"https://localhost:{server.address[1]}/"
    trusting = ssl.create_default_context(cafile=files.certificate)
    async with open_session(Egress(allowed_networks=LOOPBACK, tls=lambda: trusting)) as session:
        assert (await session.call("GET", url, limits=Limits())).status == 204
    trusting.maximum_version = ssl.TLSVersion.TLSv1_2
    async with open_session(Egress(allowed_networks=LOOPBACK, tls=lambda: trusting)) as session:
        with pytest.raises(CallError) as caught:
            await session.call("GET", url, limits=Limits())
    assert caught.value.kind == "unreachable"
    async with open_session(Egress(allowed_networks=LOOPBACK)) as session:
        with pytest.raises(CallError) as caught:
            await session.call("GET", url, limits=Limits())
    assert str(unreachable(caught.value, who="the peer")) == (
        "the peer cannot be reached: the TLS certificate was not accepted"
    )
    server.stop()
    await task


def test_tls_files_that_cannot_be_read_are_a_settings_error(tmp_path: Path):
    files = TlsFiles(certificate=str(tmp_path / "no.pem"), key=str(tmp_path / "no.key"))
    with pytest.raises(SettingsError) as caught:
        make_server(app, host="127.0.0.1", port=0, tls=files)
    assert str(caught.value) == (
        "the TLS files cannot be used (No such file or directory); "
        "expected a certificate with its chain and its private key, both PEM"
    )


async def test_a_call_by_tls_goes_through_the_proxys_tunnel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    files = certificate(tmp_path)
    ready, asked = asyncio.Event(), []
    server = make_server(app, host="127.0.0.1", port=0, tls=files, ready=lambda _: ready.set())
    task = asyncio.ensure_future(server.serve())
    await ready.wait()

    async def copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while part := await reader.read(65536):
            writer.write(part)
        writer.close()

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0])
        there, to_there = await asyncio.open_connection(*server.address)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(copied(reader, to_there), copied(there, writer))

    async with await asyncio.start_server(proxy, "127.0.0.1", 0) as through:
        port = through.sockets[0].getsockname()[1]
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("no_proxy", "")
        trusting = ssl.create_default_context(cafile=files.certificate)
        egress = Egress(allowed_networks=LOOPBACK, tls=lambda: trusting, proxy_from_env=True)
        async with open_session(egress) as session:
            answer = await session.call("GET", "https://localhost:8443/", limits=Limits(total=10))
            assert answer.status == 204
    assert asked == [b"CONNECT localhost:8443 HTTP/1.1"]
    server.stop()
    await task
