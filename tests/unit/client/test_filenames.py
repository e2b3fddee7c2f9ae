from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faifo.client.filenames import LONGEST, from_disposition, safe_name


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ('attachment; filename="prices.csv"', "prices.csv"),
        ("attachment; filename=prices.csv", "prices.csv"),
        ("attachment; filename=\"x.csv\"; filename*=UTF-8''Gi%C3%A1%20l%C3%BAa.csv", "Giá lúa.csv"),
        ('attachment; filename="../../.ssh/authorized_keys"', "authorized_keys"),
        ('attachment; filename="..\\\\..\\\\x"', "x"),
        ("attachment; filename*=UTF-8''%2e%2e%2fx", "x"),
        ('attachment; filename=".bashrc"', "bashrc"),
        ('attachment; filename=".."', ""),
        ("inline", ""),
        (None, ""),
    ],
)
def test_the_name_in_a_content_disposition(field: str | None, name: str):
    assert from_disposition(field) == name


@given(st.text(st.characters()))
def test_a_safe_name_is_a_name_or_nothing(text: str):
    name = safe_name(text)
    assert "/" not in name
    assert "\x00" not in name
    assert not name.startswith(".")
    assert len(name.encode("utf-8", "surrogatepass")) <= LONGEST
