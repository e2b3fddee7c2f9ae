from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from faifo.dataplane.locations import is_url
from faifo.errors import ConflictError, NotFoundError, SettingsError
from faifo.node.delivery.timers import Timers
from faifo.node.exchange.ending import Ending
from faifo.node.offering.inviting import Guests
from faifo.node.offering.publishing import (
    Publication,
    Publishing,
    file_source,
    http_source,
)
from faifo.store.contract import Store
from faifo.store.records import SourceKind, StoredSource

NOW = datetime(2026, 11, 22, tzinfo=UTC)
API = http_source("http://h/x/", credentials=None)


@pytest.fixture
def publishing() -> Publishing:
    # There is no agreement in these books: nothing is ended, so no engine is asked.
    ending, nothing = Ending(*[cast("Any", None)] * 3), cast("Any", None)
    guests = Guests(did="did:web:p", store=nothing, ending=ending, timers=Timers(nothing))
    return Publishing(ending=ending, guests=guests)


def test_a_file_is_hashed_and_signed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n")
    source = file_source(str(tmp_path / "a.csv"), roots=[str(tmp_path)], forbidden=tmp_path / "n")
    status = (tmp_path / "a.csv").stat()
    assert source.kind is SourceKind.FILE
    assert source.digest == hashlib.sha256(b"a,b\n").hexdigest()
    assert source.size == 4
    assert source.signature is not None
    assert source.signature[:3] == (status.st_dev, status.st_ino, 4)


def test_what_is_no_file_below_the_roots_is_refused(tmp_path: Path) -> None:
    home, data, other = tmp_path / "node", tmp_path / "data", tmp_path / "database"
    for folder in (home, data, other):
        folder.mkdir()
        (folder / "f").write_text("x")
    (data / "link").symlink_to(other / "f")
    os.mkfifo(data / "pipe")
    for path, why in (
        (home / "f", "is in the node's own directory"),
        (other / "f", "is outside the folders"),
        (data / "link", "is outside the folders"),
        (data / ".." / "database" / "f", "is outside the folders"),
        (data, "is not a file"),
        (data / "pipe", "is not a file"),
        (data / "nothing", "there is no file"),
    ):
        with pytest.raises(SettingsError, match=why):
            file_source(str(path), roots=[str(data), str(home)], forbidden=home)
    with pytest.raises(SettingsError, match="a path below one of: none"):
        file_source(str(data / "f"), roots=[], forbidden=home)


def test_another_name_of_a_file_of_the_node_is_refused(tmp_path: Path) -> None:
    home, data = tmp_path / "node", tmp_path / "data"
    own = ("trust.toml", "faifo.toml", "manage.key", "webhooks.secret", "programme/data/a.toml")
    may = ("data/a.csv", "uploads/x/a.csv", "inbox/a.csv")
    data.mkdir()
    for number, name in enumerate((*own, *may)):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("x")
        (data / str(number)).hardlink_to(home / name)
        if name in may:
            file_source(str(data / str(number)), roots=[str(data)], forbidden=home)
        else:
            with pytest.raises(SettingsError, match="holds the settings, a key or the database"):
                file_source(str(data / str(number)), roots=[str(data)], forbidden=home)
    # Two names, and neither is one of the node.
    (data / "a").write_text("x")
    (data / "b").hardlink_to(data / "a")
    file_source(str(data / "b"), roots=[str(data)], forbidden=home)


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        *[(one, one) for one in ("http://", "http://[", "http://h:x", "http://h:99999", "http://h/#f")],
        ("http://u@h", "http://…@h"), ("http://u:p@h", "http://…@h"), ("http://:p@h", "http://…@h"),
        ("http://h?key=q", "http://h?…"),
    ],
)  # fmt: skip
def test_what_is_no_base_url_is_refused_and_no_secret_shown(location: str, shown: str) -> None:
    with pytest.raises(SettingsError) as refused:
        http_source(location, credentials=None)
    assert str(refused.value.what) == f"{shown} is not a base URL"


def test_urls_are_told_from_paths() -> None:
    urls = ["https://h", "http://h", "s3://b/k", "sql:SELECT 1", "ftp://h", "/http://h"]
    assert [is_url(url) for url in urls] == [True, True, True, True, False, False]
    assert API.location == "http://h/x"


@pytest.mark.parametrize(
    "given",
    [{"title": 1}, {"location": "x", "term": {}}, {"location": "x", "terms": {"purpose": ["a"]}},
     {"location": "x", "id": ""}, {"location": "x", "id": "x" * 2049}],
)  # fmt: skip
def test_a_misspelt_or_unusable_publication_is_an_error(given: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(given, Publication)


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("prices.csv", "text/csv"),
        ("prices.csv.gz", "application/gzip"),
        ("prices.tar.BZ2", "application/x-bzip2"),
        ("prices.csv.Z", "application/octet-stream"),
        ("prices.Parquet", "application/vnd.apache.parquet"),
        ("prices.jsonl", "application/x-ndjson"),
        ("prices.orc", "application/octet-stream"),
        ("prices", "application/octet-stream"),
    ],
)
async def test_a_file_is_called_what_it_is(
    store: Store, publishing: Publishing, name: str, media_type: str
) -> None:
    source = StoredSource(kind=SourceKind.FILE, location=f"/data/{name}")
    wanted = Publication(location=f"/data/{name}")
    made = await store.run(lambda tx: publishing.publish(tx, wanted, source, now=NOW))
    assert made.media_type == media_type


async def test_publish_withdraw_and_publish_again(store: Store, publishing: Publishing) -> None:
    wanted = Publication(location="http://h/x/", id="d")

    async def publish() -> Any:
        return await store.run(lambda tx: publishing.publish(tx, wanted, API, now=NOW))

    first = await publish()
    assert (first.id, first.title, first.media_type) == ("d", "x", "")
    with pytest.raises(ConflictError, match="the dataset 'd' is published already"):
        await publish()
    await store.run(lambda tx: publishing.withdraw(tx, "d", now=NOW))
    with pytest.raises(NotFoundError):
        await store.run(lambda tx: publishing.withdraw(tx, "d", now=NOW))
    again = await publish()
    assert again.offer_id != first.offer_id
    assert again.withdrawn is None
    events = await store.read(lambda tx: tx.journal.find(dataset="d"))
    assert [entry.event for _, entry in events] == [
        "dataset-published",
        "dataset-withdrawn",
        "dataset-published",
    ]
