"""The messages of a contract negotiation. Spec: DSP 2025-1 §7.2 and §7.3."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from faifo.messages.dsp_2025_1 import policy
from faifo.messages.dsp_2025_1.states import NegotiationState
from faifo.messages.dsp_2025_1.wire import (
    Id,
    IdOrEmpty,
    Message,
    ReasonedMessage,
    ShapeError,
    check_callback_address,
    named,
)
from faifo.phrases import Phrase


class EventType(StrEnum):
    ACCEPTED = "ACCEPTED"
    FINALIZED = "FINALIZED"


class ContractRequestMessage(Message, frozen=True, kw_only=True):
    """From the consumer: opens a negotiation (with callbackAddress) or counters (providerPid)."""

    type: Literal["ContractRequestMessage"] = named("ContractRequestMessage")
    consumer_pid: Id
    provider_pid: Id | None = None
    offer: dict[str, Any]
    callback_address: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _exactly_one(self.callback_address, "providerPid", self.provider_pid)
        policy.check(self.offer, policy.MessageOffer, where="$.offer")


class ContractOfferMessage(Message, frozen=True, kw_only=True):
    """From the provider: opens a negotiation (with callbackAddress) or counters (consumerPid)."""

    type: Literal["ContractOfferMessage"] = named("ContractOfferMessage")
    provider_pid: Id
    consumer_pid: Id | None = None
    offer: dict[str, Any]
    callback_address: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _exactly_one(self.callback_address, "consumerPid", self.consumer_pid)
        policy.check(self.offer, policy.TargetedOffer, where="$.offer")


class ContractAgreementMessage(Message, frozen=True, kw_only=True):
    type: Literal["ContractAgreementMessage"] = named("ContractAgreementMessage")
    provider_pid: Id
    consumer_pid: Id
    agreement: dict[str, Any]

    def __post_init__(self) -> None:
        super().__post_init__()
        policy.check(self.agreement, policy.Agreement, where="$.agreement")


class ContractAgreementVerificationMessage(Message, frozen=True, kw_only=True):
    type: Literal["ContractAgreementVerificationMessage"] = named(
        "ContractAgreementVerificationMessage"
    )
    provider_pid: Id
    consumer_pid: Id


class ContractNegotiationEventMessage(Message, frozen=True, kw_only=True):
    """ACCEPTED comes from the consumer, FINALIZED from the provider; the machine sees to it."""

    type: Literal["ContractNegotiationEventMessage"] = named("ContractNegotiationEventMessage")
    provider_pid: Id
    consumer_pid: Id
    event_type: EventType


class ContractNegotiationTerminationMessage(ReasonedMessage, frozen=True, kw_only=True):
    type: Literal["ContractNegotiationTerminationMessage"] = named(
        "ContractNegotiationTerminationMessage"
    )
    provider_pid: Id
    consumer_pid: Id


class ContractNegotiation(Message, frozen=True, kw_only=True):
    """The state of a negotiation: the acknowledgement of a message, and the answer to a GET."""

    type: Literal["ContractNegotiation"] = named("ContractNegotiation")
    provider_pid: Id
    consumer_pid: Id
    state: NegotiationState


class ContractNegotiationError(ReasonedMessage, frozen=True, kw_only=True):
    """The refusal of a message; it changes no state. An unknown pid is the empty string."""

    type: Literal["ContractNegotiationError"] = named("ContractNegotiationError")
    provider_pid: IdOrEmpty
    consumer_pid: IdOrEmpty


def _exactly_one(callback_address: str | None, pid_name: str, pid: str | None) -> None:
    if (callback_address is None) == (pid is None):
        given = "neither" if pid is None else "both"
        raise ShapeError(
            what=Phrase(f"errors.told.shape.{given}", one="callbackAddress", other=pid_name),
            expected=Phrase("errors.told.shape.exactly-one"),
            where="$",
        )
    if callback_address is not None:
        check_callback_address(callback_address)
