"""Every wrong setting is refused with one exact sentence."""

from __future__ import annotations

import os
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faifo.errors import SettingsError
from faifo.node.settings import Settings, read_settings, template

GOOD = '[node]\npublic_url = "https://node.example.org"\n'


def _read(folder: Path, text: str) -> Settings:
    path = folder / "faifo.toml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path)


def test_the_least_that_is_needed(tmp_path: Path) -> None:
    settings = _read(tmp_path, GOOD)
    assert settings.did == "did:web:node.example.org"
    assert settings.delivery_span == timedelta(hours=24)
    assert settings.decision_span == timedelta(days=7)
    assert settings.token_span == timedelta(minutes=60)
    assert settings.manage.host == "127.0.0.1"
    assert not settings.trust.did_web_http


URL = "an http or https URL without query, such as https://node.example.org"

WRONG = {
    "not TOML": ("node = [", "Invalid value (at end of document); expected TOML"),
    "nothing": (
        "",
        "Object missing required field `node`; expected the settings of docs/reference",
    ),
    "no public URL": (
        "[node]",
        "Object missing required field `public_url` - at `$.node`;"
        " expected the settings of docs/reference",
    ),
    "an unknown section": (
        GOOD + "[nodes]",
        "Object contains unknown field `nodes`; expected the settings of docs/reference",
    ),
    "an unknown name": (
        GOOD + "[listen]\nprot = 1",
        "Object contains unknown field `prot` - at `$.listen`;"
        " expected the settings of docs/reference",
    ),
    "a port over 65535": (
        GOOD + "[listen]\nport = 65536",
        "Expected `int` <= 65535 - at `$.listen.port`; expected the settings of docs/reference",
    ),
    "a port as text": (
        GOOD + '[listen]\nport = "80"',
        "Expected `int`, got `str` - at `$.listen.port`; expected the settings of docs/reference",
    ),
    "tokens for longer than an hour": (
        GOOD + "[protocol]\ntoken_minutes = 61",
        "Expected `int` <= 60 - at `$.protocol.token_minutes`;"
        " expected the settings of docs/reference",
    ),
    "a limit of nothing": (
        GOOD + "[data]\nrequest_bytes = 0",
        "Expected `int` >= 1 - at `$.data.request_bytes`; expected the settings of docs/reference",
    ),
    "one root instead of a list": (
        GOOD + '[publish]\nroots = "/data"',
        "Expected `array`, got `str` - at `$.publish.roots`;"
        " expected the settings of docs/reference",
    ),
    "another scheme": (
        '[node]\npublic_url = "ftp://x.org"',
        f"node.public_url is 'ftp://x.org'; expected {URL}",
    ),
    "a query": (
        '[node]\npublic_url = "https://x.org/?a=1"',
        f"node.public_url is 'https://x.org/?a=1'; expected {URL}",
    ),
    "no host": (
        '[node]\npublic_url = "https:///path"',
        f"node.public_url is 'https:///path'; expected {URL}",
    ),
    "brackets that are no address": (
        '[node]\npublic_url = "https://[x"',
        f"node.public_url is 'https://[x'; expected {URL}",
    ),
    "plain http": (
        '[node]\npublic_url = "http://localhost:8080"',
        "node.public_url is plain http;"
        " expected https, or trust.did_web_http = true for demos on one machine",
    ),
    "a certificate without a key": (
        GOOD + '[listen]\ntls_certificate = "c.pem"',
        "only one of listen.tls_certificate and listen.tls_key is set; expected both or none",
    ),
    "a key without a certificate": (
        GOOD + '[listen]\ntls_key = "k.pem"',
        "only one of listen.tls_certificate and listen.tls_key is set; expected both or none",
    ),
    "a host name for a network": (
        GOOD + '[egress]\nallow = ["10.0.0.0/8", "intranet"]',
        "egress.allow has 'intranet'; expected a network such as 10.2.0.0/16",
    ),
    "a network with bits of a host": (
        GOOD + '[egress]\nallow = ["10.0.0.1/8"]',
        "egress.allow has '10.0.0.1/8'; expected a network such as 10.2.0.0/16",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_setting(tmp_path: Path, case: str) -> None:
    text, sentence = WRONG[case]
    with pytest.raises(SettingsError) as caught:
        _read(tmp_path, text)
    assert str(caught.value) == f"{tmp_path / 'faifo.toml'}: {sentence}"


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]:8080", "192.0.2.7:443"])
def test_an_ip_address_gives_no_did(tmp_path: Path, host: str) -> None:
    with pytest.raises(SettingsError) as caught:
        _read(tmp_path, f'[node]\npublic_url = "https://{host}"')
    sentence = str(caught.value)
    assert sentence.startswith(f"{tmp_path / 'faifo.toml'}: node.public_url gives no DID: ")
    assert sentence.endswith(
        "; expected a host name (did:web forbids IP addresses);"
        " for one machine use http://localhost:PORT"
    )


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(tmp_path / "faifo.toml")
    assert str(caught.value) == (
        f"there is no faifo.toml in {tmp_path}; expected a node's directory;"
        f" make one with: faifo init {tmp_path}"
    )


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "faifo.toml").write_bytes(b"\xff")
    with pytest.raises(SettingsError) as caught:
        read_settings(tmp_path / "faifo.toml")
    assert str(caught.value).endswith("; expected UTF-8 text")


@pytest.mark.parametrize("local", [True, False], ids=["on one machine", "on the internet"])
def test_the_template_is_settings(tmp_path: Path, local: bool) -> None:
    url = "http://localhost:8080" if local else "https://node.example.org"
    text = template(
        name='Chợ "Hội An"', economy="VN", public_url=url, port=8080, root="/d", local=local
    )
    settings = _read(tmp_path, text)
    assert settings.node.name == 'Chợ "Hội An"'
    assert settings.publish.roots == ("/d",)
    assert settings.trust.did_web_http is local
    assert bool(settings.egress.allow) is local
    assert bool(settings.publish.backends) is local


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_name_survives_the_template(name: str) -> None:
    text = template(
        name=name, economy="", public_url="https://a.org", port=1, root=os.sep, local=False
    )
    assert tomllib.loads(text)["node"]["name"] == name
