"""What a consumer does with an agreement that is not word for word what it asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

PURPOSE = {"leftOperand": "odrl:purpose", "operator": "eq", "rightOperand": "research"}
USE = {"action": "use"}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"permission": [{**USE, "constraint": [PURPOSE]}]}, "only for the purpose research"),
        ({"permission": [USE], "obligation": [{"action": "odrl:attribute"}]}, "attribute"),
        ({"permission": [USE], "prohibition": [{"action": "odrl:distribute"}]}, "distribute"),
        ({"permission": [{**USE, "duty": [{"action": "odrl:pay"}]}]}, "duty"),
    ],
    ids=["a constraint", "an obligation", "a prohibition", "a duty"],
)
async def test_an_agreement_that_binds_to_more_is_not_verified(
    stage: Any, changes: dict[str, Any], why: str
) -> None:
    talk = await stage.at("negotiation", "consumer", "<REQUEST")
    assert (await talk.say("AGREEMENT", agreement=talk.agreement_document(**changes)))[0] == 200
    said = await talk.take("TERMINATION")
    assert why in json.dumps(said.json["reason"])


async def test_an_agreement_in_another_spelling_is_the_one_that_was_asked_for(stage: Any) -> None:
    talk = await stage.at("negotiation", "consumer", "<REQUEST")
    spelled = {
        "permission": {"action": {"@id": "odrl:use"}, "constraint": []},
        "prohibition": [],
        "assigner": {"@id": talk.peer.did},
    }
    assert (await talk.say("AGREEMENT", agreement=talk.agreement_document(**spelled)))[0] == 200
    await talk.take("VERIFICATION")


async def test_an_agreement_is_not_named_as_one_with_somebody_else(stage: Any) -> None:
    ours = await stage.negotiated("provider")
    talk = await stage.at("negotiation", "consumer", "<REQUEST")
    document = talk.agreement_document(**{"@id": ours.agreement["@id"]})
    assert (await talk.say("AGREEMENT", agreement=document))[0] == 200
    said = await talk.take("TERMINATION")
    assert "is that of one with somebody else" in json.dumps(said.json["reason"])
