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


async def test_a_bad_agreement_does_not_lose_the_request_that_it_presupposes(stage: Any) -> None:
    talk = await stage.at("negotiation", "consumer", "?REQUEST")
    bad = talk.agreement_document(assigner="did:web:somebody.example")
    status, body = await talk.say("AGREEMENT", agreement=bad)
    assert status == 400
    assert b"the agreement's assigner is 'did:web:somebody.example'" in body
    assert await talk.state() is None
    talk.pending.answer(201, talk.document())
    await talk.reached("REQUESTED")
    assert (await talk.say("AGREEMENT"))[0] == 200
    await talk.take("VERIFICATION")
    await talk.reached("VERIFIED")
