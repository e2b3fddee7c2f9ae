"""A secret that only a passphrase opens."""

from __future__ import annotations

import unicodedata

import pytest

from faifo.node.custody.sealing import seal, unseal


def test_only_the_same_passphrase_and_the_same_place_open_it():
    sealed = seal(b"secret", "mùa xuân năm ấy", about=b"An")
    assert b"secret" not in sealed
    assert unseal(sealed, "mùa xuân năm ấy", about=b"An") == b"secret"
    assert unseal(sealed, "mùa xuân năm ấỵ", about=b"An") is None
    assert unseal(sealed, "mùa xuân năm ấy", about=b"Binh") is None
    for place in (0, 20, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[place] ^= 1
        assert unseal(bytes(changed), "mùa xuân năm ấy", about=b"An") is None
    assert unseal(bytes(64), "", about=b"") is None
    assert unseal(b"", "x", about=b"") is None


@pytest.mark.parametrize("passphrase", ["mùa xuân năm ấy", "봄날의 바닷가 언덕"])
def test_a_passphrase_opens_on_a_keyboard_that_writes_marks_apart(passphrase: str):
    apart = unicodedata.normalize("NFD", passphrase)
    assert apart != passphrase
    assert unseal(seal(b"s", passphrase, about=b""), apart, about=b"") == b"s"
    assert unseal(seal(b"s", apart, about=b""), passphrase, about=b"") == b"s"


def test_the_same_secret_is_never_sealed_alike():
    assert seal(b"s", "p", about=b"") != seal(b"s", "p", about=b"")
