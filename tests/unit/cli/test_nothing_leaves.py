"""Nothing leaves that should not, and nothing is declared, ended or overwritten unasked."""

from __future__ import annotations

import io
import json
import shutil
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from tests.unit.cli.conftest import command, free_port

Faifo = Any


@pytest.fixture
def home(tmp_path: Path, faifo: Faifo) -> Path:
    ran = faifo("init", tmp_path / "home" / "node", "--port", free_port())
    assert ran.code == 0, ran.err
    return tmp_path / "home" / "node"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "tables" / "a.csv"
    path.parent.mkdir()
    path.write_text("a,b\n1,2\n")
    return path


# ── whatever is a node's ─────────────────────────────────────────────────────────────────────────


def _inside(node: Path, _: Path) -> Path:
    return node / "faifo.toml"


def _key(node: Path, _: Path) -> Path:
    return next((node / "keys").iterdir())


def _copied_key(node: Path, folder: Path) -> Path:
    return Path(shutil.copy(_key(node, folder), folder / "harmless.csv"))


def _pem(_: Path, folder: Path) -> Path:
    body = "\n".join("MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg" for _ in range(4))
    path = folder / "tls.txt"
    begin, end = ("-----" + word + " PRIVATE KEY-----" for word in ("BEGIN", "END"))
    path.write_text(f"{begin}\n{body}\n{end}\n")
    return path


def _database(node: Path, folder: Path) -> Path:
    return Path(shutil.copy(node / "faifo.db", folder / "figures.bin"))


def _renamed(_: Path, folder: Path) -> Path:
    path = folder / "manage.key"
    path.write_text("x")
    return path


def _archive(node: Path, folder: Path) -> Path:
    path = folder / "all.tar"
    filler = tarfile.TarInfo("filler")
    filler.size = 3 * 1024 * 1024
    with tarfile.open(path, "w") as archive:
        archive.addfile(filler, io.BytesIO(bytes(filler.size)))
        archive.add(node / "keys", "k")
    return path


def _in_a_backup(node: Path, folder: Path) -> Path:
    shutil.copytree(node, folder / "deep" / "saved")
    path = folder / "deep" / "saved" / "notes" / "a.csv"
    path.parent.mkdir()
    path.write_text("a\n")
    return path


def _by_a_link(node: Path, folder: Path) -> Path:
    path = folder / "link.csv"
    path.symlink_to(node / "trust.toml")
    return path


PRIVATE = [
    _inside, _key, _copied_key, _pem, _database, _renamed, _archive, _in_a_backup, _by_a_link,
]  # fmt: skip


@pytest.mark.parametrize("whose", ["ours", "another's"])
@pytest.mark.parametrize("plant", PRIVATE, ids=lambda one: one.__name__.strip("_"))
def test_what_is_a_nodes_is_never_published(
    faifo: Faifo, home: Path, tmp_path: Path, plant: Any, whose: str
) -> None:
    node = home
    if whose == "another's":
        node = tmp_path / "other" / "node"
        assert faifo("init", node, "--port", free_port()).code == 0
    folder = tmp_path / "folder"
    folder.mkdir()
    ran = faifo("publish", plant(node, folder), "--dir", home)
    assert ran.code == 2, ran.out
    assert "outside" in ran.err
    assert faifo("list", "datasets", "--dir", home, "--json").json() == []
    assert (
        not (home / "shared.toml").exists() or "paths = [\n]" in (home / "shared.toml").read_text()
    )


def test_of_a_tree_the_harmless_files_go_and_the_others_are_named(
    faifo: Faifo, home: Path, table: Path
) -> None:
    shutil.copytree(home, table.parent / "old" / "node")
    _pem(home, table.parent)
    ran = faifo("publish", table.parent, "--dir", home, "--json")
    assert ran.code == 1
    found = faifo("list", "datasets", "--dir", home, "--json").json()
    assert [one["id"] for one in found] == ["tables/a.csv"]


@pytest.mark.parametrize("text", ["-----BEGIN PUBLIC KEY-----\nMIGH\n", "a PRIVATE KEY-----\n"])
def test_what_only_speaks_of_keys_is_published(
    faifo: Faifo, home: Path, table: Path, text: str
) -> None:
    table.write_text(text)
    assert faifo("publish", table, "--dir", home).code == 0


# ── what may be published ────────────────────────────────────────────────────────────────────────


def test_the_owner_adds_exactly_the_file(faifo: Faifo, home: Path, table: Path) -> None:
    beside = table.with_name("b.csv")
    beside.write_text("b\n")
    ran = faifo("publish", table, "--id", "a", "--dir", home)
    assert ran.code == 0
    assert f"Added to what this node may publish: {table}" in ran.err
    again = faifo("publish", table, "--id", "a2", "--dir", home)
    assert (again.code, again.err) == (0, "")
    node = _api(home)
    assert node(table)
    assert not node(beside)
    assert faifo("publish", beside.parent, "--dir", home).code == 0
    assert node(beside)


def test_a_manifest_adds_nothing_from_elsewhere(faifo: Faifo, home: Path, table: Path) -> None:
    manifest = table.with_name("m.csv")
    manifest.write_text(f"location,id\na.csv,one\n{home.parent}/x.csv,two\n")
    (home.parent / "x.csv").write_text("x\n")
    ran = faifo("publish", "--manifest", manifest, "--dir", home)
    assert ran.code == 1
    assert [one["id"] for one in faifo("list", "datasets", "--dir", home, "--json").json()] == [
        "one"
    ]


def _api(home: Path) -> Any:
    """Return what publishes over the API, and tells whether it was let."""
    import asyncio

    from faifo.api.datasets import Publication
    from faifo.client import Client
    from faifo.client.transport import AsgiTransport
    from faifo.errors import SettingsError
    from faifo.node.wiring import open_node

    async def call(path: Path) -> bool:
        key = (home / "manage.key").read_text().strip()
        async with (
            open_node(home) as node,
            Client(AsgiTransport(node.manage_app), key) as client,
        ):
            try:
                await client.publish(Publication(location=str(path)))
            except SettingsError:
                return False
            return True

    return lambda path: asyncio.run(call(path))


# ── what ends is said, and asked about ───────────────────────────────────────────────────────────


@pytest.fixture
def agreed(pair: Any, faifo: Faifo, tmp_path: Path) -> tuple[Any, str]:
    """A dataset with an agreement about it; gives the provider and the dataset's id."""
    provider, consumer = pair
    source = provider.directory.parent / f"{tmp_path.name}.csv"
    source.write_text("a,b\n")
    name = tmp_path.name
    there = ("--dir", provider.directory)
    assert faifo("publish", source, "--id", name, "--purpose", "research", *there).code == 0
    ran = faifo(
        "get", "provider", name, "--purpose", "research", "-o", tmp_path / "x",
        "--dir", consumer.directory,
    )  # fmt: skip
    assert ran.code == 0, ran.err
    return provider, name


def _terminal(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    stdin = io.StringIO(answer + "\n")
    monkeypatch.setattr(stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stdin", stdin)


def test_unpublish_says_what_ends_and_asks(
    agreed: Any, faifo: Faifo, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider, name = agreed
    there = ("--dir", provider.directory)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    ran = faifo("unpublish", name, *there)
    assert ran.code == 2
    assert "ends:    agreement urn:uuid:" in ran.err
    assert "--yes" in ran.err
    told = json.loads(faifo("unpublish", name, *there, "--json").err)
    assert told["error"]["code"] == "usage"
    _terminal(monkeypatch, "n")
    assert faifo("unpublish", name, *there).code == 130
    shown = faifo("list", "datasets", *there, "--json").json()
    assert [one["withdrawn"] for one in shown if one["id"] == name] == [None]
    _terminal(monkeypatch, "y")
    assert faifo("unpublish", name, *there).code == 0


def test_a_new_version_says_what_goes_on_and_asks(
    agreed: Any, faifo: Faifo, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider, name = agreed
    source = provider.directory.parent / f"{name}.csv"
    replace = ("publish", source, "--id", name, "--replace", "--dir", provider.directory)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    wider = faifo(*replace)
    assert wider.code == 2
    assert "goes on: agreement urn:uuid:" in wider.err
    narrower = faifo(*replace, "--purpose", "teaching")
    assert narrower.code == 2
    assert "ends:    agreement urn:uuid:" in narrower.err
    ran = faifo(*replace, "--yes")
    assert ran.code == 0
    assert "goes on: agreement urn:uuid:" in ran.err


# ── what nobody declares for anybody, and what is not overwritten ────────────────────────────────


def test_a_purpose_is_asked_for(
    agreed: Any, pair: Any, faifo: Faifo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, name = agreed
    get = ("get", "provider", name, "-o", tmp_path / "y", "--dir", pair[1].directory)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    ran = faifo(*get)
    assert ran.code == 3
    assert "research" in ran.err
    assert "--purpose" in ran.err
    assert not (tmp_path / "y").exists()
    _terminal(monkeypatch, "research")
    ran = faifo(*get)
    assert ran.code == 0, ran.err
    assert "What are the data for?" in ran.err


def test_a_file_that_is_there_stays_and_nothing_is_negotiated(
    agreed: Any, pair: Any, faifo: Faifo, tmp_path: Path
) -> None:
    _, name = agreed
    here = ("--dir", pair[1].directory)
    target = tmp_path / "mine"
    target.write_text("mine")
    get = ("get", "provider", name, "--purpose", "research", "-o", target, *here)
    before = len(faifo("list", "transfers", "--limit", 1000, *here, "--json").json())
    ran = faifo(*get)
    assert ran.code == 7
    assert "--overwrite" in ran.err
    assert target.read_text() == "mine"
    assert len(faifo("list", "transfers", "--limit", 1000, *here, "--json").json()) == before
    assert faifo(*get, "--overwrite").code == 0
    assert target.read_text() == "a,b\n"


# ── where it listens ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("url", ["", "https://node.example.org"])
def test_a_new_node_listens_on_loopback(faifo: Faifo, tmp_path: Path, url: str) -> None:
    from faifo.node.settings.model import exposed, read_settings

    more = ("--public-url", url) if url else ()
    assert faifo("init", tmp_path / "n", *more).code == 0
    settings = read_settings(tmp_path / "n" / "faifo.toml")
    assert settings.listen.host == "127.0.0.1"
    assert exposed(settings) == ""


def test_plain_http_for_others_is_said(home: Path) -> None:
    settings = home / "faifo.toml"
    settings.write_text(settings.read_text().replace('"127.0.0.1"\nport', '"0.0.0.0"\nport'))
    ran = command("doctor", "--dir", home, "--json")
    found = {one["check"]: one for one in json.loads(ran.out)}
    assert "plain HTTP on 0.0.0.0" in found["plain-http"]["text"]
