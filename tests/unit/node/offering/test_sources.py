from __future__ import annotations

from pathlib import Path

import pytest

from faifo.errors import SettingsError
from faifo.node.offering.sources import read_credentials


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"no colon", b": no name", b"two words: x", b"X: a\0b", b"\xff: x"]
)
def test_a_file_that_holds_no_headers_is_refused_and_not_told(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "backend").write_bytes(content)
    with pytest.raises(SettingsError) as refused:
        read_credentials(tmp_path, "backend")
    assert str(refused.value) == (
        f"the credentials file {tmp_path}/backend cannot be read; "
        "expected one header a line, such as Authorization: Bearer …"
    )


def test_a_credentials_file_elsewhere_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "node").mkdir()
    (tmp_path / "backend").write_text("X: y")
    (tmp_path / "node" / "link").symlink_to(tmp_path / "backend")
    for name in ("../backend", str(tmp_path / "backend"), "link"):
        with pytest.raises(SettingsError, match="is not in the node's directory"):
            read_credentials(tmp_path / "node", name)
    assert read_credentials(tmp_path / "node", None) == {}


@pytest.mark.parametrize("folder", ["uploads", "inbox"])
def test_what_others_brought_is_no_credentials_file(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder / "x").mkdir(parents=True)
    (tmp_path / folder / "x" / "a.txt").write_text("database: sqlite:/another/node/faifo.db\n")
    for name in (f"{folder}/x/a.txt", f"./{folder}/x/../x/a.txt"):
        with pytest.raises(SettingsError, match="is not in the node's directory"):
            read_credentials(tmp_path, name)
