"""What `make bench BASE=…` measures against, and what it says when that is not there."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from bench import against, base, policies
from bench.__main__ import PARTS
from bench.against import Compared
from bench.base import Base
from bench.figures import BenchError

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
NAMES = list(tomllib.loads(base.KNOWN.read_text()))


def git(folder: Path, *arguments: str) -> str:
    named = ["-c", "user.name=n", "-c", "user.email=n@example.org", *arguments]
    done = subprocess.run(
        ["git", *named], cwd=folder, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


def wanted(commit: str) -> Base:
    return Base(name="v0", version="0", commit=commit, parts=(), policy="")


@pytest.fixture
def history(tmp_path: Path) -> tuple[Path, str]:
    """Return a repository with two commits, and the first."""
    folder = tmp_path / "whole"
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "one")
    first = git(folder, "rev-parse", "HEAD")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "two")
    return folder, first


@needs_git
def test_a_shallow_clone_is_told_what_is_missing(
    tmp_path: Path, history: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
):
    whole, first = history
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{whole}", "shallow")
    monkeypatch.setattr(base, "ROOT", tmp_path / "shallow")
    monkeypatch.setattr(base, "PLACE", tmp_path / "place")
    with pytest.raises(BenchError) as caught:
        base.make(wanted(first))
    assert str(caught.value) == (
        f"this shallow clone lacks the commit {first} of v0; get it: git fetch --unshallow"
    )
    assert not (tmp_path / "place").exists()


@needs_git
def test_another_clone_is_told_to_fetch_and_a_folder_that_git_is_needed(
    tmp_path: Path, history: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
):
    absent = "1" * 40
    monkeypatch.setattr(base, "PLACE", tmp_path / "place")
    monkeypatch.setattr(base, "ROOT", history[0])
    with pytest.raises(BenchError, match=f"this clone lacks .*git fetch origin {absent}"):
        base.make(wanted(absent))
    (tmp_path / "copy").mkdir()
    monkeypatch.setattr(base, "ROOT", tmp_path / "copy")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    with pytest.raises(BenchError, match="this is no clone of git"):
        base.make(wanted(history[1]))


def test_an_unknown_name_ends_with_2_and_names_the_known_ones():
    command = [sys.executable, "-m", "bench", "--base", "v9", "--quick"]
    done = subprocess.run(
        command, cwd=base.ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    told = f"bench: no base 'v9' in bench/baseline.toml; there are {', '.join(NAMES)}\n"
    assert (done.returncode, done.stderr) == (2, told)


@pytest.mark.parametrize("name", NAMES)
def test_every_base_names_what_there_is(name: str):
    found = base.find(name)
    assert len(found.commit) == 40
    assert set(found.parts) <= PARTS.keys() - {"policy"}
    assert (base.ROOT / found.policy).is_file()
    told = policies.driven(sys.executable, policies.DRIVER, 0.01)
    assert all(rate > 0 for rate in told.values())
    figures = {policies.NAME.format(what=what) for what in told}
    assert found.targets.keys() <= figures
    assert against.parts_of(found, None) == [*found.parts, "policy"]
    with pytest.raises(BenchError, match="does not measure ai"):
        against.parts_of(found, ["ai"])


def test_a_driver_that_fails_is_told(tmp_path: Path):
    driver = tmp_path / "driver.py"
    driver.write_text("raise SystemExit('no policy here')")
    with pytest.raises(BenchError, match="no policy here"):
        policies.driven(sys.executable, driver, 0.01)


@pytest.mark.parametrize(
    ("target", "verdict"),
    [("", ""), (">= 2", "met"), (">= 2.1", "MISSED"), ("<= 2", "met"), ("<= 1.9", "MISSED")],
)
def test_a_ratio_is_formed_within_each_round(target: str, verdict: str):
    one = Compared(
        part="p", name="n", unit="1/s", tree=[2.0, 30.0, 1.0], base=[1.0, 10.0, 1.0], target=target
    )
    assert one.ratios == [2.0, 3.0, 1.0]
    assert one.verdict == verdict
    line = against.table([one]).splitlines()[1]
    assert line.split()[:6] == ["n", "1/s", "2", "1", "2", "1"]
