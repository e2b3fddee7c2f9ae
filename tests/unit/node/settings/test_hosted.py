"""What of a participant's settings counts is its own, and what is the installation's."""

from __future__ import annotations

from pathlib import Path

import pytest

from faifo.errors import SettingsError
from faifo.node.settings.hosted import installation_of, template
from faifo.node.settings.model import HOSTED, BoundSettings, LogSettings, read_settings

INSTALLATION = """
[node]
public_url = "https://assoc.example"
[listen]
host = "0.0.0.0"
port = 443
tls_certificate = "tls/cert.pem"
tls_key = "/etc/key.pem"
tls_client_ca = "tls/clients.pem"
trusted_proxies = ["10.0.0.0/8"]
[console]
host = "127.0.0.1"
public_url = "https://console.assoc.example"
[log]
file = "faifo.log"
[telemetry]
endpoint = "http://127.0.0.1:4318"
[bounds]
datasets = 7
storage_bytes = 1000
"""
OWN = """
[node]
public_url = "https://assoc.example/acme"
[listen]
port = 1
[manage]
host = "0.0.0.0"
[log]
file = "/elsewhere"
[protocol]
page_size = 9
[bounds]
datasets = 8
"""


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    path = tmp_path / "assoc" / "participants" / "acme"
    path.mkdir(parents=True)
    (tmp_path / "assoc" / "faifo.toml").write_text(INSTALLATION)
    (path / "faifo.toml").write_text(OWN)
    return path


def test_where_it_listens_and_what_is_logged_is_the_installations(acme: Path) -> None:
    assert installation_of(acme) == acme.parents[1]
    found = read_settings(acme / "faifo.toml", {})
    assert (found.did, found.protocol.page_size) == ("did:web:assoc.example:acme", 9)
    assert (found.listen.port, found.listen.trusted_proxies) == (443, ("10.0.0.0/8",))
    assert found.listen.tls_certificate == str(acme.parents[1] / "tls" / "cert.pem")
    assert found.listen.tls_key == "/etc/key.pem"
    assert found.listen.tls_client_ca == str(acme.parents[1] / "tls" / "clients.pem")
    assert found.manage.host == "127.0.0.1"
    assert (found.console.host, found.console.public_url) == ("127.0.0.1", "")
    assert found.log == LogSettings()
    assert found.telemetry.endpoint == ""


def test_bounds_are_its_own_or_the_installations_or_the_default(acme: Path) -> None:
    found = read_settings(acme / "faifo.toml", {}).bounds
    assert found == BoundSettings(
        datasets=8,
        storage_bytes=1000,
        requests_per_second=HOSTED.requests_per_second,
        requests_at_once=HOSTED.requests_at_once,
    )


def test_the_environment_is_about_the_installation_alone(acme: Path) -> None:
    environ = {
        "FAIFO_NODE_PUBLIC_URL": "https://other.example",
        "FAIFO_LISTEN_PORT": "8443",
        "FAIFO_PROTOCOL_PAGE_SIZE": "3",
    }
    found = read_settings(acme / "faifo.toml", environ)
    assert found.node.public_url == "https://assoc.example/acme"
    assert (found.listen.port, found.protocol.page_size) == (8443, 9)


def test_a_wrong_setting_of_the_installation_is_named_with_its_file(acme: Path) -> None:
    (acme.parents[1] / "faifo.toml").write_text(INSTALLATION + "[bonds]\n")
    with pytest.raises(SettingsError) as caught:
        read_settings(acme / "faifo.toml", {})
    assert str(acme.parents[1] / "faifo.toml") in str(caught.value)


@pytest.mark.parametrize("url", ["http://console.example/acme", "console.example"])
def test_a_console_that_is_not_by_https_is_refused(acme: Path, url: str) -> None:
    (acme / "faifo.toml").write_text(f'{OWN}[console]\npublic_url = "{url}"\n')
    with pytest.raises(SettingsError):
        read_settings(acme / "faifo.toml", {})


def test_a_folder_of_that_name_alone_is_no_installation(tmp_path: Path) -> None:
    (tmp_path / "participants" / "acme").mkdir(parents=True)
    assert installation_of(tmp_path / "participants" / "acme") is None


def test_a_new_ones_settings_can_be_read_and_say_what_the_installation_does(acme: Path) -> None:
    (acme.parents[1] / "faifo.toml").write_text(
        '[node]\npublic_url = "http://localhost:8080"\n[trust]\ndid_web_http = true\n'
        'mode = "credentials"\n[egress]\nallow = ["127.0.0.0/8"]\nuse_proxy = true\n'
        'ca_file = "ca.pem"\ntls_certificate = "c.pem"\ntls_key = "/etc/key.pem"\n'
        '[store]\nurl = "postgresql://u@h/d"\npassword_file = "db.secret"\n'
    )
    host = read_settings(acme.parents[1] / "faifo.toml", {})
    text = template(
        name='A "b"',
        economy="VN",
        public_url="http://localhost:8080/acme",
        installation=host,
        folder=acme.parents[1],
    )
    (acme / "faifo.toml").write_text(text)
    found = read_settings(acme / "faifo.toml", {})
    assert found.node.name == 'A "b"'
    assert (found.trust, found.store.url) == (host.trust, host.store.url)
    assert (found.egress.allow, found.egress.use_proxy) == (host.egress.allow, True)
    # The files are where the installation has them.
    above = acme.parents[1]
    assert (found.egress.ca_file, found.store.password_file) == (
        str(above / "ca.pem"),
        str(above / "db.secret"),
    )
    assert (found.egress.tls_certificate, found.egress.tls_key) == (
        str(above / "c.pem"),
        "/etc/key.pem",
    )
