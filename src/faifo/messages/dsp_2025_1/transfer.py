"""The messages of a transfer process. Spec: DSP 2025-1 §9.2 and §9.3."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec

from faifo.messages.dsp_2025_1.states import TransferState
from faifo.messages.dsp_2025_1.wire import (
    Id,
    IdOrEmpty,
    Message,
    ReasonedMessage,
    Wire,
    check_callback_address,
    named,
)


class EndpointProperty(Wire, frozen=True, kw_only=True):
    """A named value of a data address; `value` may be a secret (`authorization`)."""

    ALWAYS: ClassVar[tuple[str, ...]] = ("@type",)

    type: Literal["EndpointProperty"] = named("EndpointProperty")
    name: Id
    value: str


class DataAddress(Wire, frozen=True, kw_only=True):
    """Where data is fetched from, or pushed to; `endpoint_type` is an IRI."""

    ALWAYS: ClassVar[tuple[str, ...]] = ("@type",)

    type: Literal["DataAddress"] = named("DataAddress")
    endpoint_type: Id
    endpoint: Id | None = None
    endpoint_properties: Annotated[tuple[EndpointProperty, ...], msgspec.Meta(min_length=1)] = ()

    def value(self, name: str) -> str | None:
        """Return the value of the first property of that name."""
        return next((item.value for item in self.endpoint_properties if item.name == name), None)


class TransferRequestMessage(Message, frozen=True, kw_only=True):
    """From the consumer; `data_address` only for a push format."""

    type: Literal["TransferRequestMessage"] = named("TransferRequestMessage")
    consumer_pid: Id
    agreement_id: Id
    format: Id
    data_address: DataAddress | None = None
    callback_address: str

    def __post_init__(self) -> None:
        super().__post_init__()
        check_callback_address(self.callback_address)


class TransferStartMessage(Message, frozen=True, kw_only=True):
    """`data_address` must stand in it for a pull format when the provider sends it."""

    type: Literal["TransferStartMessage"] = named("TransferStartMessage")
    provider_pid: Id
    consumer_pid: Id
    data_address: DataAddress | None = None


class TransferCompletionMessage(Message, frozen=True, kw_only=True):
    type: Literal["TransferCompletionMessage"] = named("TransferCompletionMessage")
    provider_pid: Id
    consumer_pid: Id


class TransferSuspensionMessage(ReasonedMessage, frozen=True, kw_only=True):
    type: Literal["TransferSuspensionMessage"] = named("TransferSuspensionMessage")
    provider_pid: Id
    consumer_pid: Id


class TransferTerminationMessage(ReasonedMessage, frozen=True, kw_only=True):
    type: Literal["TransferTerminationMessage"] = named("TransferTerminationMessage")
    provider_pid: Id
    consumer_pid: Id


class TransferProcess(Message, frozen=True, kw_only=True):
    """The state of a transfer: the acknowledgement of a message, and the answer to a GET."""

    type: Literal["TransferProcess"] = named("TransferProcess")
    provider_pid: Id
    consumer_pid: Id
    state: TransferState


class TransferError(ReasonedMessage, frozen=True, kw_only=True):
    """The refusal of a message; it changes no state. An unknown pid is the empty string."""

    type: Literal["TransferError"] = named("TransferError")
    provider_pid: IdOrEmpty
    consumer_pid: IdOrEmpty
