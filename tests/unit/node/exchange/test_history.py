"""What was sent stands in the book, once, also where it was taken back on its way."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from faifo.node.delivery.peer_answer import Outcome
from faifo.node.exchange import history
from faifo.store.contract import Store
from faifo.store.records import OutboxRow

NOW = datetime(2026, 6, 1, tzinfo=UTC)
US = "did:web:us.example"
ROW = OutboxRow(
    id="o",
    process="p",
    kind="transfer",
    message="TransferSuspensionMessage",
    url="https://peer.example/transfers/q/suspension",
    peer="did:web:peer.example",
    body=b'{"@type":"TransferSuspensionMessage"}',
    not_before=NOW,
    created=NOW,
    give_up=NOW,
)


@pytest.mark.parametrize(
    ("booked", "statuses"),
    [
        pytest.param(False, [200], id="nobody knew that it went out"),
        pytest.param(True, [0], id="it was known when it was taken back"),
    ],
)
async def test_what_went_out_after_all_is_booked_once(
    store: Store, booked: bool, statuses: list[int]
):
    if booked:
        await store.run(lambda tx: history.sent(tx, US, ROW, Outcome(0, b""), note=None, now=NOW))
    for _ in range(2):
        await store.run(
            lambda tx: history.sent_after_all(tx, US, ROW, Outcome(200, b"{}"), now=NOW)
        )
    kept = await store.read(lambda tx: tx.history.find(process="p"))
    assert [(one.message, one.status) for _, one in kept] == [
        ("TransferSuspensionMessage", status) for status in statuses
    ]
