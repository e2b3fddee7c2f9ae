"""A message that presupposes one of ours that is under way counts as its acknowledgement.

For every pair, with the node alive and with the node killed between (design §7). `steps` are those
of `Stage.at`; the last, `?WORD`, leaves the node's message unanswered.
"""

from __future__ import annotations

from typing import Any

import pytest

# kind, role of the node, steps, what the peer says, the state that follows
PAIRS = {
    "request, then offer": ("negotiation", "consumer", "?REQUEST", "OFFER", "OFFERED"),
    "request, then agreement": ("negotiation", "consumer", "?REQUEST", "AGREEMENT", "VERIFIED"),
    "request, then termination": (
        "negotiation",
        "consumer",
        "?REQUEST",
        "TERMINATION",
        "TERMINATED",
    ),
    "acceptance, then agreement": (
        "negotiation",
        "consumer",
        "<REQUEST >OFFER !acceptance ?ACCEPTED",
        "AGREEMENT",
        "VERIFIED",
    ),
    "verification, then finalised": (
        "negotiation",
        "consumer",
        "<REQUEST >AGREEMENT ?VERIFICATION",
        "FINALIZED",
        "FINALIZED",
    ),
    "agreement, then verification": (
        "negotiation",
        "provider",
        "?AGREEMENT",
        "VERIFICATION",
        "FINALIZED",
    ),
    "transfer request, then start": ("transfer", "consumer", "?REQUEST", "START", "STARTED"),
    "transfer request, then termination": (
        "transfer",
        "consumer",
        "?REQUEST",
        "TERMINATION",
        "TERMINATED",
    ),
    "consumer's suspension, then start": (
        "transfer",
        "consumer",
        "<REQUEST >START !suspension ?SUSPENSION",
        "START",
        "STARTED",
    ),
    "consumer's start, then suspension": (
        "transfer",
        "consumer",
        "<REQUEST >START !suspension <SUSPENSION !start ?START",
        "SUSPENSION",
        "SUSPENDED",
    ),
    "consumer's start, then completion": (
        "transfer",
        "consumer",
        "<REQUEST >START !suspension <SUSPENSION !start ?START",
        "COMPLETION",
        "COMPLETED",
    ),
    "start, then suspension": ("transfer", "provider", "?START", "SUSPENSION", "SUSPENDED"),
    "start, then completion": ("transfer", "provider", "?START", "COMPLETION", "COMPLETED"),
    "provider's suspension, then start": (
        "transfer",
        "provider",
        "<START !suspension ?SUSPENSION",
        "START",
        "STARTED",
    ),
    "provider's second start, then suspension": (
        "transfer",
        "provider",
        "<START >SUSPENSION !start ?START",
        "SUSPENSION",
        "SUSPENDED",
    ),
    "provider's second start, then completion": (
        "transfer",
        "provider",
        "<START >SUSPENSION !start ?START",
        "COMPLETION",
        "COMPLETED",
    ),
}
FOLLOWS = {"VERIFIED": "VERIFICATION", "FINALIZED": "FINALIZED"}


@pytest.mark.parametrize("killed", [False, True], ids=["alive", "killed between"])
@pytest.mark.parametrize("case", PAIRS)
async def test_counts_as_acknowledgement(stage: Any, case: str, killed: bool) -> None:
    kind, role, steps, word, state = PAIRS[case]
    talk = await stage.at(kind, role, steps)
    if killed:
        await stage.restart()
    status, body = await talk.say(word)
    assert status == 200, body
    talk.pending.answer(200, talk.document())
    if state in FOLLOWS and word != "FINALIZED":
        await talk.take(FOLLOWS[state])
    if role == "provider" and word == "START":
        await talk.take("START")  # with a fresh address: ADR-0017
    seen = await talk.reached(state)
    assert seen["peer_pid"] == talk.peer_pid
    entries = (await stage.node.call("GET", f"/timeline/{talk.node_pid}"))["entries"]
    assert any(f"by the {_type(talk, word)}" in entry["text"] for entry in entries), entries


def _type(talk: Any, word: str) -> str:
    return {"OFFER": "ContractOffer", "AGREEMENT": "ContractAgreement"}.get(word, "") or {
        "negotiation": {
            "TERMINATION": "ContractNegotiationTermination",
            "FINALIZED": "ContractNegotiationEvent",
            "VERIFICATION": "ContractAgreementVerification",
        },
        "transfer": {
            "START": "TransferStart",
            "SUSPENSION": "TransferSuspension",
            "COMPLETION": "TransferCompletion",
            "TERMINATION": "TransferTermination",
        },
    }[talk.kind][word]


@pytest.mark.parametrize("killed", [False, True], ids=["alive", "killed between"])
async def test_a_transfer_request_acknowledges_the_end_of_its_negotiation(
    stage: Any, killed: bool
) -> None:
    negotiation = await stage.at("negotiation", "provider", "<AGREEMENT >VERIFICATION ?FINALIZED")
    if killed:
        await stage.restart()
    assert await negotiation.state() == "VERIFIED"
    talk = type(negotiation)(stage.node, stage.peer, "transfer", "provider")
    talk.agreement = negotiation.agreement
    status, body = await talk.send(*await stage.first(talk))
    assert status == 201, body
    seen = await negotiation.reached("FINALIZED")
    assert seen["agreement"] == negotiation.agreement["@id"]


# kind, role of the node, steps, what the peer says although it makes no sense
SENSELESS = {
    "request, then finalised": ("negotiation", "consumer", "?REQUEST", "FINALIZED"),
    "request, then its own acceptance": ("negotiation", "consumer", "?REQUEST", "ACCEPTED"),
    "verification, then a second agreement": (
        "negotiation",
        "consumer",
        "<REQUEST >AGREEMENT ?VERIFICATION",
        "AGREEMENT",
    ),
    "verification, then an offer": (
        "negotiation",
        "consumer",
        "<REQUEST >AGREEMENT ?VERIFICATION",
        "OFFER",
    ),
    "agreement, then acceptance": ("negotiation", "provider", "?AGREEMENT", "ACCEPTED"),
    "agreement, then finalised by the consumer": (
        "negotiation",
        "provider",
        "?AGREEMENT",
        "FINALIZED",
    ),
    "finalised, then a second verification": (
        "negotiation",
        "provider",
        "<AGREEMENT >VERIFICATION ?FINALIZED",
        "VERIFICATION",
    ),
    "transfer request, then completion": ("transfer", "consumer", "?REQUEST", "COMPLETION"),
    "transfer request, then suspension": ("transfer", "consumer", "?REQUEST", "SUSPENSION"),
    "start, then start": ("transfer", "provider", "?START", "START"),
    "suspension, then a start of a completed one": (
        "transfer",
        "provider",
        "<START !completion ?COMPLETION",
        "START",
    ),
}


@pytest.mark.parametrize("case", SENSELESS)
async def test_what_presupposes_nothing_of_ours_is_refused_and_changes_nothing(
    stage: Any, case: str
) -> None:
    kind, role, steps, word = SENSELESS[case]
    talk = await stage.at(kind, role, steps)
    before = await stage.node.call("GET", talk.path)
    status, body = await talk.say(word)
    assert status == 400, body
    assert b"allowed here" in body
    after = await stage.node.call("GET", talk.path)
    assert after == before


OTHER = "did:web:somebody.example"
ONLY_RESEARCH = {"leftOperand": "purpose", "operator": "eq", "rightOperand": "research"}
BAD_AGREEMENTS = {
    "of another provider": ({"assigner": OTHER}, f"the agreement's assigner is '{OTHER}'"),
    "with another consumer": ({"assignee": OTHER}, f"the agreement's assignee is '{OTHER}'"),
    "about another thing": ({"target": "urn:x"}, "the agreement's target is 'urn:x'"),
    "on other terms": (
        {"permission": [{"action": "use", "constraint": [ONLY_RESEARCH]}]},
        "purpose",
    ),
}


@pytest.mark.parametrize("steps", ["?REQUEST", "<REQUEST"])
@pytest.mark.parametrize("case", BAD_AGREEMENTS)
async def test_an_agreement_that_was_not_asked_for_ends_it_at_once_with_the_reason(
    stage: Any, case: str, steps: str
) -> None:
    """Also where it presupposes the request, whose own answer may still be under way."""
    changes, why = BAD_AGREEMENTS[case]
    talk = await stage.at("negotiation", "consumer", steps)
    bad = talk.agreement_document(**changes)
    status, body = await talk.say("AGREEMENT", agreement=bad)
    assert status == 200, body
    said = (await talk.take("TERMINATION")).json["reason"]
    assert why in "; ".join(said)
    seen = await talk.reached("TERMINATED")
    assert (seen["reason"], seen["one_sided"]) == (said, False)
    agreements = (await stage.node.call("GET", "/agreements"))["items"]
    assert [one["reason"] for one in agreements if one["id"] == bad["@id"] and one["ended"]] == (
        [said] if case == "on other terms" else []
    )
    assert not [one for one in agreements if one["active"]]


async def test_an_agreement_that_the_other_side_refuses_is_ended_in_the_books(stage: Any) -> None:
    talk = await stage.at("negotiation", "provider", "<AGREEMENT")
    (mine,) = (await stage.node.call("GET", "/agreements"))["items"]
    assert (mine["active"], mine["ended"]) == (False, None)
    status, _ = await talk.say("TERMINATION", reason=["other terms"])
    assert status == 200
    assert (await talk.reached("TERMINATED"))["reason"] == ["other terms"]
    (mine,) = (await stage.node.call("GET", "/agreements"))["items"]
    assert (mine["active"], mine["reason"]) == (False, ["other terms"])
    assert mine["ended"]
