"""What the product does next, for every role and state; typed here apart from the code."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from faifo.machines import negotiation, transfer
from faifo.machines.role import Role
from faifo.node.exchange.conduct import Act, Hold, Next, PromptConduct, Refuse
from faifo.store.records import Negotiation, Proof, Transfer

NOW = datetime(2026, 11, 22, tzinfo=UTC)
N, T = negotiation.State, transfer.State
SAY, MOVE = negotiation.Message, transfer.Message
C, P = Role.CONSUMER, Role.PROVIDER
WAIT = Hold()
STOP = Refuse(("why",))
ASK = Hold("offer-made")

NEGOTIATIONS: list[tuple[Role, N, bool | None, Next]] = [
    (P, N.REQUESTED, True, Act(SAY.AGREEMENT)),
    (P, N.REQUESTED, False, STOP),
    (P, N.REQUESTED, None, STOP),
    (P, N.OFFERED, True, WAIT),
    (P, N.ACCEPTED, True, Act(SAY.AGREEMENT)),
    (P, N.ACCEPTED, False, STOP),
    (P, N.AGREED, True, WAIT),
    (P, N.VERIFIED, True, Act(SAY.FINALIZED)),
    (P, N.FINALIZED, True, WAIT),
    (P, N.TERMINATED, True, WAIT),
    (C, N.REQUESTED, None, WAIT),
    (C, N.OFFERED, None, ASK),
    (C, N.ACCEPTED, None, WAIT),
    (C, N.AGREED, True, Act(SAY.VERIFICATION)),
    (C, N.AGREED, False, STOP),
    (C, N.VERIFIED, True, WAIT),
    (C, N.FINALIZED, True, WAIT),
    (C, N.TERMINATED, None, WAIT),
]
TRANSFERS: list[tuple[Role, T, Act | Hold]] = [
    (P, T.REQUESTED, Act(MOVE.START)),
    *((P, state, WAIT) for state in T if state is not T.REQUESTED),
    *((C, state, WAIT) for state in T),
]
SHARED: dict[str, Any] = {
    "pid": "p",
    "peer": "did:web:peer.example",
    "proof": Proof(did="did:web:peer.example"),
    "created": NOW,
    "updated": NOW,
    "callback": "http://peer.example",
    "dataset": "d",
    "reason": ("why",),
}


@pytest.mark.parametrize(("role", "state", "permitted", "expected"), NEGOTIATIONS)
async def test_negotiations(role: Role, state: N, permitted: bool | None, expected: Next) -> None:
    record = Negotiation(
        role=role, state=state, permitted=permitted, offer_id="o", offer={}, offered_by=P, **SHARED
    )
    assert await PromptConduct().negotiation(None, record, now=NOW) == expected


@pytest.mark.parametrize(("role", "state", "expected"), TRANSFERS)
async def test_transfers(role: Role, state: T, expected: Next) -> None:
    record = Transfer(role=role, state=state, format="HttpData-PULL", **SHARED)
    assert await PromptConduct().transfer(None, record, now=NOW) == expected


def test_every_state_is_in_the_tables() -> None:
    assert {(role, state) for role, state, *_ in NEGOTIATIONS} == {(r, s) for r in Role for s in N}
    assert {(role, state) for role, state, _ in TRANSFERS} == {(r, s) for r in Role for s in T}
