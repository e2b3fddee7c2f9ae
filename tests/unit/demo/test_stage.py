from __future__ import annotations

from datetime import UTC, datetime

from faifo.api.node import Entry, Timeline
from faifo.demo.stage import Told, messages

AT = datetime(2026, 1, 2, tzinfo=UTC)


def entry(kind: str, code: str, message: str = "") -> Entry:
    return Entry(at=AT, kind=kind, code=code, facts={"message": message}, detail={"sha256": "ab"})


def test_only_the_protocol_messages_of_a_timeline_are_messages():
    timeline = Timeline(
        id="x",
        kind="negotiation",
        record={},
        entries=(
            entry("event", "negotiation-begun"),
            entry("message", "out", "ContractRequestMessage"),
            entry("decision", "negotiation-permitted"),
            entry("message", "in-noted", "ContractNegotiationEventMessage:FINALIZED"),
            entry("waiting", "deadline"),
        ),
    )
    assert [told for _, told in messages(timeline)] == [
        Told("sent", "ContractRequestMessage", "ab"),
        Told("received", "ContractNegotiationEventMessage:FINALIZED", "ab"),
    ]
