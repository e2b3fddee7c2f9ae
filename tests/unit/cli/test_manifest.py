"""Many datasets at once: a mistake names its row, and all is read before any is published."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from faifo.api.datasets import Publication
from faifo.cli.publishing import AT_ONCE, publish_all
from faifo.errors import BusyError, ConflictError

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


def test_rows_of_one_title_are_numbered_in_their_order(faifo: Any, home: Path, tmp_path: Path):
    manifest = tmp_path / "m.csv"
    manifest.write_text("location,title\n" + "a.csv,Rice\nb.csv,Rice\n" * 20)
    ran = faifo("publish", "--manifest", manifest, "--json", "--dir", home)
    made = ["rice", *(f"rice-{n}" for n in range(2, 41))]
    assert ran.json()["published"] == made
    found = ids(faifo, home)
    sizes = [len((tmp_path / name).read_bytes()) for name in ("a.csv", "b.csv")] * 20
    assert [found[one]["size"] for one in made] == sizes


def test_many_files_outside_the_roots_are_added_once_each(faifo: Any, home: Path, tmp_path: Path):
    folder = tmp_path.with_name(tmp_path.name + "-elsewhere")
    folder.mkdir()
    names = [f"{n}.csv" for n in range(60)]
    for name in names:
        (folder / name).write_text(name)
    manifest = folder / "m.csv"
    manifest.write_text("\n".join(["location,id", *(f"{one},{one}" for one in names)]))
    for _ in range(2):
        assert faifo("publish", "--manifest", manifest, "--dir", home).code == 0
    shared = (home / "shared.toml").read_text()
    assert [shared.count(f'/{name}"') for name in names] == [1] * 60
    assert set(ids(faifo, home)) == set(names)


class Busy:
    """A node that refuses each publication twice before it takes it, but one for good."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.at_once = self.most = 0

    async def datasets(self, **_: Any) -> AsyncIterator[Any]:
        for one in ():
            yield one

    async def publish(self, publication: Publication) -> Any:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        name = publication.location
        self.asked[name] += 1
        if name == "3":
            raise ConflictError(what="taken", advice="")
        if self.asked[name] < 3:
            raise BusyError(what="too many", seconds=0)
        return SimpleNamespace(id=name)


async def test_who_is_told_to_come_later_does_and_failures_are_named() -> None:
    node: Any = Busy()
    many = [Publication(location=str(one)) for one in range(200)]
    done = await publish_all(node, many, lambda _: None, "en")
    assert done.published == tuple(str(one) for one in range(200) if one != 3)
    assert [one.location for one in done.failures] == ["3"]
    assert set(node.asked.values()) == {1, 3}
    assert 1 < node.most <= AT_ONCE


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_csv_of_a_spreadsheet(faifo: Any, home: Path, tmp_path: Path, mark: str):
    cells = ["a.csv", "one", '"Rice, polished\r\nand \u2028 more"', '"rice; price"']
    lines = ["location", "id", "description", "keywords"], cells
    manifest = tmp_path / "m.csv"
    manifest.write_bytes("\r\n".join(map(mark.join, lines)).encode("utf-8-sig"))
    assert faifo("publish", "--manifest", manifest, "--dir", home).code == 0
    (one,) = ids(faifo, home).values()
    assert one["description"] == "Rice, polished\nand \u2028 more"
    assert one["keywords"] == ["rice", "price"]


def test_what_is_wrong_is_said_in_the_reader_s_language(faifo: Any, home: Path, tmp_path: Path):
    (tmp_path / "m.csv").write_text("location,until\na.csv,soon\n")
    ran = faifo("publish", "--manifest", tmp_path / "m.csv", "--dir", home, "--lang", "vi")
    assert "until là 'soon'" in ran.err


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
        ("m.csv", "location,idd\na.csv,x\n", "m.csv, line 2: there is no column 'idd'"),
        ("m.csv", "location,id\na.csv\n", "m.csv, line 2: it has another number of cells"),
        (
            "m.csv",
            "location,until\na.csv,soon\n",
            "m.csv, line 2: until is 'soon'; expected a date such as 2026-12-31",
        ),
        ("m.csv", "location,id\n", "m.csv names no dataset"),
        ("m.csv", "location,id\na.csv,x\nb.csv,x\n", "m.csv names the id 'x' twice"),
        ("m.json", '[{"id":"x"}]', "m.json, entry 1: no location"),
        ("m.csv", 'location,id\na.csv,"x\n', "m.csv, line 1: quotes do not close"),
        ("m.json", '[{"location":"a.csv","x":1}]', "m.json, entry 1: there is no column 'x'"),
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


RULES = """
[[publish.rules]]
where = ["keyword contains rice", "properties.season = wet"]
terms = { purposes = ["research"], until = 2040-01-01T00:00:00Z }

[[publish.rules]]
where = ["mediaType = text/csv"]
terms = { economies = ["vn"] }
"""


def test_rules_say_the_terms_of_what_is_published_without_any(
    faifo: Any, home: Path, tmp_path: Path
):
    settings = home / "faifo.toml"
    settings.write_text(settings.read_text() + RULES)
    wet = ("--keyword", "rice", "--property", "season=wet")
    for name, *more in (
        ("both", *wet),
        ("second", "--keyword", "rice"),
        ("none", "--media-type", "text/plain"),
        ("own", *wet, "--purpose", "statistics"),
    ):
        ran = faifo("publish", tmp_path / "a.csv", "--id", name, *more, "--dir", home)
        assert ran.code == 0, ran.err
    text = {name: json.dumps(found["policy"]) for name, found in ids(faifo, home).items()}
    assert "research" in text["both"]
    assert "2040-01-01T00:00:00Z" in text["both"]
    assert '"VN"' in text["second"]
    assert "research" not in text["second"]
    assert "constraint" not in text["none"]
    assert "statistics" in text["own"]
    assert "2040" not in text["own"]
