"""What works on a node that is not running, and what says that it must run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def home(faifo: Any, tmp_path: Path) -> Path:
    assert faifo("init", tmp_path / "n", "--root", tmp_path, "--port", 8099).code == 0
    (tmp_path / "p.csv").write_text("a,b\n1,2\n")
    return tmp_path / "n"


def test_publish_list_show_unpublish(faifo: Any, home: Path, monkeypatch: Any):
    monkeypatch.chdir(home.parent)
    ran = faifo(
        "publish", "p.csv", "--id", "a/b ?", "--until", "2030-12-31", "--purpose", "research",
        "--dir", home,
    )  # fmt: skip
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "Published: p.csv",
        "id      a/b ?",
        "size    8 B",
        "sha256  492d5ea496056f1a6a6592241032fab764c321596317930b4fa0e1e8bc3b7470",
        "terms   until 2030-12-31 23:59:59Z; only for the purpose research",
        "Trusted nodes get it with: faifo get did:web:localhost%3A8099 'a/b ?'",
    ]
    assert "published  a/b ?  8 B  p.csv" in faifo("list", "datasets", "--dir", home).out
    shown = faifo("show", "a/b ?", "--dir", home)
    assert shown.out.startswith("dataset a/b ?\n  title     p.csv\n")
    assert "the dataset was published" in shown.out
    ran = faifo("unpublish", "a/b ?", "--yes", "--dir", home, "--lang", "vi")
    assert (ran.code, ran.out) == (0, "Đã thôi công bố: p.csv\n")
    ran = faifo("unpublish", "a/b ?", "--yes", "--dir", home)
    assert ran.code == 4


def test_all_that_can_be_said_of_a_dataset(faifo: Any, home: Path):
    ran = faifo(
        "publish", "http://127.0.0.1:9/v1", "--id", "api", "--title", "T", "--description", "D",
        "--keyword", "k", "--keyword", "l", "--licence", "CC-BY-4.0", "--recipient",
        "did:web:x.example", "--not-before", "2026-01-01", "--dir", home, "--json",
    )  # fmt: skip
    told = ran.json()
    assert (told["title"], told["description"], told["keywords"]) == ("T", "D", ["k", "l"])
    assert (told["licence"], told["kind"]) == ("CC-BY-4.0", "http")
    assert [one["leftOperand"] for one in told["policy"]["permission"][0]["constraint"]] == [
        "odrl:dateTime", "odrl:recipient",
    ]  # fmt: skip


def test_credentials_outside_the_nodes_directory_are_not_taken(faifo: Any, home: Path):
    (home.parent / "c").write_text("Authorization: Bearer x")
    url = "http://127.0.0.1:9"
    ran = faifo("publish", url, "--credentials", home.parent / "c", "--dir", home)
    assert ran.code == 2
    assert ran.err.startswith(f"faifo: --credentials names {home.parent}/c; expected a file in")
    (home / "c").write_text("Authorization: Bearer x")
    assert faifo("publish", url, "--credentials", "c", "--dir", home).code == 0


@pytest.mark.parametrize(
    "arguments",
    [["get", "x", "y"], ["catalog", "x"], ["call", "x", "y"], ["exchange", "terminate", "x"]],
)
def test_what_needs_a_running_node_says_so(faifo: Any, home: Path, arguments: list[str]):
    ran = faifo(*arguments, "--dir", home)
    assert (ran.code, ran.err) == (
        5,
        f"faifo: the node in {home} is not running; start it with: faifo serve --dir {home}\n",
    )


def test_the_key_is_not_sent_to_whoever_has_a_crashed_nodes_port(
    faifo: Any, answering: Any, home: Path
):
    url = answering(200, {"did": "did:web:evil", "participant": "evil"})
    (home / "running.json").write_text(json.dumps({"process": 1, "manage_url": url}))
    ran = faifo("catalog", "x", "--dir", home)
    assert ran.code == 5
    assert "is not running" in ran.err


def test_trust_is_a_file(faifo: Any, home: Path):
    assert faifo("trust", "list", "--dir", home).out == (
        "Nobody is trusted yet; add a node with: faifo trust add DID\n"
    )
    ran = faifo("trust", "add", "http://localhost:8082", "--name", "Osaka", "--dir", home)
    assert ran.out == ("did:web:localhost%3A8082 is trusted now; it must trust this node, too.\n")
    assert faifo("--dir", home, "trust", "list").out == "did:web:localhost%3A8082  Osaka\n"
    ran = faifo("trust", "add", "did:web:localhost%3A8082", "--dir", home)
    assert (ran.code, ran.err) == (7, "faifo: did:web:localhost%3A8082 is trusted already\n")
    ran = faifo("trust", "add", "did:web:Example.org%3a443", "--dir", home)
    assert ran.out.splitlines()[1] == (
        "DIDs are compared letter by letter: did:web:Example.org%3a443 is another than "
        "did:web:example.org, which a node at that address usually has."
    )
    ran = faifo("trust", "add", "did:web:192.0.2.1", "--dir", home)
    assert ran.code == 2


def test_the_directory_may_come_from_the_environment(faifo: Any, home: Path, monkeypatch: Any):
    monkeypatch.setenv("FAIFO_DIR", str(home))
    assert faifo("list", "transfers").out == "There are none.\n"
    assert faifo("list", "transfers", "--dir", home.parent).code == 2


def test_trust_is_taken_back(faifo: Any, home: Path):
    for port in (8082, 8083):
        faifo("trust", "add", f"http://localhost:{port}", "--name", "Osaka", "--dir", home)
    ran = faifo("trust", "remove", "Osaka", "--dir", home)
    assert (ran.code, ran.err) == (
        2,
        "faifo: 2 participants are called 'Osaka'; expected the DID of one: "
        "did:web:localhost%3A8082, did:web:localhost%3A8083\n",
    )
    ran = faifo("trust", "remove", "did:web:localhost%3A8082", "--dir", home)
    assert ran.out == (
        "did:web:localhost%3A8082 is no longer trusted.\n"
        "Ended: 0 agreements, 0 negotiations, 0 transfers\n"
    )
    assert faifo("trust", "remove", "Osaka", "--dir", home).code == 0
    for name in ("http://localhost:8090", "Bie\u0302\u0309n"):  # as `add` has it, or a Mac
        faifo("trust", "add", "http://localhost:8090", "--name", "Biển", "--dir", home)
        assert "no longer trusted" in faifo("trust", "remove", name, "--dir", home).out
    ran = faifo("trust", "remove", "Osaka", "--dir", home)
    assert (ran.code, ran.err) == (
        4,
        "faifo: no participant in the trust file 'Osaka' here\n",
    )


def test_a_list_that_is_cut_says_so(faifo: Any, home: Path, tmp_path: Path):
    (tmp_path / "many").mkdir()
    for number in range(101):
        (tmp_path / "many" / f"f{number}.csv").write_text("a\n")
    assert faifo("publish", tmp_path / "many", "--dir", home).code == 0
    shown = faifo("list", "datasets", "--dir", home)
    assert shown.err == "There are more than these 100: raise --limit.\n"
    assert len(shown.out.splitlines()) == 100
    assert faifo("list", "datasets", "--limit", 1, "--dir", home).err == ""  # as it was asked
    assert faifo("list", "datasets", "--limit", 101, "--dir", home).err == ""


def test_partners_and_narrowed_lists(faifo: Any, home: Path):
    faifo("trust", "add", "http://localhost:8082", "--name", "Osaka", "--dir", home)
    assert faifo("list", "partners", "--dir", home).out == (
        "did:web:localhost%3A8082  Osaka  -  yes  0  -\n"
    )
    assert faifo("list", "transfers", "--state", "started", "--dir", home).out == (
        "There are none.\n"
    )
    ran = faifo("list", "datasets", "--state", "x", "--dir", home)
    assert (ran.code, ran.err) == (
        2,
        "faifo: datasets cannot be narrowed by --state; see: faifo list --help\n",
    )
