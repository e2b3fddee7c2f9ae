"""Certificates that change while a node runs, and callers that must show one of their own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from harness import free_port, running, write_node
from test_tls import Pair, _flow

from faifo.dataplane.certificates import TlsFiles, of_calls, of_listener
from faifo.errors import SettingsError
from faifo.node.wiring import serving


class Made:
    """An authority of openssl's, and what it has signed."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(exist_ok=True)
        self.folder, self.name, self.ca = folder, name, folder / f"{name}.pem"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                      "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "2",
                      "-subj", f"/CN={name}")  # fmt: skip

    def sign(self, name: str) -> tuple[Path, Path]:
        """Return a new certificate for localhost and its key, at the same two paths each time."""
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", "/CN=localhost",
                      "-addext", "subjectAltName=DNS:localhost")  # fmt: skip
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{self.name}.pem", "-CAkey",
                      f"{self.name}.key", "-out", f"{name}.pem", "-days", "1",
                      "-copy_extensions", "copy")  # fmt: skip
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path / "made", "one")


def client(ca: Path, *shown: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(ca))
    if shown:
        context.load_cert_chain(*shown)
    return context


async def met(port: int, context: ssl.SSLContext) -> int:
    """Shake hands, hear one line, and return the serial number of the certificate there."""
    reader, writer = await asyncio.open_connection("localhost", port, ssl=context)
    try:
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert await reader.readline()
        return int(writer.get_extra_info("peercert")["serialNumber"], 16)
    finally:
        writer.close()


@contextlib.asynccontextmanager
async def listener(tls: TlsFiles) -> AsyncIterator[tuple[Any, int]]:
    context, renewed = of_listener(tls)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 204 None\r\n\r\n")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "localhost", 0, ssl=context)
    async with server:
        yield renewed, server.sockets[0].getsockname()[1]


async def test_a_new_certificate_is_taken_only_with_its_own_key(made: Made) -> None:
    certificate, key = made.sign("node")
    async with listener(TlsFiles(certificate=str(certificate), key=str(key))) as (renewed, port):
        context = client(made.ca)
        first = await met(port, context)
        assert not renewed.renew()
        old = key.read_bytes()
        made.sign("node")
        new = key.read_bytes()
        key.write_bytes(old)
        with pytest.raises(SettingsError, match="the TLS files cannot be used"):
            renewed.renew()
        assert not renewed.renew(), "said once for a change"
        assert await met(port, context) == first
        key.write_bytes(new)
        assert renewed.renew()
        assert await met(port, context) != first
        assert renewed.renew(anyway=True)


async def test_a_caller_shows_a_certificate_of_the_authorities_of_now(
    made: Made, tmp_path: Path
) -> None:
    other = Made(tmp_path / "other", "two")
    believed = tmp_path / "clients.pem"
    believed.write_bytes(made.ca.read_bytes())
    certificate, key = made.sign("node")
    ours = client(made.ca, *made.sign("caller"))
    theirs = client(made.ca, *other.sign("caller"))
    files = TlsFiles(certificate=str(certificate), key=str(key), clients=str(believed))
    async with listener(files) as (renewed, port):
        await met(port, ours)
        for refused in (theirs, client(made.ca)):
            with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
                await met(port, refused)
        believed.write_bytes(other.ca.read_bytes())
        assert renewed.renew()
        await met(port, theirs)
        with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
            await met(port, ours)


def test_files_that_cannot_be_used_are_named(made: Made, tmp_path: Path) -> None:
    certificate, key = made.sign("node")
    with pytest.raises(SettingsError, match=r"the authorities of clients .* cannot be used"):
        of_listener(TlsFiles(certificate=str(certificate), key=str(key), clients=str(key)))
    with pytest.raises(SettingsError, match=r"egress\.ca_file .* cannot be used"):
        of_calls(tmp_path / "none.pem")
    subprocess.run(["openssl", "ec", "-in", key, "-aes256", "-passout", "pass:words", "-out",
                    tmp_path / "sealed.key"], check=True, capture_output=True)  # fmt: skip
    with pytest.raises(SettingsError, match="the TLS files cannot be used"):
        of_calls(None, certificate, tmp_path / "sealed.key")
    assert of_calls(None) is None


async def test_a_whole_flow_where_both_sides_show_who_they_are(
    tmp_path: Path, authority: Any, stranger: Any
) -> None:
    shown = {"tls_certificate": str(authority.certificate), "tls_key": str(authority.key)}
    pair = Pair(tmp_path, authority, **shown)
    tls = TlsFiles(certificate=str(authority.certificate), key=str(authority.key),
                   clients=str(authority.ca))  # fmt: skip
    async with (
        running(pair.write("provider"), tls=tls) as provider,
        running(pair.write("consumer"), tls=tls) as consumer,
    ):
        await _flow(provider, consumer)
    for wrong in ({}, {"tls_certificate": str(stranger.certificate), "tls_key": str(stranger.key)}):
        other = Pair(tmp_path / str(len(wrong)), authority, **wrong)
        async with (
            running(other.write("provider"), tls=tls),
            running(other.write("consumer"), tls=tls) as consumer,
        ):
            answer = await consumer.manage("POST", "/catalog", {"node": "provider"})
            assert (answer.status, answer.json["code"]) == (504, "unreachable")


async def test_files_are_looked_at_and_a_broken_one_stays_out(
    made: Made, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(serving, "LOOK_SECONDS", 0.02)
    caplog.set_level(logging.INFO, "faifo.node")
    certificate, key = made.sign("node")

    async def told(words: str) -> None:
        async with asyncio.timeout(20):
            while words not in caplog.text:
                await asyncio.sleep(0.01)

    async with listener(TlsFiles(certificate=str(certificate), key=str(key))) as (renewed, port):
        looking = asyncio.create_task(serving._renew(lambda: [renewed], asyncio.Event()))
        first = await met(port, client(made.ca))
        good = certificate.read_bytes()
        certificate.write_bytes(b"half")
        await told("TLS goes on with what was read before: the TLS files cannot be used")
        assert await met(port, client(made.ca)) == first
        certificate.write_bytes(good)
        await told("TLS files were read again: node.pem, node.key")
        looking.cancel()


async def test_a_signal_has_a_running_node_read_its_certificate(made: Made, tmp_path: Path) -> None:
    certificate, key = made.sign("node")
    port = free_port()
    folder = write_node(
        tmp_path / "node", port=port, trusted={}, public_url=f"https://localhost:{port}",
        listen={"tls_certificate": str(certificate), "tls_key": str(key)},
        manage={"port": 0}, trust={"did_web_http": False}, egress={"ca_file": str(made.ca)},
    )  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "faifo", "serve", "--dir", str(folder),
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None

    async def heard(words: bytes) -> None:
        assert process.stderr is not None
        async with asyncio.timeout(60):
            while words not in (line := await process.stderr.readline()):
                assert line, "the node has ended"

    try:
        await heard(b"ready: ")
        first = await met(port, client(made.ca))
        made.sign("node")
        process.send_signal(signal.SIGHUP)
        await heard(b"TLS files were read again: node.pem, node.key")
        assert await met(port, client(made.ca)) != first
    finally:
        process.terminate()
        await process.communicate()
    assert process.returncode == 0
