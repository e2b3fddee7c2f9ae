"""Numbers of no living person: made with their check digits, or printed as examples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faifo.errors import RefusedError
from faifo.kinds import personal

FOUND = [
    ("email", "write to an.le@mail.example.org now"),
    ("telephone", "call +84 91 234 56 78"),
    ("telephone", "gọi 0912 345 678 ngay"),
    ("card", "4111 1111 1111 1111"),
    ("card", "5555555555554444"),
    ("iban", "DE89 3704 0044 0532 0130 00"),
    ("iban", "GB82WEST12345698765432"),
    ("kr-rrn", "900101-1234568"),
    ("kr-rrn", "9001011234568"),
    ("kr-rrn", "210101-3999999"),  # after October 2020 the last digit checks nothing
    ("sg-nric", "S1234567D"),
    ("sg-nric", "G1234567X"),
    ("th-id", "1-1017-00230-70-8"),
    ("vn-cccd", "001090012345"),
    ("cn-id", "11010519491231002X"),
    ("my-nric", "900101-14-5678"),
    ("id-nik", "3174014101900002"),
    ("jp-number", "1234 5678 9018"),
]
NOT_FOUND = [
    "the price is 4111 1111 1111 1112 dong",  # no check digit
    "DE89 3704 0044 0532 0130 01",
    "9001011234567",
    "S1234567A",
    "1-1017-00230-70-7",
    "11010519491231002A",
    "990090012345678",
    "from 2026-11-28 until 2026-12-31, 14:00-18:30",
    "CVE-2026-12345 in version 10.12.0.4, port 8080",
    "urn:uuid:01a22460-f1f9-7ec6-bd90-cba449174f51",
    "urn:uuid:01a2295b-2800-7461-8612-2a490a553836",  # Luhn
    "urn:uuid:01a2295b-2800-7369-9129-e7161ed04e95",  # Japan's check digit
    "SHA-256 9b74c9897bac770ffc029102a200c5de",
    "did:web:node.example.org reports 1,234,567 calls",
    "magnitude 6.1, 21.03 N 105.85 E, depth 10 km",
]


@pytest.mark.parametrize(("what", "text"), FOUND)
def test_what_has_the_form_of_personal_data_is_found(what: str, text: str):
    assert [one.what for one in personal.find(text)] == [what]


@pytest.mark.parametrize("text", NOT_FOUND)
def test_what_has_not_is_not(text: str):
    assert list(personal.find(text)) == []


def test_the_place_is_told_and_the_data_are_not_repeated():
    with pytest.raises(RefusedError) as caught:
        personal.check_none([("title en", "fine"), ("text en", "ask a@b.example at once")])
    assert str(caught.value) == (
        "personal data in a notice refused: an e-mail address in text en, characters 5 to 15"
    )


def test_full_width_digits_are_digits():
    assert [one.what for one in personal.find("4111 1111 1111 1111")] == ["card"]


@given(st.text(max_size=300))
def test_any_text_is_looked_at(text: str):
    for found in personal.find(text):
        assert 1 <= found.first <= found.last


@given(st.lists(st.sampled_from("0123456789a"), min_size=32, max_size=32))
def test_a_name_that_a_node_gave_is_no_number_of_a_person(digits: list[str]):
    digits[12], digits[16] = "7", "8"
    text = "".join(digits)
    name = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
    assert list(personal.find(f"see urn:uuid:{name}.")) == []
    assert [one.first for one in personal.find(f"{name} 5555555555554444")] == [38]


@given(st.lists(st.integers(0, 9), min_size=12, max_size=18))
def test_one_wrong_digit_is_no_card(digits: list[int]):
    total = sum(n if i % 2 else n * 2 - 9 * (n > 4) for i, n in enumerate(reversed(digits)))
    good = [*digits, -total % 10]
    wrong = [(good[0] + 1) % 10, *good[1:]]
    assert personal._luhn("".join(map(str, good))) is any(good)
    assert not personal._luhn("".join(map(str, wrong)))
