from __future__ import annotations

from datetime import UTC, datetime

from faifo.api.node import Entry, Timeline
from faifo.demo.stage import Told, messages

AT = datetime(2026, 1, 2, tzinfo=UTC)


def entry(kind: str, text: str) -> Entry:
    return Entry(at=AT, kind=kind, text=text, detail={"sha256": "ab"})


def test_only_the_protocol_messages_of_a_timeline_are_messages():
    timeline = Timeline(
        id="x",
        kind="negotiation",
        record={},
        entries=(
            entry("event", "negotiation-begun"),
            entry("message", "sent ContractRequestMessage, answered 201"),
            entry("decision", "negotiation: permitted"),
            entry(
                "message", "received ContractNegotiationEventMessage:FINALIZED, answered 200 (x)"
            ),
            entry("waiting", "sent nothing, answered 200"),
        ),
    )
    assert [told for _, told in messages(timeline)] == [
        Told("sent", "ContractRequestMessage", "ab"),
        Told("received", "ContractNegotiationEventMessage:FINALIZED", "ab"),
    ]
