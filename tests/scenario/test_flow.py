"""The main job between two processes: publish, agree, transfer, read, complete."""

from __future__ import annotations

from typing import Any


async def test_a_file_reaches_the_consumer_and_both_books_say_the_same(pair: Any) -> None:
    dataset = await pair.publish("x\n" * 1000)
    agreement = await pair.agreement(dataset)
    transfer = await pair.transfer(agreement)
    status, content = await pair.consumer.raw("GET", f"/transfers/{transfer['pid']}/data")
    assert (status, content) == (200, b"x\n" * 1000)
    await pair.consumer.call("POST", f"/transfers/{transfer['pid']}/completion", {})
    await pair.consumer.settled(f"/transfers/{transfer['pid']}", "COMPLETED")
    await pair.provider.settled(f"/transfers/{transfer['peer_pid']}", "COMPLETED")
    ours, theirs = (node.records("agreement") for node in (pair.consumer, pair.provider))
    assert [one.document for one in ours] == [one.document for one in theirs]
    assert [one.active for one in (*ours, *theirs)] == [True, True]
