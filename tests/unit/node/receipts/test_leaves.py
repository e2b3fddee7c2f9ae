"""Which events leave a leaf, where that hangs on more than their name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from faifo.kinds.kind import kinds
from faifo.ledger.leaf import Kind, Side
from faifo.node.receipts.leaves import kind_of
from faifo.store.records import JournalEntry

AT = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("event", ["notice-sent", "notice-received", "notice-cancelled"])
def test_of_the_notices_that_come_and_go_incidents_alone_leave_a_leaf(event: str):
    left = {
        kind: kind_of(JournalEntry(event=event, at=AT, detail={"kind": kind})) for kind in kinds()
    }
    assert left.pop("ai-incidents") == (Kind.INCIDENT, Side.NONE)
    assert set(left.values()) == {None}


@pytest.mark.parametrize(
    ("peer", "leaf"), [("did:web:peer", (Kind.REFUSAL, Side.PROVIDER)), (None, None)]
)
def test_a_refusal_leaves_a_leaf_where_somebody_is_owed_it(peer: str | None, leaf: object):
    assert kind_of(JournalEntry(event="access-refused", at=AT, peer=peer)) == leaf
