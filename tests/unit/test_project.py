"""The project's own files agree with each other: locks, hosts, decision records."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ("requirements.lock", "requirements-build.lock", "requirements-dev.lock")
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)(?:\[[a-z0-9,-]+\])?==(?P<version>[^ ;\\]+)")
HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})")


def pins(file: str) -> dict[tuple[str, str], set[str]]:
    """Return name and version of every requirement in `file`, with its hashes."""
    joined = (ROOT / file).read_text(encoding="utf-8").replace("\\\n", " ")
    found = {}
    for line in joined.splitlines():
        if not line or line.startswith("#"):
            continue
        pin = PIN.match(line)
        assert pin, f"{file}: not pinned: {line[:80]}"
        found[pin["name"], pin["version"]] = set(HASH.findall(line))
    return found


def locked() -> dict[tuple[str, str], set[str]]:
    """Return the same of `uv.lock`, for every package that comes from a registry."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    return {
        (package["name"], package["version"]): {
            artefact["hash"]
            for artefact in [*package.get("wheels", []), package.get("sdist")]
            if artefact
        }
        for package in packages
        if "registry" in package["source"]
    }


def declared() -> set[str]:
    """Return the names of all direct dependencies that `pyproject.toml` declares."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lists = [
        pyproject["project"]["dependencies"],
        *pyproject["project"]["optional-dependencies"].values(),
        *pyproject["dependency-groups"].values(),
    ]
    return {
        re.split(r"[^A-Za-z0-9._-]", entry)[0].lower() for entries in lists for entry in entries
    }


@pytest.mark.parametrize("file", REQUIREMENTS)
def test_requirements_are_those_of_the_lock_with_the_same_hashes(file: str) -> None:
    in_lock = locked()
    found = pins(file)
    assert found
    for package, hashes in found.items():
        assert hashes, f"{file}: {package} has no hash"
        assert hashes == in_lock.get(package), f"{file}: {package} differs from uv.lock"


def test_what_the_comparison_installs_is_pinned_by_hash() -> None:
    found = pins("bench/aiverify/requirements.lock")
    assert ("aiverify-test-engine", "2.2.1") in found
    assert all(found.values())


def test_the_development_requirements_are_the_whole_lock() -> None:
    assert pins("requirements-dev.lock") == locked()


def test_the_development_requirements_contain_the_others() -> None:
    development = pins("requirements-dev.lock").keys()
    assert pins("requirements.lock").keys() <= development
    assert pins("requirements-build.lock").keys() <= development


def test_every_declared_dependency_is_locked() -> None:
    assert declared() <= {name for name, _ in locked()}


def test_each_dependency_has_its_reason() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    assert {name for name in declared() if not re.search(rf"\b{re.escape(name)}\b", page)} == set()


def test_a_node_runs_without_test_tools() -> None:
    names = {name for name, _ in pins("requirements.lock")}
    assert names.isdisjoint({"pytest", "hypothesis", "mypy", "ruff", "uv", "hatchling"})


def test_the_lock_names_only_the_public_package_index() -> None:
    text = (ROOT / "uv.lock").read_text(encoding="utf-8")
    hosts = {urlsplit(url).hostname for url in re.findall(r'https?://[^"\s]+', text)}
    assert hosts == {"pypi.org", "files.pythonhosted.org"}


def test_no_file_chooses_a_package_index() -> None:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("needs git and a clone, to know which files are the project's")
    listed = subprocess.run(
        [
            git,
            "-c",
            f"safe.directory={ROOT}",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    files = {ROOT / name.decode() for name in listed.split(b"\0") if name} - {Path(__file__)}
    assert ROOT / "pyproject.toml" in files
    chooses = re.compile(
        rb"--(?:extra-)?index-url\b|--find-links\b|--trusted-host\b|\[\[?tool\.uv\.index"
        rb"|\b(?:PIP|UV)_(?:EXTRA_)?INDEX(?:_URL)?\b|\bPIP_FIND_LINKS\b"
    )
    assert [file for file in files if file.is_file() and chooses.search(file.read_bytes())] == []


def test_every_decision_record_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    records = {file.name for file in folder.glob("[0-9]*.md")}
    linked = re.findall(
        r"^\| \[\d{4}\]\(([^)]+)\)", (folder / "README.md").read_text(encoding="utf-8"), re.M
    )
    assert len(linked) == len(set(linked))
    assert set(linked) == records
    assert sorted(name[:4] for name in records) == [f"{n:04}" for n in range(1, len(records) + 1)]


def test_the_licence_is_the_declared_one() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert pyproject["project"]["license"] == "Apache-2.0"
    assert (
        "Apache License\n                           Version 2.0" in (ROOT / "LICENSE").read_text()
    )


def test_the_classifiers_are_known_ones() -> None:
    known = pytest.importorskip("trove_classifiers").classifiers
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [one for one in project["classifiers"] if one not in known] == []
