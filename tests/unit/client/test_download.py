from __future__ import annotations

import hashlib
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from faifo.client import Wanted, download
from faifo.client.download import stream, written
from faifo.errors import (
    ConflictError,
    NotProvenError,
    PeerError,
    RefusedError,
    StorageError,
    UnreachableError,
)

WANTED = Wanted(node="provider", dataset="d", patience=5)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_the_file_is_whole_and_the_provider_learns_of_it(
    client: Any, node: Any, tmp_path: Path
):
    done = await download(client, WANTED, tmp_path / "x.csv", tmp_path)
    assert (tmp_path / "x.csv").read_bytes() == node.content
    assert done.proven
    assert done.sha256 == hashlib.sha256(node.content).hexdigest()
    assert node.said == [("t1", "completion", "")]
    assert names(tmp_path) == ["x.csv"]


async def test_without_a_name_the_providers_is_taken(client: Any, node: Any, tmp_path: Path):
    done = await download(client, WANTED, None, tmp_path)
    assert done.path == tmp_path / "prices.csv"


async def test_without_the_providers_name_the_title_is_taken(
    client: Any, node: Any, tmp_path: Path
):
    node.disposition = "inline"
    assert (await download(client, WANTED, None, tmp_path)).path == tmp_path / "Prices"


async def test_a_file_of_the_providers_name_is_not_overwritten(
    client: Any, node: Any, tmp_path: Path
):
    (tmp_path / "prices.csv").write_text("mine")
    with pytest.raises(ConflictError) as caught:
        await download(client, WANTED, None, tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/prices.csv is there already; name another file with -o, or say --overwrite"
    )
    assert (tmp_path / "prices.csv").read_text() == "mine"
    assert node.said == [("t1", "termination", "prices.csv is there already")]


async def test_a_broken_answer_is_gone_on_with_from_the_missing_byte(
    client: Any, node: Any, tmp_path: Path
):
    node.breaks = [4000, 100]
    await download(client, WANTED, tmp_path / "x", tmp_path)
    assert (tmp_path / "x").read_bytes() == node.content
    assert node.ranges == [None, "bytes=4000-", "bytes=4100-"]
    assert len(node.transfers) == 1


async def test_a_later_run_asks_only_for_the_missing_range_in_the_same_transfer(
    client: Any, node: Any, tmp_path: Path
):
    node.breaks = [6000, 0, 0, 0]
    told: list[tuple[Path, int]] = []
    wanted = Wanted(node="p", dataset="d", kept=lambda path, size: told.append((path, size)))
    with pytest.raises(UnreachableError) as caught:
        await download(client, wanted, tmp_path / "x", tmp_path)
    assert str(caught.value).endswith("broke off: the connection broke")
    assert told == [(tmp_path / "x.part", 6000)]
    assert (tmp_path / "x.part").stat().st_size == 6000
    assert not (tmp_path / "x").exists()
    node.ranges.clear()
    done = await download(client, WANTED, tmp_path / "x", tmp_path)
    assert (done.resumed_at, node.ranges, list(node.transfers)) == (6000, ["bytes=6000-"], ["t1"])
    assert (tmp_path / "x").read_bytes() == node.content


async def test_a_part_of_another_content_is_begun_anew(client: Any, node: Any, tmp_path: Path):
    node.breaks = [6000, 0, 0, 0]
    with pytest.raises(Exception, match="broke off"):
        await download(client, WANTED, tmp_path / "x", tmp_path)
    node.content = b"another" * 2000
    await download(client, WANTED, tmp_path / "x", tmp_path)
    assert (tmp_path / "x").read_bytes() == node.content


async def test_a_part_of_another_dataset_is_begun_anew(client: Any, node: Any, tmp_path: Path):
    (tmp_path / "x.part").write_bytes(b"wrong")
    (tmp_path / "x.part.json").write_text(
        '{"provider":"did:web:provider.example","dataset":"e","etag":"\\"1\\"","transfer":"t"}'
    )
    await download(client, WANTED, tmp_path / "x", tmp_path)
    assert (tmp_path / "x").read_bytes() == node.content
    assert node.ranges == [None]


async def test_a_part_that_was_whole_needs_no_data(client: Any, node: Any, tmp_path: Path):
    tag = f'"{hashlib.sha256(node.content).hexdigest()}"'
    (tmp_path / "x.part").write_bytes(node.content)
    memory = {"provider": "did:web:provider.example", "dataset": "d", "transfer": "t", "etag": tag}
    (tmp_path / "x.part.json").write_text(json.dumps(memory))
    done = await download(client, WANTED, tmp_path / "x", tmp_path)
    assert done.proven
    assert (tmp_path / "x").read_bytes() == node.content


async def test_without_a_strong_tag_a_broken_answer_is_begun_anew(
    client: Any, node: Any, tmp_path: Path
):
    node.etag, node.breaks = 'W/"1"', [4000]
    await download(client, WANTED, tmp_path / "x", tmp_path)
    assert (tmp_path / "x").read_bytes() == node.content
    assert node.ranges == [None, None]


@pytest.mark.parametrize("code", ["token-expired", "token-unknown", "transfer-closed"])
async def test_one_new_transfer_under_the_same_agreement(
    client: Any, node: Any, make_problem: Any, tmp_path: Path, code: str
):
    node.refusals = [make_problem(401, code, "no more")]
    done = await download(client, WANTED, tmp_path / "x", tmp_path)
    assert done.transfer == "t2"
    assert (tmp_path / "x").read_bytes() == node.content


async def test_a_transfer_that_ended_midway_is_replaced_and_gone_on_with(
    client: Any, node: Any, make_problem: Any, tmp_path: Path
):
    node.breaks = [5000]

    def end(done: int, _total: int | None) -> None:
        node.transfers["t1"] = "TERMINATED"

    wanted = Wanted(node="provider", dataset="d", patience=5, progress=end)
    done = await download(client, wanted, tmp_path / "x", tmp_path)
    assert done.transfer == "t2"
    assert node.ranges == [None, "bytes=5000-", "bytes=5000-"]


async def test_a_second_refusal_is_the_end(
    client: Any, node: Any, make_problem: Any, tmp_path: Path
):
    node.refusals = [make_problem(401, "token-expired", f"no {number}") for number in (1, 2)]
    with pytest.raises(NotProvenError, match="no 2"):
        await download(client, WANTED, tmp_path / "x", tmp_path)


async def test_a_refusal_by_the_rules_is_not_tried_again(
    client: Any, node: Any, make_problem: Any, tmp_path: Path
):
    node.refusals = [make_problem(403, "policy-refused", "after the last day", "too late")]
    with pytest.raises(RefusedError) as caught:
        await download(client, WANTED, tmp_path / "x", tmp_path)
    assert str(caught.value) == "after the last day"
    assert caught.value.reasons == ("too late",)
    assert names(tmp_path) == []
    assert node.said == [("t1", "termination", "after the last day")]


async def test_what_is_not_as_promised_is_put_aside(client: Any, node: Any, tmp_path: Path):
    node.promised = bytes(32)
    with pytest.raises(NotProvenError) as caught:
        await download(client, WANTED, tmp_path / "x", tmp_path)
    came = hashlib.sha256(node.content).hexdigest()
    why = f"SHA-256: promised {'00' * 32}, but what came has {came}"
    assert str(caught.value) == f"{why}; what came is in {tmp_path}/x.not-proven"
    assert names(tmp_path) == ["x.not-proven"]
    assert node.said == [("t1", "termination", why)]


async def test_a_stream_is_proven_too(client: Any, node: Any, tmp_path: Path):
    with (tmp_path / "out").open("wb") as sink:
        done = await stream(client, WANTED, written(sink))
    assert (tmp_path / "out").read_bytes() == node.content
    assert (done.path, done.proven, node.said) == (None, True, [("t1", "completion", "")])
    node.promised = bytes(32)
    with (tmp_path / "out").open("wb") as sink, pytest.raises(NotProvenError):
        await stream(client, WANTED, written(sink))


async def test_a_stream_that_nobody_takes_any_more_is_closed(client: Any, node: Any):
    left = []

    async def take(coming: Any) -> None:
        left.append(coming)
        await anext(coming)
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        await stream(client, WANTED, take)
    assert left[0].ag_frame is None
    assert [said[1] for said in node.said] == ["termination"]


async def test_an_error_of_an_api_is_not_a_file(client: Any, node: Any, tmp_path: Path):
    from aiohttp import web

    node.refusals = [web.Response(status=500, text="<h1>boom</h1>")]
    with pytest.raises(PeerError) as caught:
        await download(client, WANTED, tmp_path / "x", tmp_path)
    assert str(caught.value) == "did:web:provider.example answered 500: no reason given"
    assert names(tmp_path) == []


async def test_a_full_disk_keeps_what_came_and_says_so(client: Any, node: Any, tmp_path: Path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(StorageError) as caught:
            await download(client, WANTED, tmp_path / "x", tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert str(caught.value) == (
        f"{tmp_path}/x.part cannot be written: File too large; 4096 bytes are kept; "
        "make room or name another place, then give the same command again"
    )
    assert names(tmp_path) == ["x.part", "x.part.json"]
    node.ranges.clear()
    await download(client, WANTED, tmp_path / "x", tmp_path)
    assert node.ranges == ["bytes=4096-"]
    assert (tmp_path / "x").read_bytes() == node.content


async def test_a_missing_folder_is_told_before_anything_is_negotiated(
    client: Any, node: Any, tmp_path: Path
):
    with pytest.raises(StorageError) as caught:
        await download(client, WANTED, tmp_path / "no" / "x", tmp_path / "no")
    assert str(caught.value) == f"there is no folder {tmp_path}/no; make it first"
    assert node.requests == []


async def test_what_is_no_file_keeps_its_name(client: Any, node: Any, tmp_path: Path):
    os.mkfifo(tmp_path / "x")
    over = msgspec.structs.replace(WANTED, overwrite=True)
    with pytest.raises(StorageError) as caught:
        await download(client, over, tmp_path / "x", tmp_path)
    assert str(caught.value) == f"{tmp_path}/x is no file; say -o - and lead the output there"
    assert (tmp_path / "x").is_fifo()
    assert node.requests == []


async def test_a_folder_of_another_name_is_not_in_the_way(client: Any, node: Any, tmp_path: Path):
    (tmp_path / "data").mkdir()
    done = await download(client, WANTED, None, tmp_path)
    assert done.path is not None
    assert done.path.name != "data"
    assert done.path.read_bytes() == node.content


def test_a_read_only_folder_is_told(tmp_path: Path):
    folder = tmp_path / "ro"
    folder.mkdir()
    folder.chmod(0o555)
    code = (
        "import os, sys, pathlib\n"
        "from faifo.client.partfile import PartFile\n"
        "from faifo.phrases import say\n"
        "say('errors.none.reasons', 'en')\n"
        "os.chdir(sys.argv[1])\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"
        "try: PartFile(pathlib.Path('x')).check()\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "StorageError . cannot be written; name another place with -o\n"


async def test_two_processes_do_not_write_one_part(client: Any, tmp_path: Path):
    from faifo.client.partfile import PartFile

    first = PartFile(tmp_path / "x")
    first.open()
    with pytest.raises(ConflictError) as caught:
        await download(client, WANTED, tmp_path / "x", tmp_path)
    first.close()
    assert str(caught.value) == f"another process is writing {tmp_path}/x.part; wait for it"
