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


def test_a_step_comes_after_a_pause_of_at_least_300_ms() -> None:
    answer = conduct().negotiation(a_negotiation("ACN0101", N.REQUESTED, 1), now=NOW)
    assert isinstance(answer, Act)
    assert answer.message is negotiation.Message.OFFER
    assert answer.not_before == NOW + PAUSE
    assert timedelta(milliseconds=300) <= PAUSE


def test_the_second_step_of_a_state_is_for_the_second_visit() -> None:
    played = conduct()
    states = (T.REQUESTED, T.STARTED, T.SUSPENDED, T.STARTED)
    answers = [
        played.transfer(a_transfer("ATP0104", state, revision), now=NOW)
        for revision, state in enumerate(states, 1)
    ]
    messages = [answer.message for answer in answers if isinstance(answer, Act)]
    assert messages == [
        transfer.Message.START,
        transfer.Message.SUSPENSION,
        transfer.Message.START,
        transfer.Message.COMPLETION,
    ]


def test_asking_twice_about_one_revision_gives_one_answer() -> None:
    played = conduct()
    record = a_negotiation("ACN0102", N.REQUESTED, 1)
    assert played.negotiation(record, now=NOW) == played.negotiation(record, now=NOW)
    later = msgspec.structs.replace(record, revision=5)
    answer = played.negotiation(later, now=NOW)
    assert isinstance(answer, Act)
    assert answer.message is negotiation.Message.TERMINATION


def test_processes_do_not_share_visits() -> None:
    played = conduct()
    first = a_negotiation("ACN0102", N.REQUESTED, 1)
    second = msgspec.structs.replace(first, pid="urn:uuid:3", revision=7)
    assert played.negotiation(first, now=NOW) == played.negotiation(second, now=NOW)


def test_without_a_step_it_holds_for_the_other_side() -> None:
    played = conduct()
    held = [
        played.negotiation(a_negotiation("ACN0303", N.ACCEPTED, 3), now=NOW),
        played.negotiation(a_negotiation("unknown", N.REQUESTED, 1), now=NOW),
        played.transfer(a_transfer("ATP0205", T.REQUESTED, 1), now=NOW),
    ]
    assert held == [Hold(), Hold(), Hold()]
