"""An earlier commit to measure against: its tree, and its wheel in an environment of its own.

Both are made once, in build/base/NAME, from the packages that the commit's own locks name.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.figures import BenchError
from bench.processes import ROOT

KNOWN = ROOT / "bench" / "baseline.toml"
PLACE = ROOT / "build" / "base"


class Base(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of baseline.toml; `targets` are ratios by figure, such as `>= 5`."""

    name: str
    version: str
    commit: str
    parts: tuple[str, ...]
    policy: str
    targets: dict[str, str] = {}

    @property
    def folder(self) -> Path:
        return PLACE / self.name

    @property
    def tree(self) -> Path:
        return self.folder / "tree"

    @property
    def python(self) -> Path:
        return self.folder / "venv" / "bin" / "python"


def find(name: str) -> Base:
    """Return the base called `name`.

    Raises:
        BenchError: there is none.
    """
    known = tomllib.loads(KNOWN.read_text())
    if name not in known:
        raise BenchError(f"no base {name!r} in bench/baseline.toml; there are {', '.join(known)}")
    return msgspec.convert({"name": name, **known[name]}, Base)


def make(base: Base) -> None:
    """Make the tree and the environment of `base`, unless they are there.

    Raises:
        BenchError: this clone lacks the commit, or a step fails.
    """
    done = base.folder / "made"
    if done.exists() and done.read_text() == base.commit:
        return
    _check(base)
    print(f"making {base.name} in {base.folder.relative_to(ROOT)}, once", file=sys.stderr)
    shutil.rmtree(base.folder, ignore_errors=True)
    base.folder.mkdir(parents=True)
    archive = subprocess.run(
        ["git", "archive", base.commit], cwd=ROOT, capture_output=True, check=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        packed.extractall(base.tree, filter="data")
    _install(base)
    _run(base, [base.python, "-c", f"import faifo; assert faifo.__version__ == {base.version!r}"])
    (base.tree / "build").mkdir()
    done.write_text(base.commit)


def _check(base: Base) -> None:
    def git(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )

    if shutil.which("git") is None or git("rev-parse", "--git-dir").returncode:
        raise BenchError(f"{base.name} is a commit, and this is no clone of git: clone it with git")
    if git("cat-file", "-e", f"{base.commit}^{{commit}}").returncode == 0:
        return
    shallow = git("rev-parse", "--is-shallow-repository").stdout.strip() == "true"
    fetch = "git fetch --unshallow" if shallow else f"git fetch origin {base.commit}"
    what = "this shallow clone" if shallow else "this clone"
    raise BenchError(f"{what} lacks the commit {base.commit} of {base.name}; get it: {fetch}")


def _install(base: Base) -> None:
    """Build the wheel with the commit's locked tools, and install it with its locked packages."""
    _run(base, [sys.executable, "-m", "venv", base.folder / "venv"])
    pip = [base.python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    tools = ["--require-hashes", "--no-deps", "-r", base.tree / "requirements-build.lock"]
    _run(base, [*pip, "install", *tools])
    wheels = base.folder / "wheel"
    built = ["--no-deps", "--no-build-isolation", "--wheel-dir", wheels, base.tree]
    _run(base, [*pip, "wheel", *built])
    pins = base.folder / "pins.txt"
    locked = (base.tree / "requirements.lock").read_text()
    # Its lock also has the demo's packages, which no bench needs: the wheel says what it needs.
    pins.write_text("\n".join(re.findall(r"^(\S+==[^\\\n]+)", locked, re.MULTILINE)) + "\n")
    _run(base, [*pip, "install", "--only-binary", ":all:", "-c", pins, *wheels.glob("*.whl")])


def _run(base: Base, command: Sequence[str | Path]) -> None:
    done = subprocess.run(
        list(map(str, command)), cwd=base.folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-1000:]
        raise BenchError(f"{base.name} could not be made: {' '.join(map(str, command))}: {said}")
