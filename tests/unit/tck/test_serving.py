from __future__ import annotations

from pathlib import Path

from faifo.node.settings.model import read_settings
from tck.node.serving import make_directory


def test_the_directory_is_a_nodes_and_made_once(tmp_path: Path) -> None:
    node, file = make_directory(tmp_path, port=18_081)
    settings = read_settings(node / "faifo.toml")
    assert settings.did == "did:web:localhost%3A18081"
    assert settings.egress.timeout_seconds == 5
    assert file.is_file()
    key = (node / "manage.key").read_bytes()
    assert make_directory(tmp_path, port=18_081) == (node, file)
    assert (node / "manage.key").read_bytes() == key
