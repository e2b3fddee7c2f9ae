from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from faifo.node.settings.model import read_settings


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_node_asks_nothing_and_keeps_its_secrets(faifo: Any, tmp_path: Path):
    ran = faifo("init", tmp_path / "n", "--name", "Rice", "--economy", "vn", "--port", 8099)
    assert ran.code == 0
    assert "DID: did:web:localhost%3A8099" in ran.out
    settings = read_settings(tmp_path / "n" / "faifo.toml")
    assert (settings.node.name, settings.listen.port) == ("Rice", 8099)
    assert settings.node.economy == "VN"
    assert settings.publish.roots == ()
    assert mode(tmp_path / "n") == 0o700
    for secret in ("manage.key", "keys/token-1.json", "faifo.db", "trust.toml"):
        assert mode(tmp_path / "n" / secret) == 0o600


def test_a_public_node(faifo: Any, tmp_path: Path):
    url = "https://Node.Example.org:443/faifo"
    ran = faifo("init", tmp_path / "n", "--public-url", url, "--json")
    assert ran.json()["did"] == "did:web:node.example.org:faifo"
    settings = read_settings(tmp_path / "n" / "faifo.toml")
    assert settings.did == "did:web:node.example.org:faifo"
    assert settings.trust.did_web_http is False


def test_a_node_may_have_a_name_in_letters_of_its_own(faifo: Any, tmp_path: Path):
    ran = faifo("init", tmp_path / "n", "--public-url", "https://gạo-việt.vn", "--json")
    assert ran.json()["did"] == "did:web:xn--go-vit-wc8b7l.vn"
    settings = read_settings(tmp_path / "n" / "faifo.toml")
    assert settings.node.public_url == "https://xn--go-vit-wc8b7l.vn"


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        (
            "https://192.0.2.1",
            "--public-url is 'https://192.0.2.1'; expected a URL with a host name, such as "
            "https://node.example.org (did:web knows no IP addresses)",
        ),
        (
            "http://node.example.org",
            "--public-url is 'http://node.example.org', plain http; expected https, or "
            "http://localhost:PORT for nodes on one machine",
        ),
    ],
)
def test_a_url_that_cannot_be_leaves_nothing_behind(
    faifo: Any, tmp_path: Path, url: str, sentence: str
):
    ran = faifo("init", tmp_path / "n", "--public-url", url)
    assert (ran.code, ran.err) == (2, f"faifo: {sentence}\n")
    assert list(tmp_path.iterdir()) == []


def test_a_directory_with_something_in_it_is_left_alone(faifo: Any, tmp_path: Path):
    (tmp_path / "mine").write_text("x")
    ran = faifo("init", tmp_path)
    assert (ran.code, ran.err) == (
        7,
        f"faifo: {tmp_path} is not empty; name another directory\n",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
