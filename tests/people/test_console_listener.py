"""The console's own listener: TLS, one name, secure cookies; and settings that would be unsafe."""

from __future__ import annotations

import json
import ssl
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from bank import PASSPHRASE
from tests.conftest import free_port

from faifo.errors import SettingsError
from faifo.node.settings.model import read_settings

sys.path.append(str(Path(__file__).parents[1] / "tls"))

from authority import Authority

SECURE = 'public_url = "https://localhost:{port}"\n'


async def test_officers_elsewhere_come_by_tls_and_one_name(make_node: Any, tmp_path: Path) -> None:
    node, port = make_node("Thu Bồn"), free_port()
    authority = Authority(tmp_path, "the console's")
    with (node.path / "faifo.toml").open("a") as settings:
        settings.write(
            f'\n[console]\nhost = "127.0.0.1"\nport = {port}\n{SECURE.format(port=port)}'
            f'tls_certificate = "{authority.certificate}"\ntls_key = "{authority.key}"\n'
        )
    await node.start()
    person = {"name": "An", "role": "auditor", "passphrase": PASSPHRASE}
    await node.call("POST", "/people", person)
    root = f"https://localhost:{port}"
    context = ssl.create_default_context(cafile=str(authority.ca))
    jar = aiohttp.CookieJar(unsafe=True)
    connector = aiohttp.TCPConnector(ssl=context)
    async with aiohttp.ClientSession(cookie_jar=jar, connector=connector) as session:
        form = {"person": "An", "passphrase": PASSPHRASE}
        away = {"Origin": f"http://127.0.0.1:{port}"}
        async with session.post(f"{root}/console/login", data=form, headers=away) as answer:
            assert answer.status == 403
        home = {"Origin": root}
        options: dict[str, Any] = {"headers": home, "allow_redirects": False}
        async with session.post(f"{root}/console/login", data=form, **options) as answer:
            assert answer.status == 303
            cookie = answer.headers["Set-Cookie"]
            assert {"HttpOnly", "Secure", "SameSite=strict"} <= set(cookie.split("; "))
        async with session.get(f"{root}/console?as=json") as answer:
            assert json.loads(await answer.text())["getToday"]
        for path in ("/manage/v1/node", "/metrics", "/health/ready"):
            async with session.get(f"{root}{path}") as answer:
                assert answer.status == 404
        for host in (f"127.0.0.1:{port}", "attacker.example", "localhost"):
            async with session.get(f"{root}/console", headers={"Host": host}) as answer:
                assert answer.status == 421


@pytest.mark.parametrize(
    ("host", "url", "place"),
    [
        ("0.0.0.0", "https://console.example", "console.host"),
        ("127.0.0.1", "http://console.example", "console.public_url"),
        ("127.0.0.1", "https://console.example/path", "console.public_url"),
        ("127.0.0.1", "", "console.public_url"),
    ],
)
def test_an_unsafe_console_is_refused(tmp_path: Path, host: str, url: str, place: str) -> None:
    path = tmp_path / "faifo.toml"
    path.write_text(
        '[node]\npublic_url = "https://node.example"\n'
        f'[console]\nhost = "{host}"\npublic_url = "{url}"\n'
    )
    with pytest.raises(SettingsError) as caught:
        read_settings(path, {})
    assert place in str(caught.value)
