from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from faifo.machines import negotiation, transfer
from faifo.machines.role import Role
from faifo.node.exchange.conduct import Act, Hold
from faifo.store.records import Negotiation, Proof, Transfer
from tck.node.conduct import PAUSE, ScriptedConduct
from tck.node.scripts import read_scripts

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
N, T = negotiation.State, transfer.State


def conduct() -> ScriptedConduct:
    return ScriptedConduct(read_scripts())


def a_negotiation(dataset: str, state: negotiation.State, revision: int) -> Negotiation:
    return Negotiation(
        pid="urn:uuid:1", role=Role.PROVIDER, state=state, peer="p", proof=Proof(did="p"),
        created=NOW, updated=NOW, callback="http://localhost", dataset=dataset, revision=revision,
        offer_id="o", offer={}, offered_by=Role.CONSUMER,
    )  # fmt: skip


def a_transfer(agreement: str, state: transfer.State, revision: int) -> Transfer:
    return Transfer(
        pid="urn:uuid:2", role=Role.PROVIDER, state=state, peer="p", proof=Proof(did="p"),
        created=NOW, updated=NOW, callback="http://localhost", dataset="d", revision=revision,
        agreement=agreement, format="HttpData-PULL",
    )  # fmt: skip


async def test_a_step_comes_after_a_pause_of_at_least_300_ms() -> None:
    answer = await conduct().negotiation(None, a_negotiation("ACN0101", N.REQUESTED, 1), now=NOW)
    assert isinstance(answer, Act)
    assert answer.message is negotiation.Message.OFFER
    assert answer.not_before == NOW + PAUSE
    assert timedelta(milliseconds=300) <= PAUSE


async def test_the_second_step_of_a_state_is_for_the_second_visit() -> None:
    played = conduct()
    states = (T.REQUESTED, T.STARTED, T.SUSPENDED, T.STARTED)
    answers = [
        await played.transfer(None, a_transfer("ATP0104", state, revision), now=NOW)
        for revision, state in enumerate(states, 1)
    ]
    messages = [answer.message for answer in answers if isinstance(answer, Act)]
    assert messages == [
        transfer.Message.START,
        transfer.Message.SUSPENSION,
        transfer.Message.START,
        transfer.Message.COMPLETION,
    ]


async def test_asking_twice_about_one_revision_gives_one_answer() -> None:
    played = conduct()
    record = a_negotiation("ACN0102", N.REQUESTED, 1)
    assert await played.negotiation(None, record, now=NOW) == await played.negotiation(
        None, record, now=NOW
    )
    later = msgspec.structs.replace(record, revision=5)
    answer = await played.negotiation(None, later, now=NOW)
    assert isinstance(answer, Act)
    assert answer.message is negotiation.Message.TERMINATION


async def test_processes_do_not_share_visits() -> None:
    played = conduct()
    first = a_negotiation("ACN0102", N.REQUESTED, 1)
    second = msgspec.structs.replace(first, pid="urn:uuid:3", revision=7)
    assert await played.negotiation(None, first, now=NOW) == await played.negotiation(
        None, second, now=NOW
    )


async def test_without_a_step_it_holds_for_the_other_side() -> None:
    played = conduct()
    held = [
        await played.negotiation(None, a_negotiation("ACN0303", N.ACCEPTED, 3), now=NOW),
        await played.negotiation(None, a_negotiation("unknown", N.REQUESTED, 1), now=NOW),
        await played.transfer(None, a_transfer("ATP0205", T.REQUESTED, 1), now=NOW),
    ]
    assert held == [Hold(), Hold(), Hold()]
