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
from faifo.node.membership.glancing import glance
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


async def written(store: Store) -> None:
    """Wait until nothing is left to write, without a unit of work that takes it along."""
    async with asyncio.timeout(10):
        while not (store.idle or store.shared):
            await asyncio.sleep(0.001)
        await asyncio.sleep(0)  # whoever waits for it is told in the next turn


async def refused(store: Store, participant: Participant) -> bool:
    with pytest.raises(NotProvenError) as error:
        await glance(store, participant, page)
    return str(error.value) == USED


async def test_the_answer_comes_before_the_use_is_written(store: Store) -> None:
    assert await glance(store, caller(), page) == 0
    assert await uses(store) == int(store.shared)  # over PostgreSQL others must know at once
    await store.run(page)  # the next unit of work takes it along
    assert await uses(store) == 1


async def test_without_another_unit_it_is_written_too(store: Store) -> None:
    await glance(store, caller(), page)
    await written(store)
    assert await uses(store) == 1


async def test_a_token_opens_one_door(store: Store) -> None:
    participant = caller()
    assert await glance(store, participant, page) == 0
    with pytest.raises(NotProvenError):  # a message that comes meanwhile stands behind it
        await store.run(lambda tx: claim(tx, participant))
    assert await refused(store, participant)
    assert await uses(store) == 1


async def test_of_many_at_once_one_is_let_in(store: Store) -> None:
    participant = caller()
    came = await asyncio.gather(
        *(glance(store, participant, page) for _ in range(8)), return_exceptions=True
    )
    assert sorted(map(str, came)) == ["0", *[USED] * 7]


async def test_beside_another_that_is_unwritten_it_is_written_first(store: Store) -> None:
    await glance(store, caller("1"), page)
    await glance(store, caller("2"), page)
    assert await uses(store) == 2


@pytest.mark.parametrize("turns", range(6))
async def test_beside_a_message_that_is_being_written_it_is_refused(
    store: Store, turns: int
) -> None:
    """At whatever point of its way to the disk the message is."""
    participant = caller()
    message = asyncio.create_task(spend(store, participant))
    for _ in range(turns):
        await asyncio.sleep(0)
    came = await asyncio.gather(message, glance(store, participant, page), return_exceptions=True)
    assert sorted(str(one) for one in came if one not in {None, 0}) == [USED]


async def test_a_token_that_a_message_used_reads_nothing(store: Store) -> None:
    participant = caller()
    await spend(store, participant)
    assert await refused(store, participant)
    assert await uses(store) == 1


async def test_what_is_not_found_used_the_token(store: Store) -> None:
    async def nothing(_tx: Transaction) -> None:
        raise NotFoundError(what="dataset", name="x")

    participant = caller()
    with pytest.raises(NotFoundError):
        await glance(store, participant, nothing)
    assert await refused(store, participant)


async def test_a_caller_without_a_token_uses_none(store: Store) -> None:
    for _ in range(2):
        assert await glance(store, Participant(did=PEER, proof=Proof(did=PEER)), page) == 0
    assert await uses(store) == 0


async def test_a_disk_that_fails_is_told_to_the_operator(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def full(*_: Any) -> None:
        raise StorageError(what="the disk is full")

    monkeypatch.setattr(glancing, "claim", full)
    with caplog.at_level(logging.WARNING):
        assert await glance(store, caller(), page) == 0
        await written(store)
    assert "that a token was used to read could not be written: the disk is full" in caplog.text
