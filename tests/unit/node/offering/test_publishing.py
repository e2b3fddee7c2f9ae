from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from faifo.api.datasets import Terms
from faifo.errors import ConflictError, NotFoundError, SettingsError
from faifo.messages.dsp_2025_1.query import read_query
from faifo.node.delivery.changes import Changes
from faifo.node.exchange.ending import Ending
from faifo.node.offering.publishing import (
    Publication,
    Publishing,
    file_source,
    http_source,
    is_url,
    next_page_link,
)
from faifo.store.contract import Store
from faifo.store.records import Proof, SourceKind

NOW = datetime(2026, 11, 22, tzinfo=UTC)
US, THEM = "did:web:a.example", "did:web:b.example"
API = http_source("http://h/x/", credentials=None)


@pytest.fixture
def publishing() -> Publishing:
    return Publishing(
        did=US,
        base="https://a.example/dsp",
        page_size=2,
        changes=Changes(),
        # There is no agreement in these books: nothing is ended, so no engine is asked.
        ending=Ending(cast("Any", None), cast("Any", None), Changes()),
    )


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


@pytest.mark.parametrize(
    "location",
    ["http://", "http://[", "http://h:x", "http://h:99999", "http://u@h", "http://u:p@h",
     "http://:p@h", "http://h?q", "http://h/#f"],
)  # fmt: skip
def test_what_is_no_base_url_is_refused(location: str) -> None:
    with pytest.raises(SettingsError) as refused:
        http_source(location, credentials=None)
    assert str(refused.value.what) == f"{location} is not a base URL"


def test_urls_are_told_from_paths() -> None:
    urls = ["https://h", "http://h", "ftp://h", "/http://h"]
    assert [is_url(url) for url in urls] == [True, True, False, False]
    assert API.location == "http://h/x"


@pytest.mark.parametrize(
    "given",
    [{"title": 1}, {"location": "x", "term": {}}, {"location": "x", "terms": {"purpose": ["a"]}},
     {"location": "x", "id": ""}, {"location": "x", "id": "x" * 2049}],
)  # fmt: skip
def test_a_misspelt_or_unusable_publication_is_an_error(given: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(given, Publication)


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


async def _pages(store: Store, publishing: Publishing) -> list[list[str]]:
    pages, after = [], None
    while True:
        start = after
        catalog, after = await store.read(
            lambda tx: publishing.page(tx, who=Proof(did=US), after=start, now=NOW)  # noqa: B023
        )
        pages.append([entry.id for entry in catalog.dataset])
        if after is None:
            return pages


@pytest.mark.parametrize("count", range(6))
async def test_pages_skip_what_is_hidden_and_show_the_rest_once(
    store: Store, publishing: Publishing, count: int
) -> None:
    for number in range(count):
        for name, terms in (
            (f"{number}-mine", Terms(recipients=(US,))),
            (f"{number}-theirs", Terms(recipients=(THEM,))),
        ):
            wanted = Publication(location="http://h/x", id=name, terms=terms)
            await store.run(lambda tx: publishing.publish(tx, wanted, API, now=NOW))  # noqa: B023
    pages = await _pages(store, publishing)
    assert [name for page in pages for name in page] == [f"{n}-mine" for n in range(count)]
    assert all(len(page) <= 2 for page in pages)
    with pytest.raises(NotFoundError):
        await store.read(lambda tx: publishing.one(tx, "0-theirs", who=Proof(did=US), now=NOW))


def test_a_cursor_may_hold_anything() -> None:
    assert next_page_link("http://h/dsp", 'a/b"> x') == (
        '<http://h/dsp/catalog/request?after=a%2Fb%22%3E%20x>; rel="next"'
    )


async def test_a_search_sorts_and_cuts_what_may_be_seen(
    store: Store, publishing: Publishing
) -> None:
    for name, title in (("a", "Rice"), ("b", "Wheat"), ("c", "Rice paper"), ("d", "Rice, secret")):
        hidden = Terms(recipients=(THEM,)) if name == "d" else Terms()
        publication = Publication(location="http://h/x/", id=name, title=title, terms=hidden)
        await store.run(lambda tx, p=publication: publishing.publish(tx, p, API, now=NOW))
    criterion = {"operandLeft": "title", "operator": "like", "operandRight": "Rice%"}
    spec = {"sortField": "title", "sortOrder": "DESC", "filterExpression": [criterion]}

    async def found(**more: int) -> list[str]:
        query = read_query(({**spec, **more},))
        catalog, following = await store.read(
            lambda tx: publishing.search(tx, query, who=Proof(did=US), now=NOW)
        )
        assert following is None
        return [entry.id for entry in catalog.dataset]

    assert await found() == ["c", "a"]
    assert await found(offset=1) == ["a"]
    assert await found(limit=1) == ["c"]
    assert await found(offset=2) == []
