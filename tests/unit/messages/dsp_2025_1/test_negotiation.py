from __future__ import annotations

from typing import Any

import pytest

from faifo.errors import MalformedMessageError
from faifo.messages.dsp_2025_1 import read, write
from faifo.messages.dsp_2025_1.negotiation import (
    ContractAgreementMessage,
    ContractNegotiation,
    ContractNegotiationError,
    ContractNegotiationEventMessage,
    ContractOfferMessage,
    ContractRequestMessage,
    EventType,
)
from faifo.messages.dsp_2025_1.states import NegotiationState

OFFER: dict[str, Any] = {
    "@id": "o",
    "@type": "Offer",
    "target": "d",
    "permission": [{"action": "use"}],
}


def test_a_counter_request_names_the_process_and_no_address() -> None:
    message = ContractRequestMessage(consumer_pid="c", provider_pid="p", offer=OFFER)
    assert b"callbackAddress" not in write(message)
    assert read(ContractRequestMessage, write(message)).message == message


def test_an_offer_message_needs_a_target() -> None:
    with pytest.raises(MalformedMessageError) as refusal:
        ContractOfferMessage(
            provider_pid="p",
            callback_address="https://p.example",
            offer={name: value for name, value in OFFER.items() if name != "target"},
        )
    assert str(refusal.value) == "nothing at $.offer.target; expected a value"


@pytest.mark.parametrize(
    ("pid", "address", "what"),
    [
        (None, None, "neither of callbackAddress and consumerPid"),
        ("c", "https://p.example", "both of callbackAddress and consumerPid"),
    ],
    ids=["neither", "both"],
)
def test_an_offer_message_opens_or_counters(
    pid: str | None, address: str | None, what: str
) -> None:
    with pytest.raises(MalformedMessageError) as refusal:
        ContractOfferMessage(
            provider_pid="p", consumer_pid=pid, callback_address=address, offer=OFFER
        )
    assert str(refusal.value.what) == what


def test_an_address_that_cannot_be_called_is_refused() -> None:
    with pytest.raises(MalformedMessageError) as refusal:
        ContractRequestMessage(consumer_pid="c", callback_address="mailto:a@b", offer=OFFER)
    assert refusal.value.where == "$.callbackAddress"


def test_an_agreement_is_no_offer() -> None:
    with pytest.raises(MalformedMessageError) as refusal:
        ContractAgreementMessage(provider_pid="p", consumer_pid="c", agreement=OFFER)
    assert refusal.value.where == "$.agreement.@type"


@pytest.mark.parametrize("event", EventType)
def test_an_event_is_one_of_two(event: EventType) -> None:
    body = write(
        ContractNegotiationEventMessage(provider_pid="p", consumer_pid="c", event_type=event)
    )
    assert read(ContractNegotiationEventMessage, body).message.event_type is event
    with pytest.raises(MalformedMessageError) as refusal:
        read(ContractNegotiationEventMessage, body.replace(event.encode(), b"TERMINATED"))
    assert refusal.value.where == "$.eventType"


@pytest.mark.parametrize("state", NegotiationState)
def test_a_state_travels_by_its_name(state: NegotiationState) -> None:
    body = write(ContractNegotiation(provider_pid="p", consumer_pid="c", state=state))
    assert f'"state":"{state.name}"'.encode() in body
    assert read(ContractNegotiation, body).message.state is state


def test_an_error_may_leave_a_pid_empty_and_needs_a_reason_or_none() -> None:
    body = write(ContractNegotiationError(provider_pid="", consumer_pid="c", reason=("no",)))
    assert read(ContractNegotiationError, body).message.reason == ("no",)
    with pytest.raises(MalformedMessageError) as refusal:
        read(ContractNegotiationError, body.replace(b'["no"]', b"[]"))
    assert refusal.value.where == "$.reason"
