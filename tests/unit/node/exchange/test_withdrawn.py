"""Who looks at what runs, while the store takes nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from faifo.errors import NotProvenError
from faifo.node.delivery.changes import FACTS, Changes
from faifo.node.delivery.timers import Timers
from faifo.node.exchange.withdrawn import Watch
from faifo.store.contract import Store

PEER = "did:web:peer.example"


class Withdrawn:
    async def status(self, _: Any) -> None:
        raise NotProvenError(step="status", reason="it is revoked")


async def test_a_store_that_takes_nothing_is_named_and_nothing_else_is_left_behind(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    changes, nothing, withdrawn = Changes(), Any, Withdrawn()
    watch = Watch(
        store=store, timers=Timers(store), ending=nothing, looking_up=withdrawn,  # type: ignore[arg-type]
        changes=changes, trusted=lambda _: None, every=timedelta(seconds=30),
    )  # fmt: skip
    await store.close()
    changes.ring(FACTS)
    subject: Any = "status"
    watch._look([(PEER, (subject,)), ("did:web:other.example", (subject,))])
    assert watch._told
    assert watch._looking
    assert await asyncio.gather(watch._told, watch._looking) == [None, None]
    told = "\n".join(caplog.messages)
    assert "what runs is looked at in the next round: the store is closed" in told
    assert f"the credentials of {PEER} cannot be looked at now: the store is closed" in told
    assert "of did:web:other.example cannot be looked at now" in told
