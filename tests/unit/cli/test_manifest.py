"""Many datasets at once: a mistake names its row, and all is read before any is published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

MEANS = (
    "one dataset a row: location, id, title, description, keywords, licence, media_type, "
    "not_before, until, recipients, purposes, economies, require_credentials, credentials"
)


@pytest.fixture
def home(faifo: Any, tmp_path: Path) -> Path:
    assert faifo("init", tmp_path / "n", "--port", 8099, "--root", tmp_path).code == 0
    for name in ("a.csv", "b.csv", "tables/c.csv", "tables/deep/d.csv", "tables/.hidden"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "n"


def ids(faifo: Any, home: Path) -> dict[str, Any]:
    return {one["id"]: one for one in faifo("list", "datasets", "--json", "--dir", home).json()}


def test_a_csv(faifo: Any, home: Path, tmp_path: Path):
    manifest = tmp_path / "m.csv"
    manifest.write_text(
        "location,id,title,keywords,until,purposes,economies,require_credentials,properties\n"
        'a.csv,one,"Rice, polished",rice; price,2030-12-31,research,VN; CL,AuditCredential,'
        "season=wet; rank=7\n"
        "b.csv,two,,,,,,,\n"
    )
    ran = faifo("publish", "--manifest", manifest, "--licence", "CC-BY-4.0", "--dir", home)
    assert (ran.code, ran.out, ran.err) == (0, "Published: 2; there already: 0\n", "")
    found = ids(faifo, home)
    assert found["one"]["title"] == "Rice, polished"
    assert found["one"]["keywords"] == ["rice", "price"]
    assert "2030-12-31T23:59:59Z" in json.dumps(found["one"]["policy"])
    for value in ("VN", "CL", "AuditCredential"):
        assert f'"{value}"' in json.dumps(found["one"]["policy"])
    assert found["one"]["properties"] == {"season": "wet", "rank": 7}
    assert (found["two"]["title"], found["two"]["properties"]) == ("b.csv", {})
    assert {one["licence"] for one in found.values()} == {"CC-BY-4.0"}
    ran = faifo("publish", "--manifest", manifest, "--dir", home)
    assert (ran.code, ran.out) == (0, "Published: 0; there already: 2\n")


def test_a_json_with_many(faifo: Any, home: Path, tmp_path: Path):
    manifest = tmp_path / "m.json"
    rows = [{"location": "a.csv", "id": f"d{n}", "recipients": ["did:web:x.y"]} for n in range(300)]
    manifest.write_text(json.dumps(rows))
    ran = faifo("publish", "--manifest", manifest, "--json", "--dir", home)
    assert ran.code == 0
    assert ran.json()["published"] == [f"d{n}" for n in range(300)]


def test_a_folder(faifo: Any, home: Path, tmp_path: Path):
    ran = faifo("publish", tmp_path / "tables", "--purpose", "research", "--dir", home)
    assert (ran.code, ran.out) == (0, "Published: 2; there already: 0\n")
    assert sorted(ids(faifo, home)) == ["tables/c.csv", "tables/deep/d.csv"]
    ran = faifo("publish", tmp_path / "tables", "--id", "x", "--dir", home)
    assert ran.err == (
        f"faifo: {tmp_path}/tables is a folder, but --id or --title is given; expected these for "
        "a single file; the files of a folder are called FOLDER/FILE\n"
    )


def test_what_fails_does_not_stop_the_others(faifo: Any, home: Path, tmp_path: Path):
    manifest = tmp_path / "m.csv"
    manifest.write_text("location,id\nnone.csv,x\na.csv,one\n/etc/passwd,y\n")
    ran = faifo("publish", "--manifest", manifest, "--dir", home)
    assert ran.code == 1
    assert ran.out == "Published: 1; there already: 0\n"
    first, second, last = ran.err.splitlines()
    missing = f"x: there is no file {tmp_path}/none.csv; expected a file that this node can read"
    assert first == missing
    assert second.startswith("y: /etc/passwd is outside the folders that may be published")
    assert last == f"faifo: 2 of 3 were not published; the first: {missing}"


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("m.csv", "location,idd\na.csv,x\n", "m.csv, line 2: Object contains unknown field `idd`"),
        ("m.csv", "location,id\na.csv\n", "m.csv, line 2: it has another number of cells"),
        (
            "m.csv",
            "location,until\na.csv,soon\n",
            "m.csv, line 2: until is 'soon'; expected a date such as 2026-12-31",
        ),
        ("m.csv", "location,id\n", "m.csv names no dataset"),
        ("m.csv", "location,id\na.csv,x\nb.csv,x\n", "m.csv names the id 'x' twice"),
        ("m.json", '[{"id":"x"}]', "m.json, entry 1: Object missing required field `location`"),
        ("m.json", "{", "m.json: Expected `array`, got `object`"),
    ],
)
def test_a_manifest_that_is_wrong(
    faifo: Any, home: Path, tmp_path: Path, name: str, text: str, sentence: str
):
    (tmp_path / name).write_text(text)
    ran = faifo("publish", "--manifest", tmp_path / name, "--dir", home)
    assert ran.code == 2
    assert sentence in ran.err
    assert ran.err.count("\n") == 1
    assert ids(faifo, home) == {}


def test_a_manifest_that_is_not_there(faifo: Any, home: Path, tmp_path: Path):
    ran = faifo("publish", "--manifest", tmp_path / "m.csv", "--dir", home)
    assert ran.err == (
        f"faifo: the manifest {tmp_path}/m.csv cannot be read: No such file or directory; "
        "expected a .csv or .json file\n"
    )


def test_one_thing_at_a_time(faifo: Any, home: Path):
    expected = (
        "faifo: one of PATH, URL and --manifest must be given, and only one; see: faifo publish "
        "--help\n"
    )
    assert faifo("publish", "--dir", home).err == expected
    assert faifo("publish", "a", "--manifest", "b", "--dir", home).err == expected
