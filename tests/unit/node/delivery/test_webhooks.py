from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from faifo import clock
from faifo.node.delivery import webhooks
from faifo.node.delivery.peer_answer import PeerAnswer
from faifo.node.delivery.webhooks import Webhooks
from faifo.node.settings.model import WebhookSettings
from faifo.store.contract import Store, Transaction
from faifo.store.records import JournalEntry, WebhookPlace

URL = "https://own.example/hook"


async def test_an_event_is_not_given_up_because_the_clock_was_set_right(
    store: Store, tmp_path: Path, time: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "FIRST_PAUSE", timedelta(milliseconds=1))
    statuses = [503, 204]

    class Poster:
        async def post(self, *_: Any, **__: Any) -> PeerAnswer:
            time.now += timedelta(days=2)
            return PeerAnswer(statuses.pop(0), b"", {})

    nothing: Any = None
    told = Webhooks(
        store, nothing, Poster(), settings=WebhookSettings(urls=(URL,)),
        secret=tmp_path / "secret", write=lambda *_: b"{}",
    )  # fmt: skip
    place = await store.run(lambda tx: tx.webhooks.put(WebhookPlace(url=URL, seq=0)))
    await told._deliver(place, 1, JournalEntry(event="e", at=clock.now()))
    assert statuses == []


async def test_what_was_removed_before_an_address_heard_it_is_counted(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Poster:
        async def post(self, *_: Any, **__: Any) -> PeerAnswer:
            return PeerAnswer(204, b"", {})

    async def fill(tx: Transaction) -> WebhookPlace:
        for _ in range(6):
            await tx.journal.append(JournalEntry(event="e", at=clock.now()))
        for seq in (1, 3, 4):
            await tx.journal.forget(seq)
        return await tx.webhooks.put(WebhookPlace(url=URL, seq=1))

    nothing: Any = None
    told = Webhooks(
        store, nothing, Poster(), settings=WebhookSettings(urls=(URL,)),
        secret=tmp_path / "secret", write=lambda *_: b"{}",
    )  # fmt: skip
    place = await store.run(fill)
    rows = await store.read(lambda tx: tx.journal.find(after=1))
    place = await told._tell(place, rows)
    assert place.seq == 6
    assert caplog.messages == [f"webhook {URL}: 2 rows were removed before it heard"]
