"""Objects of a store as datasets: read where they lie, and received into; S3Proxy stores them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import obstore
import pytest
from tests.conftest import NodeProcess, Pair, Refused

from faifo.client import Client
from faifo.client.download import Wanted, pushed, stream
from faifo.client.into_store import into_store, writable
from faifo.errors import ConflictError, NotProvenError, SettingsError
from stores.conftest import SECRET, Store

PLACE = "s3://shelf/"
SMALL = b"province,price\nAn Giang,11.2\n"
LARGE = bytes(range(256)) * 4096 * 20  # 20 MiB: several parts of a store's upload


def wanted(pair: Pair, dataset: str) -> Wanted:
    return Wanted(node=pair.provider.did, dataset=dataset, patience=30)


def client_of(node: NodeProcess) -> Client:
    return Client(node.manage_url, (node.path / "manage.key").read_text())


async def published(pair: Pair, store: Store, key: str, content: bytes) -> str:
    await obstore.put_async(store.client, key, content)
    (pair.provider.path / "shelf.options").write_text(store.lines())
    body = {"location": PLACE + key, "credentials": "shelf.options"}
    return str((await pair.provider.call("POST", "/datasets", body))["id"])


async def read(pair: Pair, dataset: str, **headers: str) -> tuple[int, Mapping[str, str], bytes]:
    """Return what the data plane answers to who has the token."""
    transfer = await pair.transfer(await pair.agreement(dataset))
    token = await pair.consumer.call("POST", f"/transfers/{transfer['pid']}/token", {})
    fields = {"Authorization": token["authorization"], **headers}
    async with (
        aiohttp.ClientSession() as session,
        session.get(token["endpoint"], headers=fields) as answer,
    ):
        return answer.status, answer.headers, await answer.read()


@pytest.mark.parametrize("content", [b"", SMALL, LARGE], ids=["empty", "small", "large"])
async def test_read_where_it_lies(pair: Pair, store: Store, content: bytes) -> None:
    dataset = await published(pair, store, "tables/prices.csv", content)
    status, fields, body = await read(pair, dataset)
    assert (status, body == content, fields["Content-Type"]) == (200, True, "text/csv")
    assert hashlib.sha256(content).hexdigest() in fields["ETag"]
    assert 'filename="prices.csv"' in fields["Content-Disposition"]
    entry = [one for one in pair.provider.records("journal") if one.event == "access-served"][-1]
    assert entry.detail["bytes"] == len(content)
    assert entry.detail["response_sha256"] == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=10-19", 10, 20), ("bytes=-5", -5, None), ("bytes=1000000-", 1_000_000, None)],
)
async def test_a_part_of_it(
    pair: Pair, store: Store, asked: str, start: int, stop: int | None
) -> None:
    dataset = await published(pair, store, "large.bin", LARGE)
    status, fields, body = await read(pair, dataset, Range=asked)
    assert (status, body == LARGE[start:stop]) == (206, True)
    assert fields["Content-Range"].endswith(f"/{len(LARGE)}")


async def test_another_content_under_the_same_key_is_refused(pair: Pair, store: Store) -> None:
    dataset = await published(pair, store, "changed.csv", SMALL)
    await obstore.put_async(store.client, "changed.csv", SMALL.replace(b"11.2", b"99.9"))
    status, _, body = await read(pair, dataset)
    assert (status, b"changed-since-publication" in body) == (409, True)
    await obstore.delete_async(store.client, "changed.csv")
    status, _, body = await read(pair, dataset)
    assert (status, b"file-gone" in body) == (410, True)
    refused = [one for one in pair.provider.records("journal") if one.event == "access-refused"]
    assert [one.detail["reason"] for one in refused[-2:]] == [
        "changed-since-publication",
        "file-gone",
    ]


@pytest.mark.parametrize(
    ("location", "lines", "told"),
    [
        ("s3://shelf/nothing.csv", None, "not there"),
        ("s3://shelf/", None, "names no object"),
        ("s3://shelf/faifo.toml", None, "keys"),
        ("s3://shelf/here.csv", "colour: green\n", "options"),
        ("s3://shelf/here.csv", "secret_access_key: of-somebody\naccess_key_id: x\n", "usable"),
    ],
)
async def test_what_cannot_be_published(
    pair: Pair, store: Store, location: str, lines: str | None, told: str
) -> None:
    await obstore.put_async(store.client, "here.csv", SMALL)
    options = dict(store.options)
    options |= dict(one.split(": ") for one in (lines or "").splitlines())
    text = "".join(f"{name}: {value}\n" for name, value in options.items())
    (pair.provider.path / "shelf.options").write_text(text)
    with pytest.raises(Refused) as refused:
        await pair.provider.call(
            "POST", "/datasets", {"location": location, "credentials": "shelf.options"}
        )
    assert (refused.value.status, told in str(refused.value.problem)) == (400, True)
    seen = str(refused.value.problem) + pair.provider.log_tail()
    assert SECRET not in seen
    assert "of-somebody" not in seen


async def test_received_into_a_store(pair: Pair, store: Store) -> None:
    dataset = await published(pair, store, "from.bin", LARGE)
    async with client_of(pair.consumer) as client:
        take = into_store(PLACE + "got/large.bin", store.options, overwrite=False)
        done = await stream(client, wanted(pair, dataset), take)
        assert (done.size, done.proven) == (len(LARGE), True)
        got = await (await obstore.get_async(store.client, "got/large.bin")).bytes_async()
        assert bytes(got) == LARGE
        with pytest.raises(ConflictError):
            await stream(client, wanted(pair, dataset), take)


async def test_what_is_not_proven_never_appears_in_the_store(store: Store) -> None:
    async def coming() -> Any:
        yield LARGE
        raise NotProvenError(step="SHA-256", reason="another")

    with pytest.raises(NotProvenError):
        await into_store(PLACE + "wrong.bin", store.options, overwrite=True)(coming())
    with pytest.raises(FileNotFoundError):
        await obstore.head_async(store.client, "wrong.bin")


async def test_pushed_to_a_signed_address_of_a_store(pair: Pair, store: Store) -> None:
    dataset = await pair.publish(SMALL.decode())
    to = writable(PLACE + "pushed.csv", store.options)
    async with client_of(pair.consumer) as client:
        done = await pushed(client, wanted(pair, dataset), to, method="PUT")
    assert done.state == "COMPLETED"
    got = await (await obstore.get_async(store.client, "pushed.csv")).bytes_async()
    assert bytes(got) == SMALL


@pytest.mark.parametrize("location", ["s3://shelf", "s3://shelf/a/", "s3:///key"])
def test_a_place_without_a_key(location: str, store: Store) -> None:
    with pytest.raises(SettingsError, match="no object"):
        into_store(location, store.options, overwrite=False)


def test_without_options_a_store_is_asked_as_nobody(tmp_path: Path) -> None:
    from faifo.dataplane.objects import open_store

    assert "skip_signature" in str(open_store("s3://open-data", {}).config)
