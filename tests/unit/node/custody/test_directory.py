"""One holder at a time, and secrets that nobody else can read at any moment."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from faifo.errors import ConflictError, SettingsError
from faifo.node.custody.directory import Directory, write_secret
from faifo.running import RUNNING, TRY_SECONDS, Running, running


@pytest.fixture
def wide_open() -> Iterator[None]:
    """A umask that forbids nothing."""
    before = os.umask(0)
    yield
    os.umask(before)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_second_holder_is_refused(tmp_path: Path) -> None:
    first, second = Directory(tmp_path), Directory(tmp_path)
    first.hold()
    with pytest.raises(ConflictError) as caught:
        second.hold()
    assert str(caught.value) == (
        f"the node in {tmp_path} is served already, by another process;"
        " stop it first, or use another directory"
    )
    first.tell("http://127.0.0.1:9")
    with pytest.raises(ConflictError) as caught:
        second.hold()
    assert str(caught.value.what) == (
        f"the node in {tmp_path} is served already, by process {os.getpid()}"
    )
    second.release()  # it holds nothing: nothing changes
    assert running(tmp_path) == Running(os.getpid(), "http://127.0.0.1:9")
    first.release()
    assert running(tmp_path) is None
    second.hold()
    second.release()
    second.release()


def test_another_process_is_refused_until_the_holder_is_dead(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from faifo.node.custody.directory import Directory\n"
        "d = Directory(Path(sys.argv[1])); d.hold(); d.tell('u')\n"
        "print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(ConflictError, match=f"by process {holder.pid};"):
            Directory(tmp_path).hold()
        holder.kill()
        holder.wait()
    directory = Directory(tmp_path)
    assert (tmp_path / RUNNING).exists()
    assert running(tmp_path) is None  # what the dead one left is nobody's way
    directory.hold()  # and no hindrance
    directory.tell("http://127.0.0.1:9")
    assert running(tmp_path) == Running(os.getpid(), "http://127.0.0.1:9")
    directory.release()


def test_those_that_share_a_directory_keep_out_who_wants_it_alone(tmp_path: Path) -> None:
    first, second, alone = (Directory(tmp_path) for _ in range(3))
    first.hold(shared=True)
    first.tell("http://127.0.0.1:9")
    second.hold(shared=True)
    second.tell("http://127.0.0.1:10")  # the first can be found: it stays
    assert running(tmp_path) == Running(os.getpid(), "http://127.0.0.1:9")
    first.release()
    assert running(tmp_path) is None
    with pytest.raises(ConflictError):
        alone.hold()
    second.tell("http://127.0.0.1:10")
    assert running(tmp_path) == Running(os.getpid(), "http://127.0.0.1:10")
    second.release()
    assert running(tmp_path) is None
    alone.hold()
    with pytest.raises(ConflictError):
        first.hold(shared=True)
    alone.release()


@pytest.mark.parametrize("shared", [False, True])
def test_who_only_looks_is_in_nobodys_way(tmp_path: Path, shared: bool) -> None:
    directory = Directory(tmp_path)
    directory.hold(shared=shared)
    directory.release()
    looking = os.open(tmp_path / "lock", os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_EX)
    gone = threading.Timer(TRY_SECONDS, os.close, [looking])
    gone.start()
    directory.hold(shared=shared)
    directory.release()
    gone.join()


def test_a_directory_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        Directory(tmp_path / "nowhere").hold()
    assert str(caught.value) == (
        f"{tmp_path / 'nowhere' / 'lock'} cannot be written: No such file or directory;"
        " expected a directory that this user may write, with free space"
    )


@pytest.mark.usefixtures("wide_open")
def test_secrets_are_the_owners_alone_under_any_umask(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    directory.hold()
    directory.tell("http://127.0.0.1:9")
    write_secret(directory.manage_key, b"secret")
    modes = {path.name: _mode(path) for path in tmp_path.iterdir()}
    assert modes == {"lock": 0o600, "running.json": 0o600, "manage.key": 0o600}
    directory.release()


@pytest.mark.usefixtures("wide_open")
def test_a_secret_takes_the_place_of_an_open_file(tmp_path: Path) -> None:
    path = tmp_path / "manage.key"
    path.write_bytes(b"old")
    assert _mode(path) == 0o666
    with path.open("rb") as reader:
        write_secret(path, b"new")
        assert reader.read() == b"old"
    assert path.read_bytes() == b"new"
    assert _mode(path) == 0o600


def test_a_secret_is_not_written_through_a_link(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / f".manage.key.{os.getpid()}.new").symlink_to(elsewhere)
    with pytest.raises(SettingsError):
        write_secret(tmp_path / "manage.key", b"secret")
    assert not elsewhere.exists()


def test_of_a_secret_that_cannot_be_written_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "manage.key").mkdir()
    with pytest.raises(SettingsError, match="cannot be written"):
        write_secret(tmp_path / "manage.key", b"new")
    assert [one.name for one in tmp_path.iterdir()] == ["manage.key"]


def test_the_management_key(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    with pytest.raises(SettingsError) as caught:
        directory.read_manage_key()
    assert str(caught.value) == (
        f"the management key {directory.manage_key} cannot be read: No such file or directory;"
        " expected the key that `faifo init` wrote;"
        " run the command as the node's user, or name the key with --key-file"
    )
    write_secret(directory.manage_key, b"abc\n")
    assert directory.read_manage_key() == "abc"
    write_secret(directory.manage_key, b"\xff\xfe")
    with pytest.raises(SettingsError) as caught:
        directory.read_manage_key()
    assert "cannot be read: UnicodeDecodeError;" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b'{"process": "x"}', b"\xff"])
def test_a_broken_running_file_is_none(tmp_path: Path, content: bytes) -> None:
    directory = Directory(tmp_path)
    directory.tell("http://127.0.0.1:9")
    (tmp_path / RUNNING).write_bytes(content)  # in its place: the lock stays
    assert running(tmp_path) is None
    directory.release()


def test_paths_are_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert Directory(Path("node")).settings == tmp_path / "node" / "faifo.toml"
