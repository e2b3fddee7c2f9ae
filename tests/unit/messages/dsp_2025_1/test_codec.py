from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faifo.errors import MalformedMessageError
from faifo.messages.dsp_2025_1 import CONTEXT, read, write
from faifo.messages.dsp_2025_1.catalog import Catalog, DataService, Dataset, Distribution
from faifo.messages.dsp_2025_1.negotiation import (
    ContractNegotiationTerminationMessage,
    ContractRequestMessage,
)
from faifo.messages.dsp_2025_1.transfer import (
    DataAddress,
    EndpointProperty,
    TransferRequestMessage,
    TransferStartMessage,
)
from faifo.messages.dsp_2025_1.wire import Wire

OFFER: dict[str, Any] = {
    "@id": "CD123:ACN0101:456",
    "@type": "Offer",
    "target": "ACN0101",
    "permission": [{"action": "use", "duty": [{"action": "inform"}]}],
    "odrl:conflict": {"@id": "odrl:perm"},
}
REQUEST: dict[str, Any] = {
    "@context": [CONTEXT],
    "@type": "ContractRequestMessage",
    "consumerPid": "urn:uuid:1",
    "offer": OFFER,
    "callbackAddress": "https://consumer.example/dsp",
}


def bytes_of(document: Any) -> bytes:
    return json.dumps(document).encode()


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in REQUEST.items() if key != name}


def test_what_came_is_kept_as_bytes_as_type_and_with_unknown_members() -> None:
    body = bytes_of({**REQUEST, "@id": "urn:uuid:9", "x:note": None, "y": {"z": [1]}})
    received = read(ContractRequestMessage, body)
    assert received.raw is body
    assert received.message.id == "urn:uuid:9"
    assert received.message.provider_pid is None
    assert received.message.offer == OFFER
    assert received.unknown == {"x:note": None, "y": {"z": [1]}}
    assert received.document == json.loads(body)


REFUSED: dict[str, tuple[Any, str]] = {
    "an array": (
        [REQUEST],
        "an array in a ContractRequestMessage at $; expected an object",
    ),
    "no context": (
        without("@context"),
        "nothing in a ContractRequestMessage at $.@context; expected a value",
    ),
    "a bare string as context": (
        {**REQUEST, "@context": CONTEXT},
        "a string in a ContractRequestMessage at $.@context; expected an array",
    ),
    "an object in the context": (
        {**REQUEST, "@context": [CONTEXT, {"x": "y"}]},
        "an object in a ContractRequestMessage at $.@context[1]; expected a string",
    ),
    "another version's context": (
        {**REQUEST, "@context": ["https://w3id.org/dspace/2024/1/context.json"]},
        f"no context of this version in a ContractRequestMessage at $.@context; expected {CONTEXT}",
    ),
    "no type": (
        without("@type"),
        "nothing in a ContractRequestMessage at $.@type; expected a value",
    ),
    "another type": (
        {**REQUEST, "@type": "ContractOfferMessage"},
        (
            "an unknown value in a ContractRequestMessage at $.@type; "
            "expected one that the specification lists"
        ),
    ),
    "neither callback nor pid": (
        without("callbackAddress"),
        (
            "neither of callbackAddress and providerPid in a ContractRequestMessage at $; "
            "expected exactly one of them"
        ),
    ),
    "both callback and pid": (
        {**REQUEST, "providerPid": "urn:uuid:2"},
        (
            "both of callbackAddress and providerPid in a ContractRequestMessage at $; "
            "expected exactly one of them"
        ),
    ),
    "a null pid beside the callback": (
        {**REQUEST, "providerPid": None},
        "null in a ContractRequestMessage at $.providerPid; expected a value or no member",
    ),
    "an empty pid": (
        {**REQUEST, "consumerPid": ""},
        (
            "the wrong length in a ContractRequestMessage at $.consumerPid; "
            "expected at least 1 characters"
        ),
    ),
    "a long pid": (
        {**REQUEST, "consumerPid": "x" * 2049},
        (
            "the wrong length in a ContractRequestMessage at $.consumerPid; "
            "expected at most 2048 characters"
        ),
    ),
    "a line end in a pid": (
        {**REQUEST, "consumerPid": "urn:uuid:1\r\n"},
        (
            "a control character in a ContractRequestMessage at $.consumerPid; "
            "expected text without any"
        ),
    ),
    "a broken rule in the offer": (
        {**REQUEST, "offer": {**OFFER, "permission": [{"action": 5}]}},
        "a number in a ContractRequestMessage at $.offer.permission[0].action; expected a string",
    ),
}


@pytest.mark.parametrize(("document", "sentence"), REFUSED.values(), ids=REFUSED)
def test_refused(document: Any, sentence: str) -> None:
    assert read(ContractRequestMessage, bytes_of(REQUEST)).unknown == {}
    with pytest.raises(MalformedMessageError) as refusal:
        read(ContractRequestMessage, bytes_of(document))
    assert str(refusal.value) == sentence


def test_a_value_of_the_document_never_stands_in_the_error() -> None:
    body = bytes_of({**REQUEST, "@type": "secret", "consumerPid": "secret\n", "offer": "secret"})
    with pytest.raises(MalformedMessageError) as refusal:
        read(ContractRequestMessage, body)
    assert "secret" not in str(refusal.value)


def test_what_is_built_is_checked_like_what_is_read() -> None:
    with pytest.raises(MalformedMessageError) as refusal:
        ContractRequestMessage(consumer_pid="urn:uuid:1", offer=OFFER)
    assert refusal.value.where == "$"


def test_the_context_comes_first_and_absent_members_are_left_out() -> None:
    message = ContractNegotiationTerminationMessage(provider_pid="p", consumer_pid="c")
    assert write(message) == (
        b'{"@context":["https://w3id.org/dspace/2025/1/context.jsonld"],'
        b'"@type":"ContractNegotiationTerminationMessage","providerPid":"p","consumerPid":"c"}'
    )


def a_dataset() -> Dataset:
    return Dataset(
        id="ACN0101",
        title="Sổ bộ Hội An",
        has_policy=({"@id": "o", "@type": "Offer", "permission": [{"action": "use"}]},),
        distribution=(
            Distribution(
                format="HttpData-PULL",
                access_service=DataService(id="s", endpoint_url="https://provider.example/dsp"),
            ),
        ),
    )


def test_a_root_catalog_gets_its_context_and_its_datasets_none() -> None:
    catalog = Catalog(id="c", participant_id="did:web:p.example", dataset=(a_dataset(),))
    body = write(catalog)
    assert body.startswith(b'{"@context":["https://w3id.org/dspace/2025/1/context.jsonld"]')
    assert body.count(b"@context") == 1
    assert "Sổ bộ Hội An".encode() in body
    received = read(Catalog, body)
    assert received.message.dataset == catalog.dataset


def test_an_empty_catalog_has_no_dataset_member() -> None:
    assert b"dataset" not in write(Catalog(id="c", participant_id="p"))


def test_a_root_catalog_must_say_whose_it_is() -> None:
    with pytest.raises(MalformedMessageError) as refusal:
        write(Catalog(id="c"))
    assert str(refusal.value) == "nothing in a Catalog at $.participantId; expected a value"


def test_a_root_dataset_must_have_the_context() -> None:
    document = json.loads(write(a_dataset()))
    assert read(Dataset, bytes_of(document)).message.id == "ACN0101"
    for broken in ({**document, "@context": []}, {**document, "@context": None}):
        with pytest.raises(MalformedMessageError) as refusal:
            read(Dataset, bytes_of(broken))
        assert refusal.value.where == "$.@context"


def test_the_type_of_a_part_must_be_there() -> None:
    message = TransferStartMessage(
        provider_pid="p",
        consumer_pid="c",
        data_address=DataAddress(
            endpoint_type="https://w3id.org/idsa/v4.1/HTTP",
            endpoint_properties=(
                EndpointProperty(name="authType", value="bearer"),
                EndpointProperty(name="authorization", value="s" * 4096),
            ),
        ),
    )
    document = json.loads(write(message))
    address = read(TransferStartMessage, bytes_of(document)).message.data_address
    assert address is not None
    assert address.value("authType") == "bearer"
    assert address.value("refresh") is None
    del document["dataAddress"]["endpointProperties"][1]["@type"]
    with pytest.raises(MalformedMessageError) as refusal:
        read(TransferStartMessage, bytes_of(document))
    assert str(refusal.value) == (
        "nothing in a TransferStartMessage at $.dataAddress.endpointProperties[1].@type; "
        "expected a value"
    )


IDS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40)
ADDRESSES = st.builds(
    DataAddress,
    endpoint_type=IDS,
    endpoint=st.none() | IDS,
    endpoint_properties=st.lists(
        st.builds(EndpointProperty, name=IDS, value=st.text()), max_size=3
    ).map(tuple),
)
MESSAGES = st.one_of(
    st.builds(
        TransferRequestMessage,
        id=st.none() | IDS,
        consumer_pid=IDS,
        agreement_id=IDS,
        format=IDS,
        data_address=st.none() | ADDRESSES,
        callback_address=st.just("https://consumer.example"),
    ),
    st.builds(
        ContractNegotiationTerminationMessage,
        provider_pid=IDS,
        consumer_pid=IDS,
        code=st.none() | st.text(),
        reason=st.lists(st.text() | st.none() | st.integers(-9, 9), max_size=3).map(tuple),
    ),
)


@given(MESSAGES)
def test_what_is_written_is_read(message: Wire) -> None:
    received = read(type(message), write(message))
    assert received.message == message
    assert received.unknown == {}
    assert write(received.message) == received.raw


@given(st.data())
def test_a_body_with_a_byte_changed_gives_a_message_or_one_error(data: st.DataObject) -> None:
    body = bytearray(bytes_of({**REQUEST, "@id": 'é\\"'}))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 4))] = data.draw(
            st.sampled_from([b"", b"[", b"}", b'"', b",", b":", b"null", b"1", b"\\", b"\xff"])
        )
    document = None
    sentence = ""
    try:
        document = read(ContractRequestMessage, bytes(body)).document
    except MalformedMessageError as error:
        sentence = str(error)
    assert sentence or json.loads(bytes(body)) == document
