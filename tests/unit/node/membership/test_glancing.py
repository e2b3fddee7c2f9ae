from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any

import pytest

from faifo import clock
from faifo.errors import NotFoundError, NotProvenError, StorageError
from faifo.node.membership import glancing
from faifo.node.membership.authentication import Participant, claim, spend
from faifo.node.membership.glancing import Glances
from faifo.store.contract import Store, Transaction
from faifo.store.records import Proof, TokenUse

PEER = "did:web:peer.example"
USED = "DCP 1.0 §4.3.3 step 6: the token was used before (jti)"


def caller(jti: str = "j") -> Participant:
    use = TokenUse(did=PEER, jti=jti, expires=clock.now() + timedelta(minutes=5))
    return Participant(did=PEER, proof=Proof(did=PEER), use=use)


async def page(tx: Transaction) -> int:
    return await tx.datasets.count()


async def uses(store: Store) -> int:
    return await store.read(lambda tx: tx.tokens.count())


async def written(glances: Glances) -> None:
    """Wait until nothing is left to write, without a unit of work that takes it along."""
    async with asyncio.timeout(10):
        while glances._leaving:
            await asyncio.sleep(0.001)


async def refused(glances: Glances, participant: Participant) -> bool:
    with pytest.raises(NotProvenError) as error:
        await glances.read(participant, page)
    return str(error.value) == USED


async def test_the_answer_comes_before_the_use_is_written(store: Store) -> None:
    assert await Glances(store).read(caller(), page) == 0
    assert await uses(store) == int(store.shared)  # over PostgreSQL others must know at once
    await store.run(page)  # the next unit of work takes it along
    assert await uses(store) == 1


async def test_without_another_unit_it_is_written_too(store: Store) -> None:
    glances = Glances(store)
    await glances.read(caller(), page)
    await written(glances)
    assert await uses(store) == 1


async def test_a_token_opens_one_door(store: Store) -> None:
    glances, participant = Glances(store), caller()
    assert await glances.read(participant, page) == 0
    assert await refused(glances, participant)  # nothing is written yet
    with pytest.raises(NotProvenError):  # a message that comes meanwhile stands behind it
        await store.run(lambda tx: claim(tx, participant))
    await written(glances)
    assert await refused(glances, participant)
    assert await refused(Glances(store), participant)  # after a start
    assert await uses(store) == 1


async def test_of_many_at_once_one_is_let_in(store: Store) -> None:
    glances, participant = Glances(store), caller()
    came = await asyncio.gather(
        *(glances.read(participant, page) for _ in range(8)), return_exceptions=True
    )
    assert sorted(map(str, came)) == ["0", *[USED] * 7]


async def test_a_token_that_a_message_used_reads_nothing(store: Store) -> None:
    participant, glances = caller(), Glances(store)
    await spend(store, participant)
    assert await refused(glances, participant)
    await written(glances)
    assert await uses(store) == 1


async def test_what_is_not_found_used_the_token(store: Store) -> None:
    async def nothing(_tx: Transaction) -> None:
        raise NotFoundError(what="dataset", name="x")

    glances, participant = Glances(store), caller()
    with pytest.raises(NotFoundError):
        await glances.read(participant, nothing)
    assert await refused(glances, participant)


async def test_a_caller_without_a_token_uses_none(store: Store) -> None:
    for _ in range(2):
        assert await Glances(store).read(Participant(did=PEER, proof=Proof(did=PEER)), page) == 0
    assert await uses(store) == 0


async def test_beyond_so_many_the_caller_waits_for_the_disk(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(glancing, "AT_ONCE", 3)
    glances = Glances(store)
    for number in range(4):
        await glances.read(caller(str(number)), page)
    assert await uses(store) == 4  # the fourth was written before it was answered, with the others


async def test_a_disk_that_fails_is_told_to_the_operator(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def full(*_: Any) -> None:
        raise StorageError(what="the disk is full")

    glances = Glances(store)
    monkeypatch.setattr(glancing, "claim", full)
    with caplog.at_level(logging.WARNING):
        assert await glances.read(caller(), page) == 0
        await written(glances)
    assert "that a token was used to read could not be written: the disk is full" in caplog.text
