"""Records in fewer bytes: nothing of them is lost, and what cannot be read says why."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faifo.ledger.tiles import bundle
from faifo.store.packing import (
    Slot,
    as_text,
    deflated,
    inflated,
    packed,
    read,
    reference,
    unpacked,
)

WORDS_1 = "e2eeec547960eeeb9b10c67413b65c03879ca71b4aa6dffb771f120e1a727124"
MESSAGE = {
    "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"],
    "@type": "ContractNegotiationEventMessage",
    "providerPid": "urn:uuid:018f0000-0000-7000-8000-000000000001",
    "consumerPid": "urn:uuid:018f0000-0000-7000-8000-000000000002",
    "eventType": "FINALIZED",
}
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def test_the_words_of_what_is_packed_never_change() -> None:
    """Else nothing that was packed with them could be read: a better file gets another number."""
    words = (resources.files("faifo.store") / "words-1.bin").read_bytes()
    assert hashlib.sha256(words).hexdigest() == WORDS_1


# `packed` of the version before there were packs made it of {"body": base64 of x, 90 times}.
ALONE = b"\x01\x9bt\x84\xa7\x1a\xe1\xac\xda#Q\x154\x03\x00"
ALONE_PLAIN = msgspec.json.encode({"body": base64.b64encode(b"x" * 90).decode()})


@given(st.lists(st.none() | st.dictionaries(st.text(), _JSON)))
def test_whatever_is_packed_comes_back_byte_by_byte(values: list[dict[str, object] | None]) -> None:
    plain = [b"" if one is None else msgspec.json.encode(one) for one in values]
    assert unpacked(packed(plain)) == plain
    for one in plain:
        assert read(one) == read(one.decode()) == one


@given(st.integers(1, 2**60), st.integers(0, 2**30))
def test_a_row_says_where_its_record_is(pack: int, at: int) -> None:
    kept = reference(Slot(pack, at))
    assert read(kept) == read(as_text(kept)) == Slot(pack, at)


def test_what_was_packed_alone_is_read_as_before() -> None:
    assert read(ALONE) == read(as_text(ALONE)) == ALONE_PLAIN


@pytest.mark.parametrize(
    "inside",
    [
        base64.b64encode(b"x" * 60).decode(),
        base64.b64encode(b"x" * 60).decode() + "=",  # one sign too many
        base64.b64encode(b"x" * 61).decode().replace("eA==", "eB=="),  # bits that say nothing
        "A" * 65,  # no whole number of bytes
        "A" * 64 + "-_",
    ],
)
def test_what_looks_like_base64_is_kept_as_it_was_written(inside: str) -> None:
    plain = msgspec.json.encode({"body": inside, "again": inside})
    assert unpacked(packed([plain])) == [plain]


def test_a_message_takes_a_fraction() -> None:
    body = base64.b64encode(msgspec.json.encode(MESSAGE)).decode()
    plain = msgspec.json.encode({"process": MESSAGE["providerPid"], "body": body, "answer": body})
    assert len(packed([plain])) < len(plain) / 5
    assert len(packed([plain] * 9)) < len(packed([plain])) * 2


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        (b"\x03abc", "a record is packed with words 3, this Faifo knows 1"),
        (ALONE[:-3], "a packed record is damaged: "),
        (b"\x01\xff\xff", "a packed record is damaged: "),
        (b"\x02abc", "a packed record is damaged: "),
    ],
)
def test_what_cannot_be_read_says_why(kept: bytes, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read(kept)


@pytest.mark.parametrize("kept", [packed([b'{"a":1}'])[:-3], b"\x01\xff\xff", b"", b"\x02abc"])
def test_a_pack_that_cannot_be_read_says_so(kept: bytes) -> None:
    with pytest.raises(ValueError, match=r"a packed record is damaged|is packed with words"):
        unpacked(kept)


@given(st.lists(st.binary(min_size=34, max_size=1024), min_size=1))
def test_a_bundle_of_leaves_comes_back_also_where_it_was_never_deflated(
    leaves: list[bytes],
) -> None:
    plain = bundle(leaves)
    assert inflated(deflated(plain)) == inflated(plain) == plain


def test_a_bundle_that_is_damaged_says_so() -> None:
    with pytest.raises(ValueError, match="a packed record is damaged"):
        inflated(deflated(b"\x00\x01a" * 50)[:-5])
