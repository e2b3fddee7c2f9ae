"""The files in deploy/: nginx with the real nginx, the unit with systemd's own checks."""

from __future__ import annotations

import hashlib
import os
import random
import re
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from portable import free_port, needs
from terminal import Lines, Terminal, merge_settings, steps

from balancing import NGINX

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CERTIFICATE = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
    "-subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout tls.key -out tls.pem"
)


class Site:
    """A node behind nginx: its name, its port inside, and its port outside."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.inside = free_port()
        self.outside = free_port()
        self.url = f"https://localhost:{self.outside}"
        self.did = f"did:web:localhost%3A{self.outside}"


def _site_settings(terminal: Terminal, site: Site) -> None:
    """Make the node as the how-to says, and let it call its neighbours on this machine."""
    terminal.run(
        f"faifo init {site.name} --public-url {site.url} --port {site.inside}", fails=False
    )
    (lines,) = [
        step for step in steps(ROOT / "docs/howto/behind-nginx.md") if isinstance(step, Lines)
    ]
    text = lines.text.replace("https://node.example.org", site.url)
    path = terminal.folder / site.name / "faifo.toml"
    merge_settings(path, text.replace("8080", str(site.inside)))
    more = f'[egress]\nca_file = "{terminal.folder}/tls.pem"\nallow = ["127.0.0.0/8", "::1/128"]\n'
    merge_settings(path, more)


def _nginx_settings(folder: Path, site: Site) -> None:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    for word, other in {
        "upstream faifo": f"upstream {site.name}",
        "http://faifo": f"http://{site.name}",
        "127.0.0.1:8080": f"127.0.0.1:{site.inside}",
        "listen 443 ssl": f"listen 127.0.0.1:{site.outside} ssl",
        "server_name node.example.org": "server_name localhost",
        "/etc/nginx/tls/node.": f"{folder}/tls.",
    }.items():
        assert word in text
        text = text.replace(word, other)
    (folder / "conf.d" / f"{site.name}.conf").write_text(text)


@pytest.fixture
def sites(terminal: Terminal) -> Iterator[tuple[Site, Site]]:
    """A provider and a consumer behind one nginx, which trust each other and are up."""
    nginx = needs("nginx")
    needs("openssl")
    folder = terminal.folder
    terminal.run(CERTIFICATE, fails=False)
    both = Site("provider"), Site("consumer")
    (folder / "conf.d").mkdir()
    sites = f"    include {folder}/conf.d/*.conf;"
    (folder / "nginx.conf").write_text(NGINX.format(user="", folder=folder, conf=sites))
    for site, other in (both, both[::-1]):
        _site_settings(terminal, site)
        _nginx_settings(folder, site)
        terminal.run(
            f"faifo trust add {other.did} --name {other.name} --dir {site.name}", fails=False
        )
    process = subprocess.Popen([nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        for site in both:
            terminal.run(f"faifo serve --dir {site.name} 2> {site.name}.log &", fails=False)
            _until_up(terminal, site, process)
        yield both
    finally:
        process.terminate()
        process.wait(10)


def _ask(terminal: Terminal, url: str, **request: Any) -> tuple[int, bytes]:
    """Return the status and the body of one request, as anybody outside makes it."""
    context = ssl.create_default_context(cafile=str(terminal.folder / "tls.pem"))
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, **request), context=context, timeout=30
        ) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def _until_up(terminal: Terminal, site: Site, nginx: subprocess.Popen[bytes]) -> None:
    why = ""
    for _ in range(300):
        assert nginx.poll() is None, (terminal.folder / "nginx.error").read_text()
        try:
            status, _body = _ask(terminal, f"{site.url}/.well-known/did.json")
        except OSError as error:
            why = str(error)
        else:
            if status == 200:
                return
            why = str(status)
        time.sleep(0.1)  # neither process tells that the other is reached
    raise AssertionError(why)


def test_two_nodes_share_a_file_through_nginx(terminal: Terminal, sites: tuple[Site, Site]) -> None:
    content = random.Random(7).randbytes(5_000_000)
    (terminal.folder / "big.bin").write_bytes(content)
    name = "'CD123:ACN0101/4 5%6'"
    terminal.run(f"faifo publish big.bin --id {name} --dir provider", fails=False)
    said = terminal.run(f"faifo get provider {name} -o got.bin --dir consumer", fails=False)
    assert hashlib.sha256(content).hexdigest() in said[0]
    assert (terminal.folder / "got.bin").read_bytes() == content
    part = f"faifo call provider {name} -H 'Range: bytes=100-199' --dir consumer > part.bin"
    terminal.run(part, fails=False)
    assert (terminal.folder / "part.bin").read_bytes() == content[100:200]
    log = (terminal.folder / "nginx.log").read_text()
    assert '" 200 5000000 ' in log
    assert '" 206 100 ' in log
    assert list((terminal.folder / "proxy").rglob("*")) == []


def test_only_the_public_face_is_behind_nginx(terminal: Terminal, sites: tuple[Site, Site]) -> None:
    provider, _ = sites
    key = (terminal.folder / "provider" / "manage.key").read_text().strip()
    manage = f"{provider.url}/manage/v1/node"
    assert _ask(terminal, manage, headers={"Authorization": f"Bearer {key}"})[0] == 404
    assert _ask(terminal, f"{provider.url}/dsp/2025-1/catalog/request", data=b"{}")[0] == 401
    assert _ask(terminal, f"{provider.url}/data/x", data=bytes(17_000_000))[0] == 413
    assert _ask(terminal, f"{provider.url}/.well-known/dspace-version") == (
        200,
        b'{"protocolVersions":[{"version":"2025-1","path":"/dsp/2025-1","binding":"HTTPS",'
        b'"identifierType":"did:web","extensions":["urn:faifo:agreement-notice:1","urn:faifo:agreement-notice:2"]}]}',
    )


def test_the_page_shows_the_file() -> None:
    page = (ROOT / "docs" / "howto" / "behind-nginx.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```nginx\n(.*?)^```$", page, re.M | re.S)
    assert shown == (DEPLOY / "nginx.conf").read_text(encoding="utf-8")


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    analyze = needs("systemd-analyze", in_ci=False)
    faifo = Path(sys.executable).with_name("faifo")
    text = (DEPLOY / "faifo.service").read_text(encoding="utf-8")
    assert text.count("/opt/faifo/.venv/bin/faifo") == 1
    unit = tmp_path / "faifo.service"
    unit.write_text(text.replace("/opt/faifo/.venv/bin/faifo", str(faifo)))
    done = subprocess.run(
        [analyze, "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    # A wrong name in it is told, so that silence means something.
    unit.write_text(unit.read_text().replace("RestrictRealtime=", "RestrictRealTime="))
    done = subprocess.run(
        [analyze, "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert "RestrictRealTime" in done.stderr


def test_systemd_finds_the_unit_hardened() -> None:
    analyze = needs("systemd-analyze", in_ci=False)
    done = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=20", str(DEPLOY / "faifo.service")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SYSTEMD_COLORS": "0"},
    )
    found = re.search(r"Overall exposure level for faifo.service: ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= 2.0
    page = (ROOT / "docs" / "howto" / "run-as-a-service.md").read_text(encoding="utf-8")
    assert "--offline=true" in page
