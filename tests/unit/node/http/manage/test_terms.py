"""One rule for many datasets: the terms of all that a selector fits."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


def _counts(answer: Any) -> tuple[int, int]:
    return answer["fitting"], answer["changed"]


async def test_what_fits_is_a_new_version_under_the_terms_and_the_rest_stays(there: World) -> None:
    node = there.node
    for number in range(7):
        keyword = "rice" if number < 6 else "wheat"
        await node.publish(id=f"terms-{number}", keywords=[keyword], title=f"Giá gạo {number}")
    kept = await node.publish(id="terms-same", keywords=["rice"], terms={"purposes": ["study"]})
    order = {"where": ["keyword contains rice"], "terms": {"purposes": ["study"]}}
    asked = await node.manage("POST", "/datasets-terms", {**order, "ask": True})
    assert _counts(asked.json) == (7, 0)
    names = [f"terms-{number}" for number in range(6)]
    assert asked.json["datasets"] == [*names, "terms-same"]
    answer = await node.manage("POST", "/datasets-terms", order)
    assert _counts(answer.json) == (7, 6)
    found = {
        name: (await node.manage("GET", f"/datasets/{name}")).json
        for name in ("terms-0", "terms-6", "terms-same")
    }
    assert found["terms-0"]["policy"] == kept["policy"]
    assert [found[name]["version"] for name in found] == [2, 1, 1]
    again = await node.manage("POST", "/datasets-terms", order)
    assert _counts(again.json) == (7, 0)
    access = {"recipients": [there.rival.did]}
    seen = {"search": "gia gao 6", "terms": {}, "access": access}
    answer = await node.manage("POST", "/datasets-terms", seen)
    assert _counts(answer.json) == (1, 1)
    for who, visible in ((there.rival.did, True), (there.friend.did, False)):
        query = f"/visibility?dataset=terms-6&participant={quote(who, safe='')}"
        assert (await node.manage("GET", query)).json["visible"] is visible


async def test_terms_for_everything_are_refused(there: World) -> None:
    answer = await there.node.manage("POST", "/datasets-terms", {"terms": {}})
    assert (answer.status, answer.json["code"]) == (400, "malformed")
    assert "at least one condition or word" in answer.json["detail"]
