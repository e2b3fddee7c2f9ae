"""What a data scientist sees when there is no data: the same sentences as on the command line."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest


async def read(url: str, shared: Any, **options: Any) -> Any:
    pandas = pytest.importorskip("pandas")
    return await asyncio.to_thread(
        pandas.read_csv, url, storage_options={**shared.options, **options}
    )


async def test_a_purpose_that_is_not_offered(shared: Any, monkeypatch: pytest.MonkeyPatch):
    url = await shared.publish("a.csv", b"a,b\n1,2\n", purposes=["research"])
    with pytest.raises(PermissionError) as caught:
        await read(url, shared, purpose="advertising")
    assert "advertising" in str(caught.value)
    assert "refused" in str(caught.value)
    journal = shared.consumer.records("journal")
    (noted,) = [entry for entry in journal if entry.event == "request-not-made"]
    assert (noted.dataset, noted.peer) == ("a.csv", shared.provider.did)
    assert "allowed is the use only for the purpose" in str(noted.detail["why"])
    assert (await read(url, shared, purpose="research")).shape == (1, 2)
    monkeypatch.setenv("FAIFO_PURPOSE", "research")
    assert (await read(url, shared)).shape == (1, 2)
    assert len(shared.provider.records("agreement")) == 1


async def test_what_is_not_there(shared: Any):
    with pytest.raises(FileNotFoundError) as caught:
        await read("faifo://rice/none.csv", shared)
    assert str(caught.value) == (
        f"no dataset in the catalog of {shared.provider.did} 'none.csv' here"
    )
    with pytest.raises(FileNotFoundError, match=r"no node \(a DID, a URL or a name of the trust"):
        await read("faifo://nobody/a.csv", shared)
    with pytest.raises(PermissionError, match=r"did:web:localhost%3A1 is not in this node's trust"):
        await read("faifo://localhost:1/a.csv", shared)


async def test_a_file_that_changed_at_the_provider(shared: Any):
    url = await shared.publish("a.csv", b"a,b\n1,2\n")
    await read(url, shared)
    (shared.folder / "a.csv").write_bytes(b"a,b\n3,4\n")
    with pytest.raises(OSError, match="not the one that was published"):
        await read(url, shared)


async def test_a_stopped_node(shared: Any):
    url = await shared.publish("a.csv", b"a,b\n1,2\n")
    await shared.consumer.stop()
    with pytest.raises(ConnectionError, match=r"is not running; start it with: faifo serve"):
        await read(url, shared)
    await shared.consumer.start()
    assert (await read(url, shared)).shape == (1, 2)
    assert os.environ.get("FAIFO_DIR") is None


async def test_a_transfer_that_the_provider_ends_is_begun_anew(shared: Any):
    url = await shared.publish("a.csv", b"a,b\n1,2\n")
    await read(url, shared)
    (transfer,) = shared.provider.records("transfer")
    await shared.provider.call("POST", f"/transfers/{transfer.pid}/termination", {"reason": "x"})
    await shared.provider.settled(f"/transfers/{transfer.pid}", "TERMINATED")
    assert (await read(url, shared)).shape == (1, 2)
    assert len(shared.provider.records("transfer")) == 2
    assert len(shared.provider.records("agreement")) == 1
