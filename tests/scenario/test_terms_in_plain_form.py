"""Terms in plain form, published at one node and met at another."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conftest import Pair, Refused

from faifo.packs.terms import open_pack, with_packs
from faifo.policy.plain import policy_of
from faifo.policy.plain_text import read_plain
from faifo.policy.spelling import for_the_wire

TERMS = """
allow:
  - do: use
    if:
      - any:
          - purpose: {isA: research}
          - purpose: emergency
forbid: [distribute]
must: [{do: delete, by: P30D}]
"""


PAIR = """
[[publish.pairs]]
economies = ["VN", "JP"]
pack = "viet-nam-transfer"
"""


async def published(pair: Any, policy: dict[str, Any], **more: Any) -> str:
    file = pair.provider.path.with_name(pair.provider.path.name + "-data") / "a.csv"
    file.write_text("a\n")
    order = {"location": str(file), "title": "A", "policy": policy, **more}
    return str((await pair.provider.call("POST", "/datasets", order))["id"])


async def test_a_duty_and_a_prohibition_bind_who_accepts_them_by_name(pair: Any) -> None:
    dataset = await published(pair, policy_of(read_plain(TERMS)))
    order = {"node": pair.provider.did, "dataset": dataset, "purpose": "academic-research"}
    status, told = await pair.consumer.raw("POST", "/negotiations", order)
    assert status == 403, told
    assert b"delete" in told
    assert b"distribute" in told
    accepted = ["delete", "distribute"]
    agreement = await pair.agreement(dataset, purpose="academic-research", accept_terms=accepted)
    await pair.transfer(agreement)


async def tried(pair: Any, **trial: Any) -> list[dict[str, Any]]:
    found = await pair.provider.call("POST", "/terms-trials", trial)
    return list(found["partners"])


async def test_what_would_be(pair: Any) -> None:
    policy = with_packs(policy_of({}), (open_pack("research"),))
    trial = {"policy": policy, "participant": pair.consumer.did}
    (seen,) = await tried(pair, **trial)
    assert seen["visible"]
    assert [one["permitted"] for one in seen["judged"]] == [True] * 5
    (seen,) = await tried(pair, **trial, purpose="marketing")
    assert [one["permitted"] for one in seen["judged"]] == [False]
    (seen,) = await tried(pair, **trial, action="distribute")
    assert not any(one["permitted"] for one in seen["judged"])
    assert (await pair.provider.call("GET", "/datasets"))["items"] == []


async def test_for_whom_it_would_be(pair: Any) -> None:
    for terms, sees in (({}, True), ({"recipients": ["did:web:other.example"]}, False)):
        seen = await tried(pair, terms=terms)
        assert [(one["participant"], one["visible"]) for one in seen] == [(pair.consumer.did, sees)]
    with pytest.raises(Refused, match="terms"):
        await tried(pair, terms={"purposes": ["x"]}, policy=policy_of({}))


async def test_what_is_told_on_the_wire_names_nobody_else(pair: Any) -> None:
    """The recipients of an offer are the provider's business; its own books name them."""
    policy = policy_of({"allow": [{"do": "use", "if": [{"recipient": "did:web:other.example"}]}]})
    dataset = await published(pair, policy, access={})
    order = {"node": pair.provider.did, "dataset": dataset}
    made = await pair.consumer.call("POST", "/negotiations", order)
    ended = await pair.consumer.settled(f"/negotiations/{made['pid']}", "TERMINATED")
    assert ended["reason"] == ["The terms are for other recipients."]
    query = f"?dataset={dataset}&participant={pair.consumer.did}"
    seen = await pair.provider.call("GET", f"/visibility{query}")
    assert "other.example" in str(seen["judged"])


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ({"permission": [{"action": "use", "constraint": [{"leftOperand": "colour",
          "operator": "eq", "rightOperand": "red"}]}]}, "$.permission[0].constraint[0]"),
        ({"permission": [{"action": "ex:fly"}]}, "$.permission[0].action"),
        ({"permission": [{"action": "use"}], "prohibition": [{"action": "use"}]},
         "$.prohibition[0]"),
        ({"prohibition": [{"action": "sell"}]}, "$.permission"),
        ({"permission": [{"action": "use"}], "obligation": [{"action": "ex:dance"}]}, "ex:dance"),
    ],
)  # fmt: skip
async def test_what_cannot_be_enforced_is_not_published(
    pair: Any, policy: dict[str, Any], why: str
) -> None:
    with pytest.raises(Refused) as caught:
        await published(pair, policy)
    assert caught.value.status == 400
    assert why in str(caught.value)


async def test_what_falls_short_of_the_pair_is_not_published(make_node: Any) -> None:
    pair = Pair(make_node("provider", extra=PAIR), make_node("consumer"))
    await pair.provider.start()
    with pytest.raises(Refused) as caught:
        await published(pair, policy_of({}))
    assert caught.value.status == 400
    assert "viet-nam-transfer: no-passing" in str(caught.value)
    pack = "viet-nam-transfer"
    policy = with_packs(policy_of({}), (open_pack(pack),))
    dataset = await published(pair, policy, packs=[pack], id="people")
    # Terms for many do not take it away again.
    where = {"where": ["id = people"], "terms": {"purposes": ["x"]}}
    with pytest.raises(Refused, match="no-passing"):
        await pair.provider.call("POST", "/datasets-terms", where)
    kept = (await pair.provider.call("GET", f"/datasets/{dataset}"))["policy"]
    assert kept == for_the_wire(policy)
