"""A node that was restored from an older copy signs nothing until a successor of its log began."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.receipts.forging import Forger
from tests.receipts.test_handing_over import proven, receipts, until
from tests.receipts.test_split_views import until_event

from faifo.errors import ConflictError, NotFoundError
from faifo.ledger.leaf import Kind, read_opening
from faifo.node.custody.backups import copy_node
from faifo.node.custody.directory import Directory
from faifo.node.receipts.restoring import put_back, succeed

SOON = "\n[receipts]\ndelay_seconds = 0.05\n"


async def halted(node: Any) -> str:
    log = await node.call("GET", "/log")
    assert (log["checkpoint"] is None) == bool(log["halted"])
    return str(log["halted"])


async def troubles(node: Any) -> list[dict[str, Any]]:
    return list((await node.call("GET", "/status"))["troubles"])


async def grown(pair: Any) -> str:
    """Make an agreement whose receipts both sides hold; return it."""
    agreement = await pair.agreement(await pair.publish())
    await until(pair.consumer, agreement, lambda found: len(found) == 2)
    return str(agreement)


def copied(node: Any) -> Path:
    """Copy the whole directory of a node that does not run, as a snapshot would."""
    copy = Path(node.path).with_name(f"{Path(node.path).name}-copy")
    shutil.copytree(node.path, copy)
    return copy


def put(copy: Path, node: Any, *names: str) -> None:
    for extra in ("-wal", "-shm"):
        (Path(node.path) / f"faifo.db{extra}").unlink(missing_ok=True)
    for name in names:
        shutil.copy(copy / name, Path(node.path) / name)


@pytest.mark.parametrize("snapshot", [False, True], ids=["only the database", "all files"])
async def test_an_older_copy_signs_nothing_until_a_successor_begins(new_pair: Any, snapshot: bool):
    pair = await new_pair(SOON)
    first = await grown(pair)
    await pair.provider.stop()
    copy = copied(pair.provider)
    await pair.provider.start()
    await grown(pair)
    await pair.provider.stop()
    put(copy, pair.provider, "faifo.db", *(["log.head"] if snapshot else []))
    await pair.provider.start()
    # Of a whole snapshot only the partner knows better: it is asked at the start.
    await until_event(pair.provider, "log-halted")
    why = await halted(pair.provider)
    assert "older copy" in why
    [told] = [one for one in await troubles(pair.provider) if one["check"] == "log-halted"]
    assert (told["state"], "older copy" in told["text"]) == ("fault", True)
    # Who asks from outside hears that much, and of no partner.
    async with aiohttp.ClientSession() as session:
        answer = await session.get(f"{pair.provider.public_url}/log/checkpoint")
        assert (answer.status, pair.consumer.did in await answer.text()) == (409, False)
    examined = await pair.provider.call("GET", "/examination")
    assert "log-halted" in {one["check"] for one in examined["items"]}
    begun = await pair.negotiate(await pair.publish())
    done = await pair.consumer.settled(f"/negotiations/{begun['pid']}")
    seen = await pair.consumer.call("GET", f"/agreements/{done['agreement']}")
    assert (seen["active"], seen["receipts"]) == (False, "waiting")

    await pair.provider.stop()
    made = await succeed(Directory(pair.provider.path))
    assert made.origin == f"{made.former}/2"
    await pair.provider.start()
    assert not await halted(pair.provider)
    assert "log-halted" not in {one["check"] for one in await troubles(pair.provider)}
    # The agreement that waited has its receipt now, from the new log.
    await until_event(pair.consumer, "agreement-proven")
    [theirs] = [
        one for one in await receipts(pair.consumer, done["agreement"]) if one["whose"] == "theirs"
    ]
    assert (theirs["origin"], proven(theirs)) == (made.origin, Kind.AGREEMENT)
    # What the copy held is still proven, by the log that ended; what it lost is not there.
    [old] = [one for one in await receipts(pair.provider, first) if one["whose"] == "ours"]
    assert (old["origin"], proven(old)) == (made.former, Kind.AGREEMENT)
    [begin] = [one for one in await all_of(pair.provider) if one["kind"] == "key_change"]
    assert (begin["place"], begin["origin"]) == (0, made.origin)
    assert made.former in read_opening(begin["opening"].encode()).record.decode()


async def all_of(node: Any) -> list[dict[str, Any]]:
    return list((await node.call("GET", "/receipts?limit=1000"))["items"])


async def test_a_backup_put_back_begins_a_new_log(new_pair: Any, tmp_path: Path):
    pair = await new_pair(SOON)
    await grown(pair)
    node = pair.provider
    backup = tmp_path / "backup"
    copy_node(Directory(node.path), backup)
    assert not (backup / "log.head").exists()
    with pytest.raises(ConflictError):
        put_back(backup, Path(node.path))
    with pytest.raises(NotFoundError):
        put_back(tmp_path, tmp_path / "elsewhere")
    await node.stop()
    shutil.rmtree(node.path)
    put_back(backup, Path(node.path))
    # A copy that was put back by hand alone is known to be one.
    await node.start()
    assert "log.head" in await halted(node)
    async with aiohttp.ClientSession() as session:
        answer = await session.get(f"{node.public_url}/log/checkpoint")
        assert answer.status == 409
        assert "faifo restore" in (await answer.json())["detail"]
    await node.stop()
    await succeed(Directory(node.path))
    await node.start()
    assert not await halted(node)
    await grown(pair)


async def test_only_a_head_that_we_signed_halts_us(new_pair: Any):
    pair = await new_pair(SOON)
    await grown(pair)
    stranger = Forger(pair.consumer)
    stranger.origin = f"localhost:{pair.provider.port}/log"
    await stranger.hand(pair.provider, seen=stranger.head(10_000, bytes(32)))
    assert not await halted(pair.provider)
    own = Forger(pair.provider).head(10_000, bytes(32))
    await stranger.hand(pair.provider, seen=own)
    await until_event(pair.provider, "log-halted")
    assert "10000" in await halted(pair.provider)
