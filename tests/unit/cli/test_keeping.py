"""Keys, backups, settings and logs: what an administrator does with a node's files."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from faifo.cli.verbs.node.logs import following
from faifo.node.custody import backups
from faifo.node.receipts import restoring
from faifo.node.watching.log_file import tail


@pytest.fixture
def home(faifo: Any, tmp_path: Path) -> Path:
    assert faifo("init", tmp_path / "n", "--port", 8099, "--root", tmp_path).code == 0
    return tmp_path / "n"


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_key_signs_and_the_old_one_stays_for_a_while(faifo: Any, home: Path):
    ran = faifo("node", "keys", "rotate", "--overlap-hours", 2, "--dir", home)
    assert ran.code == 0
    assert ran.out.startswith("The new key is token-2; the old one stays published until 20")
    lines = faifo("node", "keys", "list", "--dir", home).out.splitlines()
    lines = [line for line in lines if line.startswith("token")]
    assert [line.split()[0] for line in lines] == ["token-2", "token-1"]
    assert lines[0].endswith("Z  signs")
    assert "still published until" in lines[1]
    faifo("node", "keys", "rotate", "--overlap-hours", 0, "--dir", home)
    found = faifo("node", "keys", "list", "--json", "--dir", home).json()
    assert [(one["id"], one["state"]) for one in found if one["id"].startswith("token")] == [
        ("token-3", "signing"),
        ("token-2", "retired"),
        ("token-1", "retired"),
    ]
    assert "private" not in str(found)


def test_there_are_no_receipts_of_what_is_not_there(faifo: Any, home: Path):
    ran = faifo("receipts", "nope", "--dir", home)
    assert ran.code == 4
    assert ran.err == "faifo: no negotiation, transfer, agreement or dataset 'nope' here\n"


# ── backup ───────────────────────────────────────────────────────────────────────────────────────


def test_a_backup_is_a_node(faifo: Any, home: Path, tmp_path: Path):
    (tmp_path / "a.csv").write_text("a\n")
    assert faifo("publish", tmp_path / "a.csv", "--id", "a", "--dir", home).code == 0
    (home / "faifo.log").write_text("no\n")
    target = tmp_path / "copy"
    ran = faifo("backup", target, "--dir", home)
    assert ran.code == 0
    assert ran.out.splitlines()[1] == (
        f"To restore: stop the node, move {home} away, run `faifo restore {target} --dir {home}`,"
        " and start it."
    )
    files = sorted(path.relative_to(target).as_posix() for path in target.rglob("*.*"))
    purposes = ("agreement", "log", "presentation", "token", "witness")
    keys = [f"keys/{one}-1.json" for one in purposes]
    assert files == ["faifo.db", "faifo.toml", *keys, "manage.key", "trust.toml"]
    for path in target.rglob("*"):
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted
    assert (
        faifo("list", "datasets", "--dir", target).out
        == faifo("list", "datasets", "--dir", home).out
    )


def test_a_backup_of_an_installation_has_its_participants_each_with_its_own_log(
    faifo: Any, home: Path, tmp_path: Path
):
    (tmp_path / "a.csv").write_text("a\n")
    names = ("acme", "beta")
    for name in names:
        assert faifo("participant", "add", name, "--dir", home).code == 0
        chosen = ("--dir", home, "--participant", name)
        assert faifo("publish", tmp_path / "a.csv", "--id", name, *chosen).code == 0
    assert faifo("backup", tmp_path / "all" / "copy", "--dir", home).code == 8
    (tmp_path / "all").mkdir()
    assert faifo("backup", tmp_path / "all" / "copy", "--dir", home).code == 0
    assert faifo("restore", tmp_path / "all" / "copy", "--dir", tmp_path / "again").code == 0
    for name in names:
        chosen = ("--dir", tmp_path / "again", "--participant", name)
        assert name in faifo("list", "datasets", *chosen).out
        again = tmp_path / "again" / "participants" / name
        assert (again / "keys" / "log-2.json").exists()
        noted = (home / "participants" / name / "copies.jsonl").read_text()
        assert f'"target":"{tmp_path}/all/copy/participants/{name}"' in noted
    one = tmp_path / "all" / "one"
    assert faifo("backup", one, "--dir", home, "--participant", "acme").code == 0
    assert not (one / "participants").exists()


def test_no_participant_is_added_under_the_did_of_another(faifo: Any, home: Path):
    broken = home / "participants" / "broken" / "faifo.toml"
    broken.parent.mkdir(parents=True)
    broken.write_text("[")
    assert faifo("participant", "add", "acme", "--dir", home).code == 0
    for url in ("http://localhost:8099/acme/", "http://localhost:8099"):
        ran = faifo("participant", "add", "beta", "--public-url", url, "--dir", home)
        assert (ran.code, "is the address of another participant" in ran.err) == (7, True)
    assert not (home / "participants" / "beta").exists()


def test_a_backup_under_way_is_the_state_between_two_transactions(
    faifo: Any, home: Path, tmp_path: Path
):
    with closing(sqlite3.connect(home / "faifo.db", isolation_level=None)) as writer:
        writer.execute("CREATE TABLE marks (n)")
        writer.execute("INSERT INTO marks VALUES (1)")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO marks VALUES (2)")
        assert faifo("backup", tmp_path / "copy", "--dir", home).code == 0
        writer.execute("COMMIT")
    with closing(sqlite3.connect(tmp_path / "copy" / "faifo.db")) as copy:
        assert copy.execute("SELECT n FROM marks").fetchall() == [(1,)]


def test_a_backup_has_every_file_that_is_no_log_and_is_still_there(
    faifo: Any, home: Path, tmp_path: Path, monkeypatch: Any
):
    (home / "backend.login").write_text("X-Key: secret\n")
    (home / "faifo.log.1").write_text("no\n")
    (home / "uploads").mkdir()
    (home / "uploads" / "gone.part").write_text("half")
    listed = backups._files

    def then_renamed(directory: Any) -> Any:
        found = list(listed(directory))
        (home / "uploads" / "gone.part").rename(home / "uploads" / "whole")
        return found

    monkeypatch.setattr(backups, "_files", then_renamed)
    assert faifo("backup", tmp_path / "copy", "--dir", home).code == 0
    assert (tmp_path / "copy" / "backend.login").read_text() == "X-Key: secret\n"
    assert not (tmp_path / "copy" / "faifo.log.1").exists()
    assert not (tmp_path / "copy" / "uploads").exists()


def test_what_the_books_of_a_backup_speak_of_is_in_it(
    faifo: Any, home: Path, tmp_path: Path, monkeypatch: Any
):
    copied = backups._copy_books

    def then_uploaded(directory: Any, target: Path) -> int:
        # What is told to the books beforehand is on the disk before that.
        (home / "uploads").mkdir()
        (home / "uploads" / "a").write_text("told of\n")
        return copied(directory, target)

    monkeypatch.setattr(backups, "_copy_books", then_uploaded)
    assert faifo("backup", tmp_path / "copy", "--dir", home).code == 0
    assert (tmp_path / "copy" / "uploads" / "a").read_text() == "told of\n"


def test_a_backup_has_what_links_lead_to_and_what_is_called_like_a_log(
    faifo: Any, home: Path, tmp_path: Path
):
    kept = tmp_path / "kept"
    kept.mkdir()
    for name in ("faifo.toml", "keys"):
        (home / name).rename(kept / name)
        (home / name).symlink_to(kept / name)
    (kept / "keys" / "again").symlink_to(home)  # leads back: it is not gone round
    (home / "gone").symlink_to(tmp_path / "gone")
    upload = home / "uploads" / "a" / "sales.log"
    upload.parent.mkdir(parents=True)
    upload.write_text("1\n")
    target = tmp_path / "copy"
    assert faifo("backup", target, "--dir", home).code == 0
    assert (target / "uploads" / "a" / "sales.log").read_text() == "1\n"
    assert not any(path.is_symlink() for path in target.rglob("*"))
    assert len(list((target / "keys").glob("*.json"))) == 5
    shown = faifo("node", "config", "show", "--dir", target).out
    assert shown == faifo("node", "config", "show", "--dir", home).out
    assert not (target / "gone").exists()


@pytest.mark.parametrize("there", [False, True], ids=["new", "an empty folder"])
def test_what_cannot_be_restored_leaves_nothing(
    faifo: Any, home: Path, tmp_path: Path, there: bool
):
    backup, target = tmp_path / "copy", tmp_path / "again"
    assert faifo("backup", backup, "--dir", home).code == 0
    if there:
        target.mkdir()
    whole = (backup / "faifo.db").read_bytes()
    (backup / "faifo.db").write_bytes(whole[:4096] + bytes(len(whole) - 4096))
    ran = faifo("restore", backup, "--dir", target)
    assert (ran.code, target.exists()) == (8, there)
    assert ran.err.startswith(f"faifo: the database {backup} cannot be read: database disk image")
    assert ran.err.count("\n") == 1
    (backup / "faifo.db").write_bytes(whole)
    assert faifo("restore", backup, "--dir", target).code == 0


def test_who_interrupts_a_backup_or_a_restore_leaves_nothing(
    faifo: Any, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    assert faifo("backup", tmp_path / "copy", "--dir", home).code == 0

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(backups, "seal_private", interrupted)
    monkeypatch.setattr(restoring, "open_private", interrupted)
    assert faifo("backup", tmp_path / "again", "--dir", home).code == 130
    assert faifo("restore", tmp_path / "copy", "--dir", tmp_path / "again").code == 130
    assert not [one for one in tmp_path.iterdir() if "again" in one.name]


def test_a_place_that_takes_no_restored_node_is_named(faifo: Any, home: Path, tmp_path: Path):
    assert faifo("backup", tmp_path / "copy", "--dir", home).code == 0
    (tmp_path / "file").write_text("")
    ran = faifo("restore", tmp_path / "copy", "--dir", tmp_path / "file" / "again")
    assert (ran.code, ran.err) == (
        8,
        f"faifo: {tmp_path}/file/again cannot be written: Not a directory; nothing is left of it;"
        " make room or name another place\n",
    )
    ran = faifo("restore", tmp_path / "copy", "--keys", "none", "--dir", tmp_path / "again")
    assert (ran.code, "'none' does not exist" in ran.err) == (2, True)


def test_a_backup_that_cannot_be_noted_is_none(faifo: Any, home: Path, tmp_path: Path):
    (home / "copies.jsonl").mkdir()  # as a full disk, it takes no line
    ran = faifo("backup", tmp_path / "copy", "--dir", home)
    assert (ran.code, "nothing is left of it" in ran.err) == (8, True)
    assert not [one for one in tmp_path.iterdir() if "copy" in one.name]


def test_a_backup_does_not_overwrite(faifo: Any, home: Path, tmp_path: Path):
    ran = faifo("backup", tmp_path, "--dir", home)
    assert (ran.code, ran.err) == (
        7,
        f"faifo: {tmp_path} is there already; name a new folder\n",
    )
    ran = faifo("backup", home / "copy", "--dir", home)
    assert ran.code == 7
    assert "is inside the node's directory; name a folder outside of it" in ran.err
    ran = faifo("backup", tmp_path / "no" / "copy", "--dir", home)
    assert ran.code == 8
    assert "cannot be written: No such file or directory; nothing is left of it" in ran.err


def test_a_damaged_database_gives_no_backup(faifo: Any, home: Path, tmp_path: Path):
    with (home / "faifo.db").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    ran = faifo("backup", tmp_path / "copy", "--dir", home)
    assert ran.code == 8
    assert ran.err.startswith("faifo: the database ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["n"]


# ── settings ─────────────────────────────────────────────────────────────────────────────────────


def test_settings_that_are_right(faifo: Any, home: Path):
    ran = faifo("node", "config", "check", "--dir", home)
    assert (ran.code, ran.out) == (0, f"{home}/faifo.toml is right.\n")


def test_settings_that_are_wrong(faifo: Any, home: Path, tmp_path: Path):
    text = (home / "faifo.toml").read_text()
    (home / "faifo.toml").write_text(text.replace(f'"{tmp_path}"', '"/no/such/folder"'))
    ran = faifo("node", "config", "check", "--dir", home)
    assert (ran.code, ran.err) == (
        2,
        f"faifo: {home}/faifo.toml: the folder /no/such/folder of publish.roots is not there; "
        "expected files and folders that this node can use; make it, mount it, or mend "
        "publish.roots in faifo.toml\n",
    )
    (home / "faifo.toml").write_text(text.replace("port = 8099", "port = 80990"))
    ran = faifo("node", "config", "check", "--dir", home)
    assert ran.code == 2
    assert "port" in ran.err
    assert ran.err.count("\n") == 1


def test_all_settings_are_shown_as_they_could_be_written(faifo: Any, home: Path):
    import tomllib

    shown = tomllib.loads(faifo("node", "config", "show", "--dir", home).out)
    assert shown["listen"] == {
        "host": "127.0.0.1",
        "port": 8099,
        "trusted_proxies": [],
        "connections": 1000,
        "connections_per_address": 250,
    }
    assert shown["protocol"]["decision_days"] == 7
    as_json = faifo("node", "config", "show", "--json", "--dir", home).json()
    assert as_json["egress"]["ca_file"] is None
    assert shown["protocol"] == as_json["protocol"]


# ── logs ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_end_of_the_log(faifo: Any, home: Path):
    ran = faifo("node", "logs", "--dir", home)
    assert (ran.code, ran.err) == (4, f"faifo: no log file '{home}/faifo.log' here\n")
    (home / "faifo.log").write_text("".join(f"line {n}\x1b[2J\n" for n in range(50_000)))
    ran = faifo("node", "logs", "-n", 2, "--dir", home)
    assert ran.out == "line 49998?[2J\nline 49999?[2J\n"
    (home / "faifo.log").write_text('{"level":"info"}\nplain\n')
    ran = faifo("node", "logs", "--json", "--dir", home)
    assert ran.out == '{"level":"info"}\n{"line":"plain"}\n'


@pytest.mark.parametrize("count", [0, 1, 5, 100])
def test_a_tail_is_the_last_lines(tmp_path: Path, count: int):
    (tmp_path / "log").write_bytes(b"a\nb\nc\nunfinished")
    lines = [b"a\n", b"b\n", b"c\n", b"unfinished"]
    assert tail(tmp_path / "log", count) == (lines[-count:] if count else [])


def test_following_goes_on_after_the_log_was_rotated(tmp_path: Path):
    path = tmp_path / "log"
    path.write_bytes(b"old\n")
    came: list[bytes] = []
    enough = threading.Event()

    def follow() -> None:
        for line in following(path):
            came.append(line)
            if len(came) == 1:
                path.rename(tmp_path / "log.1")
                path.write_bytes(b"after\n")
            else:
                enough.set()
                return

    reader = threading.Thread(target=follow)
    first = os.open(path, os.O_WRONLY | os.O_APPEND)
    reader.start()
    while not came:
        os.write(first, b"new\n")
        enough.wait(0.05)
    assert enough.wait(10)
    reader.join()
    os.close(first)
    assert came[0] == b"new\n"
    assert came[-1] in {b"after\n", b"new\n"}


# ── shell ────────────────────────────────────────────────────────────────────────────────────────


def test_a_shell_learns_to_complete(faifo: Any):
    for shell in ("zsh", "fish"):
        assert "_FAIFO_COMPLETE" in faifo("node", "completion", shell).out
    ran = subprocess.run(
        [sys.executable, "-m", "faifo"],
        env={
            **os.environ,
            "_FAIFO_COMPLETE": "bash_complete",
            "COMP_WORDS": "faifo exchange su",
            "COMP_CWORD": "2",
        },
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.stdout == "plain,suspend\n"
