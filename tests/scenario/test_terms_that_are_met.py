"""What a publisher may say of who gets it: partners by name, and nothing that nobody can meet."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conftest import Pair, Refused


async def test_partners_by_name_and_economies_in_small_letters(pair: Pair) -> None:
    dataset = await pair.publish("a\n", recipients=["n0"], economies=["vn"])
    published = await pair.provider.call("GET", f"/datasets/{dataset}")
    said = str(published["policy"])
    assert pair.consumer.did in said
    assert "'VN'" in said


@pytest.mark.parametrize(
    "terms",
    [
        {"until": "2020-01-01T00:00:00Z"},
        {"until": "2090-01-01T00:00:00Z", "not_before": "2091-01-01T00:00:00Z"},
        {"recipients": ["nobody here"]},
        {"economies": ["Atlantis"]},
    ],
)
async def test_what_nobody_can_meet_is_not_published(pair: Pair, terms: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        await pair.publish("a\n", **terms)
    assert caught.value.status == 400
    assert (await pair.provider.call("GET", "/datasets"))["items"] == []


async def test_who_asks_for_what_is_hidden_is_in_both_books(pair: Pair) -> None:
    dataset = await pair.publish("a\n", recipients=["did:web:somebody.else"])
    with pytest.raises(Refused) as caught:
        await pair.negotiate(dataset)
    assert caught.value.status == 404
    hidden = [one for one in pair.provider.records("journal") if one.event == "dataset-hidden"]
    assert [(one.dataset, one.peer) for one in hidden] == [(dataset, pair.consumer.did)]
    assert "recipient" in str(hidden[0].detail["why"])
    asked = [one for one in pair.consumer.records("journal") if one.event == "request-not-made"]
    assert [one.dataset for one in asked] == [dataset]
    with pytest.raises(Refused):
        await pair.negotiate("urn:example:nothing")
    assert len([o for o in pair.provider.records("journal") if o.event == "dataset-hidden"]) == 1
