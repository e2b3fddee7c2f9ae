"""Readable ids, names and purposes in any spelling, and hints that can be pasted."""

from __future__ import annotations

import shlex
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from faifo.folding import composed, slug


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ("Giá gạo Đồng Tháp 2026", "gia-gao-dong-thap-2026"),
        ("  --Rice / prices!  ", "rice-prices"),
        ("쌀 가격", "쌀-가격"),
        ("***", ""),
        ("x" * 100, "x" * 60),
    ],
)
def test_a_slug_of_a_title(text: str, readable: str):
    assert slug(text) == readable
    assert slug(unicodedata.normalize("NFD", text)) == readable


def test_an_id_is_made_of_the_title_or_the_file_and_numbered(pair: Any, faifo: Any, tmp_path: Path):
    provider, _ = pair
    there = ("--dir", provider.directory, "--json")
    source = provider.directory.parent / "Giá gạo.csv"
    source.write_bytes(b"a\n")
    ids = [faifo("publish", source, *there).json()["id"] for _ in range(3)]
    ids += [faifo("publish", source, "--title", "Đường đi", *there).json()["id"]]
    ids += [faifo("publish", source, "--title", "!!!", *there).json()["id"][:9]]
    ids += [faifo("publish", source, "--id", "urn:x:Y z", *there).json()["id"]]
    assert ids == ["gia-gao", "gia-gao-2", "gia-gao-3", "duong-di", "urn:uuid:", "urn:x:Y z"]
    assert tmp_path.exists()


def test_ids_names_and_purposes_are_the_same_in_either_spelling(
    pair: Any, faifo: Any, tmp_path: Path
):
    provider, consumer = pair
    there, ours = ("--dir", provider.directory), ("--dir", consumer.directory)
    apart, whole = unicodedata.normalize("NFD", "chợ gạo"), composed("chợ gạo")
    assert apart != whole
    source = provider.directory.parent / "market.csv"
    source.write_bytes(b"a\n")
    study = unicodedata.normalize("NFD", "nghiên cứu")
    assert faifo("publish", source, "--id", apart, "--purpose", study, *there).code == 0
    for number, name in enumerate((apart, whole)):
        ran = faifo(
            "get", "provider", name, "--purpose", composed(study), "-o", tmp_path / str(number),
            *ours,
        )  # fmt: skip
        assert ran.code == 0, ran.err
        shown = faifo("show", name, *there, "--json").json()
        assert shown["id"] == whole
        assert [(one["name"], one["served"]) for one in shown["readers"]] == [
            ("consumer", number + 1)
        ]
    assert "Read within a year by:" in faifo("show", whole, *there).out
    named = unicodedata.normalize("NFD", "Chợ")
    did = provider.ready["did"]
    assert faifo("trust", "remove", "provider", *ours).code == 0
    assert faifo("trust", "add", did, "--name", named, *ours).code == 0
    assert faifo("catalog", composed(named), *ours).code == 0
    assert faifo("stop", "dataset", apart, *there).code == 0


def test_hints_can_be_pasted(faifo: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    home = tmp_path / "my node"
    made = faifo("init", home, "--port", "8099")
    assert f"export FAIFO_DIR={shlex.quote(str(home))}" in made.out
    assert "--dir" not in made.out
    ran = faifo("catalog", "x", "--dir", home)
    assert f"faifo serve --dir {shlex.quote(str(home))}" in ran.err
    monkeypatch.setenv("FAIFO_DIR", str(home))
    ran = faifo("catalog", "x")
    assert "start it with: faifo serve" in ran.err
    assert "--dir" not in ran.err
