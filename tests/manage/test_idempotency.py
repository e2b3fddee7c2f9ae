"""A POST with an Idempotency-Key is done once, and answered alike each time."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from harness import Answer
from world import World

from faifo import clock
from faifo.node.wiring import TIDY
from faifo.node.wiring.use_cases import TIDIED
from faifo.store.contract import Transaction
from faifo.store.records import KeptAnswer

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _publish(there: World, key: str, body: dict[str, Any], manage_key: str = "") -> Answer:
    headers = {"Idempotency-Key": key}
    if manage_key:
        headers["Authorization"] = f"Bearer {manage_key}"
    return await there.node.manage("POST", "/datasets", body, headers=headers)


async def _count(there: World) -> int:
    return await there.node.node.store.read(lambda tx: tx.datasets.count())


def _body(**more: Any) -> dict[str, Any]:
    return {"location": "http://localhost/x", **more}


async def test_the_same_request_is_done_once(there: World) -> None:
    key, before = str(uuid.uuid4()), await _count(there)
    first = await _publish(there, key, _body())
    again = await _publish(there, key, _body())
    quoted = await _publish(there, f'"{key}"', _body())
    assert (first.status, again.status, quoted.status) == (201, 201, 201)
    assert first.body == again.body == quoted.body
    assert await _count(there) == before + 1


async def test_many_at_once_are_one(there: World) -> None:
    key, before = str(uuid.uuid4()), await _count(there)
    answers = await asyncio.gather(*(_publish(there, key, _body()) for _ in range(20)))
    assert {(one.status, one.body) for one in answers} == {(201, answers[0].body)}
    assert await _count(there) == before + 1


async def test_another_request_under_the_key_is_a_conflict(there: World) -> None:
    key = str(uuid.uuid4())
    assert (await _publish(there, key, _body())).status == 201
    before = await _count(there)
    answer = await _publish(there, key, _body(title="another"))
    assert (answer.status, answer.json["code"]) == (409, "conflict")
    assert answer.json["detail"] == (
        "this Idempotency-Key was used with another request; take a new key for a new request"
    )
    other = await there.node.manage(
        "POST", "/transfers", {"agreement": "x"}, headers={"Idempotency-Key": key}
    )
    assert other.status == 409
    assert await _count(there) == before


async def test_without_a_key_each_request_counts(there: World) -> None:
    before = await _count(there)
    for _ in range(2):
        assert (await there.node.manage("POST", "/datasets", _body())).status == 201
    assert await _count(there) == before + 2


async def test_a_refused_request_is_tried_again(there: World) -> None:
    key, name = str(uuid.uuid4()), there.node.path.parent / f"{uuid.uuid4().hex}.csv"
    body = _body(location=str(name))
    assert (await _publish(there, key, body)).status == 400
    name.write_text("a\n1\n")
    assert (await _publish(there, key, body)).status == 201


@pytest.mark.parametrize("key", ["", '""', '"a', "a b", "ü", "x" * 256, '"x", "y"'])
async def test_what_is_no_key(there: World, key: str) -> None:
    answer = await _publish(there, key, _body())
    assert (answer.status, answer.json["code"]) == (400, "malformed")
    assert answer.json["detail"].startswith("the Idempotency-Key cannot be read; expected one text")


async def test_keys_of_two_callers_do_not_meet(there: World) -> None:
    folder = Path(there.node.path / "manage-keys")
    folder.mkdir(exist_ok=True)
    (folder / "second.key").write_text("second-key-" + "x" * 32)
    await asyncio.sleep(1.1)  # the keys are read again once a second
    key = str(uuid.uuid4())
    first = await _publish(there, key, _body())
    second = await _publish(there, key, _body(title="another"), "second-key-" + "x" * 32)
    assert (first.status, second.status) == (201, 201)
    assert first.json["id"] != second.json["id"]


async def test_more_of_what_is_over_than_one_look_forgets_is_forgotten_at_once(
    there: World,
) -> None:
    node, past = there.node.node, clock.now() - timedelta(seconds=1)
    old = KeptAnswer(holder="x", key="", request="", status=201, body=b"", expires=past)

    async def fill(tx: Transaction) -> None:
        for number in range(TIDIED + 1):
            await tx.answers.put(msgspec.structs.replace(old, key=str(number)))

    await node.store.run(fill)
    await node.store.run(lambda tx: node.acting.timers.set(tx, TIDY, "tokens", clock.now()))
    async with asyncio.timeout(5):
        while await node.store.read(lambda tx: tx.answers.first(holder="x")):
            await asyncio.sleep(0.01)


async def test_an_answer_is_forgotten_after_its_time(there: World) -> None:
    key = str(uuid.uuid4())
    first = await _publish(there, key, _body())
    node = there.node.node
    past = clock.now() - timedelta(seconds=1)

    async def age(tx: Transaction) -> None:
        kept = await tx.answers.get("manage", key)
        assert kept is not None
        assert timedelta(hours=23) < kept.expires - clock.now() < timedelta(hours=24)
        await tx.answers.put(msgspec.structs.replace(kept, expires=past))

    await node.store.run(age)
    second = await _publish(there, key, _body())
    assert second.json["id"] != first.json["id"]
    await node.store.run(age)
    await node.store.run(lambda tx: node.acting.timers.set(tx, TIDY, "tokens", clock.now()))
    async with asyncio.timeout(5):
        while await node.store.read(lambda tx: tx.answers.get("manage", key)):
            await asyncio.sleep(0.01)
