"""What was erased is in no file of the node; the leaf stays, and its receipt stays true."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Refused
from tests.receipts.test_evidence import PATIENCE, SOON, exchanged, settled

from faifo.errors import ConflictError, SettingsError
from faifo.ledger.bundle import judge_bundle
from faifo.ledger.trust_policy import Policy
from faifo.node.custody.backups import copies_of, copy_node
from faifo.node.custody.directory import Directory
from faifo.node.receipts.restoring import put_back, succeed
from faifo.store.packing import PACKED, unpacked
from faifo.store.sql.packs import SqlPacks
from faifo.store.sqlite.store import open_store


def found_in(folder: Path, *canaries: bytes) -> set[str]:
    """Return the files in which one of the canaries stands, as it is, in hex or in base64."""
    forms = [
        form
        for one in canaries
        for form in (
            one,
            one.hex().encode(),
            *(base64.b64encode(b"x" * n + one)[4:-4] for n in (0, 1, 2)),
        )
    ]
    found = set()
    for file in folder.rglob("*"):
        # A file that is written anew by renaming may be gone by now.
        with contextlib.suppress(FileNotFoundError, IsADirectoryError):
            content = file.read_bytes()
            if any(form in content for form in forms):
                found.add(str(file.relative_to(folder)))
    return found


async def test_no_copy_is_left_in_any_file_and_inclusion_still_verifies(
    new_pair: Any, tmp_path: Path
):
    pair = await new_pair(SOON)
    agreement = await exchanged(pair)
    provider = pair.provider
    receipts = (await provider.call("GET", f"/receipts?agreement={agreement}"))["items"]
    (access,) = [one for one in receipts if one["whose"] == "ours" and one["kind"] == "access"]
    opening = json.loads(access["opening"])
    access_id = json.loads(opening["record"])["detail"]["access"].encode()
    salt = base64.b64decode(opening["salt"])
    assert found_in(provider.path, access_id)  # the search finds what is there
    assert found_in(provider.path, salt)

    order = {"agreement": agreement, "reason": "request"}
    done = await provider.call("POST", "/erasures", order)
    assert (done["places"], done["theirs"], done["clean"]) == ([access["place"]], 1, True)
    assert found_in(provider.path, access_id, salt) == set()

    answer = await provider.call("GET", f"/evidence/{agreement}")
    judged = judge_bundle("b", base64.b64decode(answer["content"]), Policy())
    assert judged.fault is None
    (mine,) = [
        one
        for one in judged.verdicts
        if one.receipt and base64.b64encode(one.receipt.leaf).decode() in access["receipt"]
    ]
    assert (mine.fault, mine.opening) == (None, None)
    # The agreement itself is still told, and so is the erasure.
    kinds = {one.kind.name for one in judged.verdicts if one.kind and one.opening}
    assert kinds == {"AGREEMENT", "ERASURE"}
    # The other side is asked, by the receipt of the erasure; it still has its own copy.
    await settled(pair, agreement, provider_has=2, consumer_has=3)
    timeline = await pair.consumer.call("GET", f"/timeline/{agreement}")
    assert any("asks to do likewise" in one["text"] for one in timeline["entries"])
    # It may lie across two pages of the file.
    assert access_id in plain_rows(pair.consumer.path / "faifo.db")
    done = await pair.consumer.call("POST", "/erasures", order)
    assert done["clean"]
    assert found_in(pair.consumer.path, access_id, salt) == set()
    assert access_id not in plain_rows(pair.consumer.path / "faifo.db")


def plain_rows(database: Path, *tables: str) -> bytes:
    """Return every record of a database, and all that stands in packs."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        plain = SqlPacks(connection).reading()  # type: ignore[arg-type]
        packs = connection.execute("SELECT kind, data FROM pack").fetchall()
        rows = [
            plain(record)
            for table in tables or PACKED
            for (record,) in connection.execute(
                f"SELECT record FROM {table} WHERE record IS NOT NULL"
            )
        ]
        wanted = tables or PACKED
        return b"\n".join(
            [*rows, *(one for kind, data in packs if kind in wanted for one in unpacked(data))]
        )


async def pack_all(node: Any) -> None:
    """Pack all that a node has, old or not, while it stands still."""
    await node.stop()
    store = await open_store(node.path / "faifo.db")
    for table in PACKED:

        async def pack(tx: Any, table: str = table) -> int:
            return await tx.room.pack(table, after=0, old="9", limit=10_000)

        await store.run(pack)
    await store.close()


async def test_what_was_packed_is_erased_as_well(new_pair: Any, tmp_path: Path):
    """A search in the files would not find it packed: every row is unpacked, before and after."""
    pair = await new_pair(SOON)
    agreement = await exchanged(pair)
    await settled(pair, agreement, provider_has=2, consumer_has=2)
    node = pair.provider
    receipts = (await node.call("GET", f"/receipts?agreement={agreement}"))["items"]
    (access,) = [one for one in receipts if one["whose"] == "ours" and one["kind"] == "access"]
    access_id = json.loads(json.loads(access["opening"])["record"])["detail"]["access"].encode()
    await pack_all(node)
    assert found_in(node.path, access_id) == set()
    assert access_id in plain_rows(node.path / "faifo.db")
    await node.start()
    again = (await node.call("GET", f"/receipts?agreement={agreement}"))["items"]
    assert next(one for one in again if one["place"] == access["place"])["opening"]
    answer = await node.call("GET", f"/evidence/{agreement}")
    judged = judge_bundle("b", base64.b64decode(answer["content"]), Policy())
    assert judged.fault is None
    assert [(one.fault, bool(one.opening)) for one in judged.verdicts if one.receipt] == [
        (None, True)
    ] * 4
    order = {"agreement": agreement, "reason": "request"}
    done = await node.call("POST", "/erasures", order)
    assert done["clean"]
    await node.stop()
    assert access_id not in plain_rows(node.path / "faifo.db")


async def test_a_backup_of_what_was_packed_is_sealed_as_well(new_pair: Any, tmp_path: Path):
    pair = await new_pair(SOON)
    agreement = await exchanged(pair)
    node = pair.provider
    await settled(pair, agreement, provider_has=2, consumer_has=2)
    found = (await node.call("GET", f"/receipts?agreement={agreement}"))["items"]
    receipts = [one for one in found if one["kind"] == "access"]
    openings = {one["whose"]: json.loads(one["opening"]) for one in receipts}
    canaries = [
        json.loads(openings["ours"]["record"])["detail"]["access"].encode(),
        openings["theirs"]["salt"].encode(),
    ]
    await pack_all(node)
    backup, keys, whole = tmp_path / "copy", tmp_path / "keys", tmp_path / "whole"
    copy_node(Directory(node.path), backup, keys)
    assert put_back(backup, whole, keys) == []
    for folder, there in ((node.path, True), (backup, False), (whole, True)):
        rows = plain_rows(folder / "faifo.db", "log_record", "journal", "peer_receipt")
        assert [one in rows for one in canaries] == [there, there]
    with contextlib.closing(sqlite3.connect(whole / "faifo.db")) as connection:
        timers = connection.execute("SELECT count(*) FROM timer WHERE kind = 'retention'")
        assert timers.fetchone() == (0,)  # packing begins anew


async def test_there_is_nothing_to_erase_twice_or_elsewhere(new_pair: Any):
    pair = await new_pair(SOON)
    agreement = await exchanged(pair)
    order = {"agreement": agreement, "reason": "mistake"}
    await pair.provider.call("POST", "/erasures", order)
    for wanted in (order, {**order, "agreement": "urn:uuid:none"}, {**order, "place": 10**9}):
        with pytest.raises(Refused) as refused:
            await pair.provider.call("POST", "/erasures", wanted)
        assert refused.value.status == 404


async def test_a_backup_opens_what_was_erased_only_with_the_key_of_its_month(
    new_pair: Any, tmp_path: Path
):
    pair = await new_pair(SOON)
    agreement = await exchanged(pair)
    node = pair.provider
    await settled(pair, agreement, provider_has=2, consumer_has=2)
    receipts = (await node.call("GET", f"/receipts?agreement={agreement}"))["items"]
    openings = [json.loads(one["opening"]) for one in receipts if one["kind"] == "access"]
    ids = [json.loads(one["record"])["detail"].get("access", "").encode() for one in openings]
    canaries = [one for one in ids if one] + [base64.b64decode(one["salt"]) for one in openings]
    assert len(canaries) >= 3
    backup, keys = tmp_path / "copies" / "first", tmp_path / "kept"
    backup.parent.mkdir()
    copy_node(Directory(node.path), backup, keys)
    for canary in canaries:
        assert found_in(node.path, canary)  # the search finds what is there
    assert found_in(backup, *canaries) == set()
    (key,) = keys.iterdir()
    assert not any(key.read_bytes() in file.read_bytes() for file in backup.rglob("*.db"))
    copy_node(Directory(node.path), tmp_path / "copies" / "second", keys)
    assert list(keys.iterdir()) == [key]

    # With its key the backup is the whole node again.
    whole = tmp_path / "whole"
    assert put_back(backup, whole, keys) == []
    assert all(found_in(whole, canary) for canary in canaries)

    order = {"agreement": agreement, "reason": "request"}
    done = await node.call("POST", "/erasures", order)
    assert done["copies"] == [str(backup), str(tmp_path / "copies" / "second")]
    # Half a key is none of a month that was closed: it is named, and nothing is put back.
    rest = key.read_bytes()
    key.write_bytes(rest[:15])
    for asked in (
        lambda: put_back(backup, tmp_path / "half", keys),
        lambda: copy_node(Directory(node.path), tmp_path / "copies" / "third", keys),
    ):
        with pytest.raises(SettingsError, match=f"{key} cannot be read"):
            asked()
    assert not (tmp_path / "half").exists()
    assert len(list((tmp_path / "copies").iterdir())) == 2
    key.write_bytes(rest)
    # Without it nothing of that month is, and what is not private is as it was.
    key.rename(tmp_path / "gone")
    shut = tmp_path / "shut"
    assert put_back(backup, shut, keys) == [key.stem]
    assert found_in(shut, *canaries) == set()
    assert open_counts(shut) == (len(receipts), 0, 0)
    assert copies_of(Directory(node.path), [f"{key.stem}-01"]) == []


def open_counts(folder: Path) -> tuple[int, int, int]:
    """Return how many receipts, records and openings stand in the database of a node."""
    with contextlib.closing(sqlite3.connect(folder / "faifo.db")) as connection:
        (records, opened) = connection.execute(
            "SELECT count(*), count(record) FROM log_record WHERE agreement IS NOT NULL"
        ).fetchone()
        (others,) = connection.execute("SELECT count(*) FROM peer_receipt").fetchone()
        (openings,) = connection.execute(
            "SELECT count(json_extract(record, '$.opening')) FROM peer_receipt"
        ).fetchone()
    return records + others, opened, openings


def test_the_keys_of_a_backup_are_never_in_a_backup(tmp_path: Path):
    directory = Directory(tmp_path / "node")
    directory.path.mkdir()
    for keys in (tmp_path / "copy" / "keys", directory.path / "keys-of-months"):
        with pytest.raises(ConflictError, match="would be in the copy"):
            copy_node(directory, tmp_path / "copy", keys)


async def accesses(node: Any, agreement: str, count: int) -> list[dict[str, Any]]:
    """Return the node's own receipts of accesses that are not erased, once there are so many."""
    async with asyncio.timeout(PATIENCE):
        while True:
            items = (await node.call("GET", f"/receipts?agreement={agreement}&limit=100"))["items"]
            found = [
                one
                for one in items
                if one["whose"] == "ours" and one["kind"] == "access" and one["opening"]
            ]
            if len(found) == count:
                return sorted(found, key=lambda one: (one["origin"], one["place"]))
            await asyncio.sleep(0.05)


async def test_one_of_equal_accesses_is_erased_with_what_the_partner_says_of_that_one(
    new_pair: Any,
):
    pair = await new_pair(SOON)
    agreement = await exchanged(pair)
    for count in (2, 3):
        transfer = await pair.transfer(agreement)
        await pair.consumer.raw("GET", f"/transfers/{transfer['pid']}/data")
        await settled(pair, agreement, provider_has=1 + count, consumer_has=1 + count)
    _, second, _ = await accesses(pair.provider, agreement, 3)
    order = {"agreement": agreement, "reason": "mistake", "place": second["place"]}
    done = await pair.provider.call("POST", "/erasures", order)
    assert (done["places"], done["theirs"]) == ([second["place"]], 1)
    items = (await pair.provider.call("GET", f"/receipts?agreement={agreement}"))["items"]
    shut = [one for one in items if one["opening"] is None]
    assert {(one["whose"], one["process"]) for one in shut} == {
        ("ours", second["process"]),
        ("theirs", second["process"]),
    }


async def test_a_place_is_one_in_the_newest_log_unless_the_log_is_named(new_pair: Any):
    pair = await new_pair(SOON)
    agreement = await exchanged(pair)
    node = pair.provider
    [old] = await accesses(node, agreement, 1)
    await node.stop()
    await succeed(Directory(node.path))
    await node.start()
    place, newer, count = old["place"], "", 1
    transfer = await pair.transfer(agreement)
    while not newer:
        await pair.consumer.raw("GET", f"/transfers/{transfer['pid']}/data")
        count += 1
        found = await accesses(node, agreement, count)
        same = [one for one in found if one["place"] == place and one["origin"] != old["origin"]]
        newer = same[0]["origin"] if same else ""
        assert count < 20
    order = {"agreement": agreement, "reason": "mistake", "place": place}
    with pytest.raises(Refused) as refused:
        await node.call("POST", "/erasures", {**order, "log": "elsewhere/log"})
    assert refused.value.status == 404
    await node.call("POST", "/erasures", order)
    left = await accesses(node, agreement, count - 1)
    assert (old["origin"], place) in {(one["origin"], one["place"]) for one in left}
    assert (newer, place) not in {(one["origin"], one["place"]) for one in left}
    done = await node.call("POST", "/erasures", {**order, "log": old["origin"]})
    assert done["places"] == [place]
    await accesses(node, agreement, count - 2)
