from __future__ import annotations

import pytest

from faifo.errors import MalformedMessageError
from faifo.messages.dsp_2025_1 import read, write
from faifo.messages.dsp_2025_1.states import TransferState
from faifo.messages.dsp_2025_1.transfer import (
    DataAddress,
    TransferError,
    TransferProcess,
    TransferRequestMessage,
    TransferSuspensionMessage,
)

PUSH = TransferRequestMessage(
    consumer_pid="c",
    agreement_id="a",
    format="HttpData-PUSH",
    callback_address="https://c.example",
    data_address=DataAddress(endpoint_type="https://w3id.org/idsa/v4.1/HTTP"),
)

REFUSED = {
    "null for the data address": (
        b'{"@type":"DataAddress","endpointType":"https://w3id.org/idsa/v4.1/HTTP"}',
        b"null",
        "$.dataAddress",
    ),
    "null for the endpoint": (b'"endpointType"', b'"endpoint":null,"endpointType"', ".endpoint"),
    "a data address without type": (b'"@type":"DataAddress",', b"", "$.dataAddress.@type"),
    "no properties in the array": (
        b'"endpointType"',
        b'"endpointProperties":[],"endpointType"',
        "$.dataAddress.endpointProperties",
    ),
    "an address without host": (b"https://c.example", b"https://", "$.callbackAddress"),
    "an empty format": (b"HttpData-PUSH", b"", "$.format"),
}


@pytest.mark.parametrize(("old", "new", "where"), REFUSED.values(), ids=REFUSED)
def test_refused(old: bytes, new: bytes, where: str) -> None:
    body = write(PUSH)
    assert read(TransferRequestMessage, body).message == PUSH
    assert old in body
    with pytest.raises(MalformedMessageError) as refusal:
        read(TransferRequestMessage, body.replace(old, new))
    assert refusal.value.where.endswith(where)


@pytest.mark.parametrize("state", TransferState)
def test_a_state_travels_by_its_name(state: TransferState) -> None:
    body = write(TransferProcess(provider_pid="p", consumer_pid="c", state=state))
    assert f'"state":"{state.name}"'.encode() in body
    assert read(TransferProcess, body).message.state is state


def test_a_pid_may_be_empty_in_an_error_only() -> None:
    error = TransferError(provider_pid="", consumer_pid="")
    assert read(TransferError, write(error)).message == error
    body = write(TransferSuspensionMessage(provider_pid="", consumer_pid="c"))
    with pytest.raises(MalformedMessageError) as refusal:
        read(TransferSuspensionMessage, body)
    assert refusal.value.where == "$.providerPid"
