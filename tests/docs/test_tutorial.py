"""The tutorials, followed as a new user follows them: every command, every line that is shown."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from portable import needs
from terminal import Command, Lines, Terminal, merge_settings, steps

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial"


def test_two_organisations(terminal: Terminal) -> None:
    terminal.other_ports(8081, 8082, 8083)
    assert terminal.follow(TUTORIAL / "two-organisations.md") >= 20
    folder = terminal.folder / "faifo-tutorial"
    assert (folder / "received.csv").read_bytes() == (folder / "rice.csv").read_bytes()
    assert not (folder / "other.csv").exists()
    for log in ("thu-bon.log", "puerto-claro.log"):
        assert "Traceback" not in (folder / log).read_text()


@pytest.mark.parametrize("name", ["tutorial/two-organisations", "howto/an-officers-day"])
def test_what_is_typed_is_the_same_in_vietnamese(name: str) -> None:
    english, vietnamese = (TUTORIAL.parent / f"{name}{ending}" for ending in (".md", ".vi.md"))
    assert steps(vietnamese) == steps(english)
    blocks = [
        re.findall(r"```sh\n(.*?)```", one.read_text(), re.S) for one in (english, vietnamese)
    ]
    assert blocks[0] == blocks[1] != []


def test_two_machines(terminal: Terminal) -> None:
    needs("openssl")
    terminal.other_ports(8443, 9443)
    terminal.instead(
        **{
            "rice.example.org": "localhost",
            "traders.example.org": "localhost",
            "192.168.1.0/24": "127.0.0.0/8",
            "/home/you": str(terminal.folder),
        }
    )
    assert terminal.follow(TUTORIAL / "two-machines.md") >= 15
    folder = terminal.folder / "faifo-machines"
    assert (folder / "received.csv").read_bytes() == (folder / "rice.csv").read_bytes()
    assert stat.S_IMODE((folder / "thu-bon" / "tls.key").stat().st_mode) == 0o600


def test_what_is_shown_is_really_compared(terminal: Terminal) -> None:
    terminal.type(Command("echo 2026-11-22 17:12:47Z  one two", ["2025-01-01 00:00:00Z one …"]))
    for wrong in (["one"], ["…", "three"], ["one two", "three"]):
        with pytest.raises(AssertionError, match=r"\$ echo one two"):
            terminal.type(Command("echo one two", wrong))
    with pytest.raises(AssertionError, match=r"\(exit code 1\)"):
        terminal.type(Command("false", []))
    with pytest.raises(AssertionError, match=r"\(exit code 0\)"):
        terminal.type(Command("echo faifo: fine", ["faifo: fine"]))


def test_a_name_that_was_learnt_stands_for_the_real_one(terminal: Terminal) -> None:
    ours, theirs = (f"urn:uuid:00000000-0000-0000-0000-{n:012}" for n in (1, 2))
    terminal.type(Command(f"echo id {theirs}", [f"id {ours}"]))
    assert terminal.type(Command(f"echo {ours}", [ours])) == [theirs]
    with pytest.raises(AssertionError):
        terminal.type(Command("echo urn:uuid:00000000-0000-0000-0000-000000000003", [ours]))


def test_the_steps_of_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "a\n```console\n$ one \\\n> more\nsaid\n\n$ two\n```\n```sh\nnot this\n```\n"
        "<!-- settings: a/faifo.toml -->\n```toml\n[listen]\nport = 1\n```\n"
    )
    assert steps(page) == [
        Command("one more", ["said"]),
        Command("two", []),
        Lines("a/faifo.toml", "[listen]\nport = 1\n"),
    ]


def test_settings_go_into_the_tables_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "faifo.toml"
    path.write_text("[a]\nx = 1\n\n[b]\ny = 2\n")
    merge_settings(path, "[a]\nz = 3\n\n[b]\ny = 5\n\n[c]\nw = 4\n")
    assert path.read_text() == "[a]\nz = 3\nx = 1\n\n[b]\ny = 5\n\n[c]\nw = 4\n"
