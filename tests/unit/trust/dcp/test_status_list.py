from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faifo.errors import NotProvenError
from faifo.trust import base64url
from faifo.trust.dcp.status_list import (
    MAX_BYTES,
    MAX_ENCODED,
    decode_list,
    encode_list,
    read_entries,
    read_status_list,
)  # fmt: skip

URL = "https://authority.example/status/1"
STEP = "DCP 1.0 §5.4.3 step 6"


def unsigned(**subject: Any) -> bytes:
    good = {"type": "BitstringStatusList", "statusPurpose": "revocation",
            "encodedList": encode_list(bytes(16), multibase=True)}  # fmt: skip
    return json.dumps({"issuer": "did:web:a", "credentialSubject": good | subject}).encode()


@given(st.binary(max_size=4096), st.booleans())
def test_what_is_encoded_is_decoded(bits: bytes, multibase: bool):
    assert decode_list(encode_list(bits, multibase=multibase), url=URL) == bits


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda data: base64.b64encode(data).decode(), id="base64 with padding"),
        pytest.param(lambda data: base64.urlsafe_b64encode(data).decode(), id="base64url, padded"),
        pytest.param(lambda data: "u" + base64.urlsafe_b64encode(data).rstrip(b"=").decode(),
            id="multibase u"),
    ],
)  # fmt: skip
def test_every_spelling_of_peers_is_read(write: Any):
    bits = bytes(range(256)) * 8
    assert decode_list(write(gzip.compress(bits)), url=URL) == bits


def test_bit_0_is_the_most_significant_of_the_first_byte():
    text = encode_list(bytes([0b1000_0001, 0b0100_0000]), multibase=True)
    found = read_status_list(unsigned(encodedList=text), url=URL)
    assert [index for index in range(len(found)) if found.is_set(index)] == [0, 7, 9]


def test_one_subject_and_one_type_may_stand_in_arrays():
    document = json.loads(unsigned(type=["BitstringStatusList"]))
    document["credentialSubject"] = [document["credentialSubject"]]
    assert read_status_list(json.dumps(document).encode(), url=URL).type == "BitstringStatusList"


def test_the_issuer_of_a_jwt_may_be_its_iss_alone():
    body = {"vc": json.loads(unsigned()), "iss": "did:web:b"}
    del body["vc"]["issuer"]
    parts = [base64url.encode(json.dumps(part).encode()) for part in ({"alg": "ES256"}, body, 1)]
    assert read_status_list(".".join(parts).encode(), url=URL).issuer == "did:web:b"


@pytest.mark.parametrize(
    ("encoded", "reason"),
    [
        pytest.param(encode_list(bytes(MAX_BYTES + 1), multibase=True),
            f"the status list {URL} unpacks to more than {MAX_BYTES} bytes", id="bomb"),
        pytest.param(base64.b64encode(gzip.compress(bytes(10)) * 2).decode(),
            f"the encodedList of {URL} is not one whole GZIP member", id="two members"),
        pytest.param(base64.b64encode(gzip.compress(bytes(10))[:-4]).decode(),
            f"the encodedList of {URL} is not one whole GZIP member", id="cut off"),
        pytest.param("u@@", f"the encodedList of {URL} is not base64", id="not base64"),
        pytest.param("AAAA", f"the encodedList of {URL} is not GZIP", id="not GZIP"),
        pytest.param(None, f"the status list {URL} has no encodedList", id="nothing"),
    ],
)  # fmt: skip
def test_lists_that_cannot_be_unpacked(encoded: Any, reason: str):
    assert read_status_list(unsigned(), url=URL).bits == bytes(16)
    with pytest.raises(NotProvenError) as caught:
        read_status_list(unsigned(encodedList=encoded), url=URL)
    assert str(caught.value) == f"{STEP}: {reason}"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"{" + b" " * MAX_ENCODED + b"}",
            f"the status list {URL} is longer than {MAX_ENCODED} bytes", id="oversized"),
        pytest.param(b"", f"the status list {URL} cannot be read: a body that is not JSON"
            " (Input data was truncated)", id="empty"),
        pytest.param(b'{"credentialSubject": {"type": "Something"}}',
            f"the status list {URL} is about 'Something'; expected a list", id="other credential"),
        pytest.param(
            b'{"credentialSubject": {"type": "BitstringStatusList", "statusSize": 2}}',
            "statusSize is 2; expected 1", id="two bits for each"),
    ],
)  # fmt: skip
def test_bodies_that_are_no_list(body: bytes, reason: str):
    with pytest.raises(NotProvenError) as caught:
        read_status_list(body, url=URL)
    assert str(caught.value) == f"{STEP}: {reason}"


GOOD = {"type": "StatusList2021Entry", "statusPurpose": "suspension", "statusListIndex": 5,
        "statusListCredential": URL}  # fmt: skip


def test_entries_are_read_one_or_many_and_none():
    assert read_entries({}) == read_entries({"credentialStatus": None}) == ()
    assert len(read_entries({"credentialStatus": GOOD | {"statusSize": 1}})) == 1
    (one,) = read_entries({"credentialStatus": [GOOD | {"type": [GOOD["type"]]}]})
    assert (one.index, one.purpose, one.url) == (5, "suspension", URL)
    assert len(read_entries({"credentialStatus": [GOOD, GOOD]})) == 2


def test_an_entry_that_a_newer_one_can_be_had_says_nothing_against_a_credential():
    newer = {"type": "BitstringStatusListEntry", "statusPurpose": "refresh", "statusSize": 2}
    assert read_entries({"credentialStatus": newer}) == ()
    (one,) = read_entries({"credentialStatus": [newer, GOOD]})
    assert one.purpose == "suspension"


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (5, "a status entry is 5; expected an object"),
        (
            GOOD | {"type": "Mystery"},
            "a status entry is of the type 'Mystery', which is not understood",
        ),
        (
            GOOD | {"statusPurpose": "message"},
            "a status entry has the purpose 'message', which is not understood",
        ),
        (GOOD | {"statusSize": 2}, "statusSize is 2; expected 1"),
        (GOOD | {"statusListIndex": -1}, "statusListIndex is -1; expected a number"),
        (GOOD | {"statusListIndex": "٣"}, "statusListIndex is '٣'; expected a number"),
        (
            GOOD | {"statusListCredential": "file:///etc/passwd"},
            "statusListCredential is 'file:///etc/passwd'; expected a URL",
        ),
    ],
)
def test_an_entry_that_is_not_understood_refuses(entry: Any, reason: str):
    with pytest.raises(NotProvenError) as caught:
        read_entries({"credentialStatus": entry})
    assert str(caught.value) == f"{STEP}: {reason}"
