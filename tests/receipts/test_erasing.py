"""What was erased is in no file of the node; the leaf stays, and its receipt stays true."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Refused
from tests.receipts.test_evidence import SOON, exchanged, settled

from faifo.ledger.bundle import judge_bundle
from faifo.ledger.trust_policy import Policy


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
    return {
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if file.is_file() and any(form in file.read_bytes() for form in forms)
    }


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
    assert found_in(pair.consumer.path, access_id)
    done = await pair.consumer.call("POST", "/erasures", order)
    assert done["clean"]
    assert found_in(pair.consumer.path, access_id, salt) == set()


async def test_there_is_nothing_to_erase_twice_or_elsewhere(new_pair: Any):
    pair = await new_pair(SOON)
    agreement = await exchanged(pair)
    order = {"agreement": agreement, "reason": "mistake"}
    await pair.provider.call("POST", "/erasures", order)
    for wanted in (order, {**order, "agreement": "urn:uuid:none"}, {**order, "place": 10**9}):
        with pytest.raises(Refused) as refused:
            await pair.provider.call("POST", "/erasures", wanted)
        assert refused.value.status == 404
