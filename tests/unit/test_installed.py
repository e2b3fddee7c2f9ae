"""What other packages offer is found wherever `importlib.metadata` finds it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.machinery import PathFinder
from importlib.metadata import DistributionFinder, MetadataPathFinder, entry_points
from pathlib import Path
from typing import Any

import pytest

from faifo import installed

GROUP = "faifo.tests"
ENTRY = f"[console_scripts]\na = b:c\n\n  [{GROUP}]  \none = json:loads\n"


@pytest.fixture(autouse=True)
def _looked_up_anew() -> Iterator[None]:
    installed._groups.cache_clear()
    yield
    installed._groups.cache_clear()


@pytest.mark.parametrize("folder", ["a-1.dist-info", "a.egg-info", "a.egg/EGG-INFO"])
def test_an_entry_is_found(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offered(tmp_path / folder)
    monkeypatch.syspath_prepend((tmp_path / folder).parent)

    (entry,) = installed.entries(GROUP)

    assert (entry.name, entry.value) == ("one", "json:loads")


def test_an_entry_of_the_folder_one_stands_in_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered(tmp_path / "a-1.dist-info")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")

    assert [entry.name for entry in installed.entries(GROUP)] == ["one"]


def test_an_entry_in_an_archive_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "a[1].zip", "w") as archive:
        archive.writestr("a-1.dist-info/METADATA", "Name: a\nVersion: 1\n")
        archive.writestr("a-1.dist-info/entry_points.txt", ENTRY)
    monkeypatch.syspath_prepend(tmp_path / "a[1].zip")

    assert [entry.name for entry in installed.entries(GROUP)] == ["one"]


def test_an_entry_of_another_finder_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Finder(PathFinder):
        @classmethod
        def find_distributions(cls, context: DistributionFinder.Context) -> Any:
            # Not of PathFinder: the package importlib_metadata takes it from there.
            return MetadataPathFinder.find_distributions(type(context)(path=[str(tmp_path)]))

    offered(tmp_path / "a-1.dist-info")
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder])

    assert [entry.name for entry in installed.entries(GROUP)] == ["one"]


def test_every_group_of_what_is_installed_is_known() -> None:
    assert {group.encode() for group in entry_points().groups} <= installed._groups()


def test_what_nobody_offers_loads_no_reader_of_packages() -> None:
    script = (
        "import sys\nfrom faifo.kinds.kind import kinds\n"
        "from faifo.policy.operands import operands\noperands(); kinds()\n"
        "sys.exit('importlib.metadata' in sys.modules)"
    )

    subprocess.run([sys.executable, "-c", script], check=True)


def offered(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Name: a\nVersion: 1\n")
    (folder / "entry_points.txt").write_text(ENTRY)
