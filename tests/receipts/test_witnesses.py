"""A node as a witness (C2SP tlog-witness), and named witnesses that must have cosigned."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.receipts.forging import Forger
from tests.receipts.test_handing_over import receipts
from tests.receipts.test_split_views import until_event

from faifo.ledger import tree
from faifo.ledger.note import Note, parse_note, parse_signatures, parse_vkey
from faifo.ledger.receipt import check_receipt, read_receipt

LATER = "\n[receipts]\ndelay_seconds = 3600.0\n"
SOON = "\n[receipts]\ndelay_seconds = 0.05\n"


async def add(node: Any, old: int, proof: list[bytes], head: str) -> tuple[int, str, str]:
    lines = "".join(base64.b64encode(one).decode() + "\n" for one in proof)
    url = f"{node.public_url}/log/witness/add-checkpoint"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=f"old {old}\n{lines}\n{head}".encode()) as answer,
    ):
        return answer.status, await answer.text(), answer.headers["Content-Type"]


def of(leaves: int, mark: str = "") -> Any:
    """The stored hashes of a log of made-up leaves."""
    hashes = [tree.leaf_hash(f"{mark}{at}".encode()) for at in range(leaves)]
    return lambda level, at: tree.folded(hashes[at << level : (at + 1) << level])


async def test_a_witness_answers_as_c2sp_wants(new_pair: Any):
    pair = await new_pair(LATER)
    await pair.agreement(await pair.publish())
    forger, node = Forger(pair.provider), pair.consumer
    key = parse_vkey((await node.call("GET", "/log"))["witness"])

    def head(size: int, mark: str = "") -> str:
        return forger.head(size, tree.root_of(size, of(size, mark)))

    grow = tree.consistency_proof(5, 9, of(9))
    status, lines, _ = await add(node, 0, [], head(5))
    assert status == 200
    text = parse_note(head(5).encode()).text
    assert list(Note(text, parse_signatures(lines)).signed_by([key])) == [key.name]
    assert (await add(node, 0, [], head(5)))[:2] == (409, "5\n")
    assert (await add(node, 4, [], head(9)))[2] == "text/x.tlog.size"
    assert (await add(node, 5, [], head(9)))[0] == 422
    assert (await add(node, 5, grow[:-1], head(9)))[0] == 422
    assert (await add(node, 5, grow, head(9)))[0] == 200
    assert (await add(node, 9, [], head(9)))[0] == 200
    assert (await add(node, 12, [], head(9)))[0] == 400
    assert (await add(node, 5, [b"short"], head(9)))[0] == 400
    assert (await add(node, 9, [], "no note"))[0] == 400
    unsigned = head(9).replace("\n\n— ", "\n\n— x")
    assert (await add(node, 9, [], unsigned))[0] == 403
    # What continues neither is refused, and with what was signed before it is a proof.
    assert (await add(node, 9, grow, head(11, "other ")))[0] == 422
    assert (await add(node, 9, tree.consistency_proof(9, 11, of(11)), head(11)))[0] == 403
    await until_event(node, "peer-log-forked")
    forger.origin = "nobody.example/log"
    assert (await add(node, 0, [], head(5)))[0] == 404


async def test_a_fork_is_refused_by_the_witness_and_kept(new_pair: Any):
    pair = await new_pair(LATER)
    await pair.agreement(await pair.publish())
    forger, node = Forger(pair.provider), pair.consumer
    size = (await node.call("GET", "/log"))["peers"][0]["size"]
    async with aiohttp.ClientSession() as session:
        real = await (await session.get(f"{pair.provider.public_url}/log/checkpoint")).text()
    assert (await add(node, 0, [], real))[0] == 200
    size = int(real.split("\n")[1])
    forged = forger.head(size, bytes(32))
    assert (await add(node, size, [], forged))[0] == 409
    await until_event(node, "peer-log-forked")
    assert (await add(node, size, [], real))[0] == 403  # it is believed no more


@pytest.mark.parametrize("named", [True, False], ids=["cosigned", "nobody cosigns"])
async def test_receipts_count_when_a_named_witness_has_cosigned(new_pair: Any, named: bool):
    pair = await new_pair(SOON)
    await pair.agreement(await pair.publish())
    witness = (await pair.consumer.call("GET", "/log"))["witness"]
    line = f"{witness} {pair.consumer.public_url}/log/witness"
    for node, said in (
        (pair.provider, f'witnesses = ["{line}"]\n' if named else ""),
        (pair.consumer, f'witnesses = ["{line}"]\ncosignatures = 1\n'),
    ):
        await node.stop()
        with (Path(node.path) / "faifo.toml").open("a") as settings:
            settings.write(said)
    await asyncio.gather(pair.provider.start(), pair.consumer.start())
    begun = await pair.negotiate(await pair.publish())
    done = await pair.consumer.settled(f"/negotiations/{begun['pid']}")
    agreement = done["agreement"]
    if not named:
        seen = await pair.consumer.call("GET", f"/agreements/{agreement}")
        assert (seen["active"], seen["receipts"]) == (False, "waiting")
        return
    await until_event(pair.consumer, "agreement-proven")
    [theirs] = [one for one in await receipts(pair.consumer, agreement) if one["whose"] == "theirs"]
    read = read_receipt(theirs["receipt"].encode())
    check_receipt(read, parse_vkey(theirs["key"]), witnesses=[parse_vkey(witness)], quorum=1)
